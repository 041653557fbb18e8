"""Letters and digits, by the detector of PP-OCR: a map of how likely each pixel lies in the core of a line."""

import numpy as np
from PIL import Image

from ombud.connect.photo_regions import shipped

# Of a pixel, and of a whole line.
LIKELY, AT_LEAST = 0.3, 0.45
# The model marks the core of a line only. What is covered is so much more, in parts of its area by its outline.
GROWN = 2.2
SMALLEST = 2


def find(picture: Image.Image) -> list[tuple[float, float, float, float, float]]:
    """Return each line as left, top, right and bottom (parts of the picture) and how sure (0 to 1)."""
    from scipy import ndimage

    size = (max(32, round(picture.width / 32) * 32), max(32, round(picture.height / 32) * 32))
    pixels = np.asarray(picture.resize(size, Image.Resampling.BILINEAR), dtype=np.float32)[:, :, ::-1] / 255
    given = np.ascontiguousarray(((pixels - 0.5) / 0.5).transpose(2, 0, 1)[None])
    model = shipped.session(shipped.model(*shipped.WRITING))
    likely = np.asarray(model.run(None, {model.get_inputs()[0].name: given})[0])[0, 0]
    cores, _n = ndimage.label(likely > LIKELY)
    found = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(cores), 1):
        sure = float(likely[rows, columns][cores[rows, columns] == number].mean())
        width, height = columns.stop - columns.start, rows.stop - rows.start
        if sure < AT_LEAST or min(width, height) < SMALLEST:
            continue
        by = GROWN * width * height / (2 * (width + height))
        edges = (columns.start - by, rows.start - by, columns.stop + by, rows.stop + by)
        left, top, right, bottom = (edge / size[axis % 2] for axis, edge in enumerate(edges))
        found.append((left, top, right, bottom, sure))
    return found
