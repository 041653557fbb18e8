"""
Search one picture: a JPEG on standard input, what was found as JSON on standard output.

Ends with 3 where a model is not installed. Django is not started here.
"""

import io
import json
import os
import resource
import sys

from PIL import Image

ABSENT = 3
MEMORY = 4 * 1024**3
CPU_SECONDS = 120
# Small pictures are searched larger, since the models know writing and faces of a certain size.
SIDE_AT_LEAST = 960


def main() -> int:
    """Bind this process, then search."""
    os.nice(10)
    _bind(resource.RLIMIT_AS, MEMORY)
    _bind(resource.RLIMIT_CPU, CPU_SECONDS)
    from ombud.connect.photo_regions import faces, shipped, writing

    with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=("JPEG",)) as image:
        picture = image.convert("RGB")
    scale = SIDE_AT_LEAST / max(picture.size)
    if scale > 1:
        picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    try:
        found = [["face", *one] for one in faces.find(picture)] + [["writing", *one] for one in writing.find(picture)]
        told = {"detector": shipped.versions(), "found": found}
    except shipped.NotThere as absent:
        sys.stderr.write(f"{absent} is not installed\n")
        return ABSENT
    sys.stdout.write(json.dumps(told))
    return 0


def _bind(what: int, limit: int) -> None:
    _soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


if __name__ == "__main__":
    sys.exit(main())
