"""Reads letters and digits in a picture, with the reader that comes beside the detector: to see that none can be."""

from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from ombud.connect.photo_regions import shipped

READER = ("rapidocr", "rapidocr/models/PP-OCRv6_rec_small.onnx")
HEIGHT = 48


@cache
def _reader() -> tuple[Any, list[str]]:
    reader = shipped.session(shipped.model(*READER))
    signs = reader.get_modelmeta().custom_metadata_map["character"].splitlines()
    return reader, ["", *signs, " "]


def read_line(line: Image.Image) -> str:
    """Return what stands in a picture of one line."""
    reader, signs = _reader()
    width = max(HEIGHT, round(line.width * HEIGHT / line.height))
    pixels = np.asarray(line.convert("RGB").resize((width, HEIGHT)), dtype=np.float32)[:, :, ::-1] / 255
    given = np.ascontiguousarray(((pixels - 0.5) / 0.5).transpose(2, 0, 1)[None])
    likeliest = reader.run(None, {reader.get_inputs()[0].name: given})[0][0].argmax(axis=1)
    changed = [int(sign) for at, sign in enumerate(likeliest) if at == 0 or sign != likeliest[at - 1]]
    return "".join(signs[sign] for sign in changed).strip()
