"""Faces, by CenterFace: a map of where faces have their middle, with their size and the middle's exact place."""

import numpy as np
from PIL import Image

from ombud.connect.photo_regions import shipped

AT_LEAST = 0.3
# Hair, ears and chin lie outside of what the model frames.
MARGIN = 0.25
# Two frames that share so much of their area are of one face.
SAME = 0.3
STRIDE = 4
# The file says pictures of 32 by 32 in tens, though the model takes any size. Dimensions without a number are free.
_FIXED = bytes.fromhex("0a02080a0a0208030a0208200a020820")
_FREE = bytes.fromhex("0a0212000a0208030a0212000a021200")

Rows = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def find(picture: Image.Image) -> list[tuple[float, float, float, float, float]]:
    """Return each face as left, top, right and bottom (parts of the picture) and how sure (0 to 1)."""
    size = (max(32, -(-picture.width // 32) * 32), max(32, -(-picture.height // 32) * 32))
    pixels = np.asarray(picture.resize(size, Image.Resampling.BILINEAR), dtype=np.float32).transpose(2, 0, 1)[None]
    model = shipped.session(shipped.model(*shipped.FACES).replace(_FIXED, _FREE, 1))
    heat, scale, offset, _marks = (np.asarray(out) for out in model.run(None, {"input.1": pixels}))
    frames = _frames(heat[0, 0], scale[0], offset[0])
    shares = frames / [size[0], size[1], size[0], size[1], 1]
    return [(left, top, right, bottom, sure) for left, top, right, bottom, sure in shares.tolist()]


def _frames(heat: Rows, scale: np.ndarray, offset: np.ndarray) -> Rows:
    """Return frames with margins, (n_faces, 5) float pixels and sureness, the surest of each face."""
    rows, columns = np.where(heat >= AT_LEAST)
    height, width = (np.exp(scale[axis, rows, columns]) * STRIDE * (1 + 2 * MARGIN) for axis in (0, 1))
    down = (rows + offset[0, rows, columns] + 0.5) * STRIDE
    across = (columns + offset[1, rows, columns] + 0.5) * STRIDE
    left, top, right, bottom = across - width / 2, down - height / 2, across + width / 2, down + height / 2
    frames = np.stack([left, top, right, bottom, heat[rows, columns]], axis=1).astype(np.float64)
    return _one_each(frames[np.argsort(-frames[:, 4])])


def _one_each(frames: Rows) -> Rows:
    kept: list[int] = []
    for at in range(len(frames)):
        if all(_shared(frames[at], frames[other]) < SAME for other in kept):
            kept.append(at)
    return frames[kept]


def _shared(one: np.ndarray, other: np.ndarray) -> float:
    """Return how much of the area of both is shared."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((frame[2] - frame[0]) * (frame[3] - frame[1]) for frame in (one, other))
    return float(width * height / (areas - width * height))
