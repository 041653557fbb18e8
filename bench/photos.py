"""
How much of what must be covered the search of photos finds: drawn plates and house numbers, and one portrait.

    python -m bench.photos

Twelve drawn streets with 36 plates and 36 house numbers, digits 5 to 60 pixels high and turned by up to 25 degrees,
and 12 times the same portrait, its face 7 to 90 pixels wide, lighter and darker, mirrored. Something counts as found
where nine tenths of it are covered, whatever for: the edges of a pasted portrait help to find it. Drawn pictures are
easier than a city's: these numbers are the best case. Streets without anything count what is covered for nothing.
"""

import json
import resource
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

from PIL import ImageEnhance, ImageOps

from ombud.connect.photo_regions import asking

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.street import SIZE, Edges, Street, face, jpeg_of, share_covered

STREETS = 12
HEIGHTS = (5, 7, 10, 14, 24, 60)
FACES = (20, 30, 45, 60, 110, 270)
FOUND = 0.9
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def main() -> None:
    """Draw, search, and say what was found by kind and size."""
    found: dict[tuple[str, int], list[bool]] = defaultdict(list)
    seconds, for_nothing = [], 0
    for seed in range(STREETS):
        street, sizes = drawn(seed)
        began = time.monotonic()
        areas = searched(street)
        seconds.append(time.monotonic() - began)
        for one, size in zip(street.drawn, sizes, strict=True):
            found[one.what, size].append(share_covered(one.edges, areas) >= FOUND)
        if seed < 4:
            for_nothing += len(searched(Street(100 + seed)))
    for (what, size), hits in sorted(found.items()):
        print(f"{what:14} {size:4} px  {sum(hits):2} of {len(hits)}")
    kinds = {what: [hit for (kind, _), hits in found.items() if kind == what for hit in hits] for what, _ in found}
    print(
        json.dumps(
            {
                "recall_of_drawn": {what: round(sum(hits) / len(hits), 2) for what, hits in sorted(kinds.items())},
                "areas_for_nothing_a_street": for_nothing / 4,
                "seconds_a_photo": round(statistics.median(seconds), 1),
                "most_megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
            }
        )
    )


def drawn(seed: int) -> tuple[Street, list[int]]:
    """Return a street with three plates, three house numbers and the portrait, and the size of each in pixels."""
    street, sizes = Street(seed), []
    chance = street.chance
    for place in range(6):
        height = HEIGHTS[(seed + place) % len(HEIGHTS)]
        at = (60 + 760 * (place % 2) + chance.randrange(120), 60 + 260 * (place // 2) + chance.randrange(60))
        turned = chance.uniform(-25, 25)
        if place < 3:
            words = f"{chance.randrange(1, 10)}{''.join(chance.sample(LETTERS, 3))}{chance.randrange(1000):03}"
            street.plate(words, height, at, turned=turned)
        else:
            street.number(str(chance.randrange(10, 9999)), height, at, turned=turned)
        sizes.append(height)
    portrait, edges = face(FACES[seed % len(FACES)])
    portrait = ImageEnhance.Brightness(portrait).enhance(chance.uniform(0.6, 1.3))
    if seed % 2:
        portrait = ImageOps.mirror(portrait)
        edges = (portrait.width - edges[2], edges[1], portrait.width - edges[0], edges[3])
    street.paste("face", portrait, (chance.randrange(100, 1200), 890), edges)
    return street, [*sizes, edges[2] - edges[0]]


def searched(street: Street) -> list[Edges]:
    """Return the areas found in a street, in pixels."""
    return [
        (
            round(b.left * SIZE[0] / 1000),
            round(b.top * SIZE[1] / 1000),
            round((b.left + b.width) * SIZE[0] / 1000),
            round((b.top + b.height) * SIZE[1] / 1000),
        )
        for b in asking.look(jpeg_of(street.photo())).boxes
    ]


if __name__ == "__main__":
    main()
