"""What likeness is judged by: one report, and the thing that one or more reports are about."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ombud.kernel.geo import LonLat, Metres

NO_REACH = Metres(0)
# Marks of a unit within a house: a heap of rubbish before the house is one, whoever of its flats reports it.
_UNIT = re.compile(r"\b(apt|apartment|unit|suite|ste|fl|floor|rm|room|bsmt|depto)\b\.?\s*#?\s*\w+|#\s*\w+")
_SPOKEN = {
    "street": "st", "avenue": "av", "ave": "av", "boulevard": "bl", "blvd": "bl", "road": "rd", "drive": "dr",
    "place": "pl", "lane": "ln", "court": "ct", "terrace": "ter", "parkway": "pkwy", "highway": "hwy",
    "north": "n", "south": "s", "east": "e", "west": "w", "calle": "st", "avenida": "av",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sighting:
    """
    One report, as far as likeness is concerned. What is empty was not said, and tells nothing.

    `reach` is how far apart, in metres along the ground, two reports of one thing of this service may be,
    and `window_days` within how many days the same thing is usually reported again. `details` are chosen answers, each
    as question and answer. `photos` are 64-bit fingerprints. `reporter` is any key of the person.
    """

    key: str
    service: str
    at: datetime
    reach: Metres = NO_REACH
    window_days: float = 14.0
    point: LonLat | None = None
    accuracy_m: float | None = None
    address: str = ""
    asset: str = ""
    words: str = ""
    language: str = ""
    details: frozenset[str] = frozenset()
    photos: tuple[int, ...] = ()
    reporter: str = ""
    has_hours: bool = True


@dataclass(slots=True)
class Thing:
    """
    One thing that was reported: its first report and those that joined.

    Where it is, its first report says: measured from one report to the next, a street of rubbish would become one
    heap. `ended_at` None means that it is open. `maybe_of` is the key of the thing that this one is perhaps the same
    as, which somebody is asked.
    """

    key: str
    first: Sighting
    ended_at: datetime | None = None
    later: list[Sighting] = field(default_factory=list)
    maybe_of: str = ""

    @property
    def last_at(self) -> datetime:
        """When it was last reported."""
        return max([self.first.at, *(s.at for s in self.later)])

    @property
    def reports(self) -> Collection[Sighting]:
        """All of its reports, the first one first."""
        return [self.first, *self.later]

    def is_open_at(self, at: datetime) -> bool:
        """Whether it had not ended by then."""
        return self.ended_at is None or self.ended_at > at

    def ended_within(self, days: float, *, at: datetime) -> bool:
        """Whether it had ended by then, so many days before at most."""
        return self.ended_at is not None and at - timedelta(days=days) <= self.ended_at <= at


def plain_address(address: str) -> str:
    """
    Return an address as it is compared: folded, without unit, town and ZIP, with streets and directions brief.

    What has no house number and names no crossing is no address: a street alone is too long to be one place.
    """
    folded = unicodedata.normalize("NFKD", address).encode("ascii", "ignore").decode().lower()
    first = re.split(r",|  +|\n", folded.strip())[0].strip()
    if not first:
        return ""
    crossing = re.split(r"\s+(?:&|and|at|y|/)\s+|\s*[&/@]\s*", re.sub(r"^intersection (of )?", "", first))
    if len(crossing) == 2 and all(crossing):
        return " & ".join(sorted(_brief(part) for part in crossing))
    words = _brief(_UNIT.sub(" ", first))
    return words if re.match(r"\d", words) and " " in words else ""


def _brief(words: str) -> str:
    return " ".join(_SPOKEN.get(w, w) for w in re.findall(r"[a-z0-9]+", words))
