"""
Areas of a picture covered for good: each becomes one flat colour, so that nothing is left to be guessed.

A light blur can be undone, and a mosaic of digits can be read by trying all digits. One colour for a whole area says
nothing but how light it was, in eight steps.
"""

import io
from collections.abc import Iterable
from math import ceil, floor

from PIL import Image, ImageStat

from ombud.plumbing import photos

Part = tuple[float, float, float, float]
_STEP = 32


def covered(jpeg: bytes, parts: Iterable[Part]) -> tuple[bytes, bytes]:
    """
    Return a picture of ours as two new JPEGs, large and small, with these parts covered and nothing attached.

    A part is left, top, right and bottom as shares of width and height. `jpeg` is a copy that `photos.read_photo`
    painted from what was received: upright, without metadata, 1600 pixels at most.
    """
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        fresh = Image.new("RGB", image.size)
        fresh.paste(image.convert("RGB"))
    for part in parts:
        _cover(fresh, part)
    return photos.jpeg(fresh), photos.jpeg(photos.fitted(fresh, photos.THUMB_SIDE))


def _cover(image: Image.Image, part: Part) -> None:
    left, top, right, bottom = part
    area = (
        max(0, floor(left * image.width)),
        max(0, floor(top * image.height)),
        min(image.width, ceil(right * image.width)),
        min(image.height, ceil(bottom * image.height)),
    )
    if area[2] <= area[0] or area[3] <= area[1]:
        return
    mean = ImageStat.Stat(image.crop(area)).mean
    image.paste(tuple(int(value) // _STEP * _STEP + _STEP // 2 for value in mean), area)
