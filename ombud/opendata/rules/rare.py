"""
Rare combinations: where too few requests share service, place and time, less is said of them until enough do.

A row goes down a ladder: its own place and day, then the month, then the area, then the service and the month alone. On
each rung those stay who share it with k - 1 others; the rest go on. Who is alone at the bottom is not published, only
counted. So each combination that is published stands for k requests at least.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Rung(IntEnum):
    """How much is said of a row."""

    AS_RULED = 0
    MONTH = 1
    AREA_AND_MONTH = 2
    MONTH_ALONE = 3
    NOT_PUBLISHED = 4


@dataclass(frozen=True, slots=True)
class Combination:
    """What could tell who a row is about: its service, cell, day, and area. `k` is what its service asks for."""

    service_code: str
    cell: str
    day: str
    area: str
    k: int

    def at(self, rung: Rung) -> tuple[object, ...]:
        """Return what is left of it on a rung."""
        month = self.day[:7]
        return {
            Rung.AS_RULED: (self.service_code, self.cell, self.day),
            Rung.MONTH: (self.service_code, self.cell, month),
            Rung.AREA_AND_MONTH: (self.service_code, self.area, month),
            Rung.MONTH_ALONE: (self.service_code, month),
        }[rung]


def rungs(rows: Sequence[Combination]) -> list[Rung]:
    """Return for each row the finest rung on which it does not stand out, in the order given."""
    asking = {row.service_code for row in rows if row.k > 1}
    # A service of which no row asks for company needs no counting.
    found = [Rung.NOT_PUBLISHED if row.service_code in asking else Rung.AS_RULED for row in rows]
    left = [i for i, row in enumerate(rows) if row.service_code in asking]
    for rung in (Rung.AS_RULED, Rung.MONTH, Rung.AREA_AND_MONTH, Rung.MONTH_ALONE):
        shared = Counter(rows[i].at(rung) for i in left)
        on = {i for i in left if shared[rows[i].at(rung)] >= rows[i].k}
        for i in on:
            found[i] = rung
        left = [i for i in left if i not in on]
    return found
