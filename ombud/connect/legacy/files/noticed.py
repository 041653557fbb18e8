"""What was seen while reading that a person may want to look at, and the rows that wait for them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ombud.connect.legacy.files.reading import Row

SAMPLES = 5


@dataclass(slots=True)
class Unknown:
    """A value the mapping does not know: how often, where first, in which requests."""

    rows: int
    first_line: int
    samples: list[str]


@dataclass(slots=True)
class Noticed:
    """Values that the mapping does not know, and how often what cannot be was kept."""

    unknown: dict[tuple[str, str], Unknown] = field(default_factory=dict)
    flags: Counter[str] = field(default_factory=Counter)

    def unknown_values(self, values: Iterable[tuple[str, str]], line: int, number: str) -> None:
        """Count values (column, value) of one row that the mapping does not know."""
        for column, value in values:
            seen = self.unknown.setdefault((column, value[:300]), Unknown(0, line, []))
            seen.rows += 1
            if len(seen.samples) < SAMPLES and number:
                seen.samples.append(number)


@dataclass(frozen=True, slots=True)
class Held:
    """A row that cannot become a request yet."""

    row: Row
    old_number: str
    reason: str


class Hold(Exception):
    """Why a row must wait, and the values (column, value) that were not understood."""

    def __init__(self, reason: str, *unknown: tuple[str, str]) -> None:
        super().__init__(reason)
        self.reason, self.unknown = reason, unknown
