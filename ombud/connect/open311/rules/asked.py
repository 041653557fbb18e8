"""What a client asks for: parameters read once, wide in what they accept and clear in what they refuse."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ombud.connect.open311.rules.instants import read_instant
from ombud.connect.open311.rules.writing import writable
from ombud.kernel.geo import LonLat, Metres

MOST = 1_000
STATUSES = frozenset(("open", "closed"))
SPAN = timedelta(days=90)
_ATTRIBUTE = re.compile(r"attribute\[([^\]]+)\](?:\[\])?")
_POSITIVE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)


class Wrong(ValueError):
    """A parameter that cannot be read. Carries its name and a sentence."""

    def __init__(self, parameter: str, sentence: str) -> None:
        self.parameter, self.sentence = parameter, sentence
        super().__init__(f"{parameter}: {sentence}")


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that was sent, query and body; an empty parameter is the same as none."""

    values: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, query: Iterable[tuple[str, Sequence[str]]], body: Iterable[tuple[str, Sequence[str]]]) -> "Parameters":
        """Return both together; where a parameter is in both, the body's counts."""
        # What neither XML nor the database can hold is taken out here, before anything else sees it.
        said = {name: [v for v in map(writable, values) if v.strip()] for name, values in (*query, *body)}
        return cls({name: values for name, values in said.items() if values})

    def one(self, name: str) -> str:
        """Return the last value of a parameter, without space around it, or nothing."""
        values = self.values.get(name)
        return values[-1].strip() if values else ""

    def raw(self, name: str) -> str:
        """Return the last value as it came."""
        values = self.values.get(name)
        return values[-1] if values else ""

    def many(self, name: str) -> tuple[str, ...]:
        """Return the items of a list: separated by commas, repeated, or both."""
        items = (item.strip() for value in self.values.get(name, ()) for item in value.split(","))
        return tuple(dict.fromkeys(item for item in items if item))

    def attributes(self) -> dict[str, list[str]]:
        """Return the answers by their code, whether written `attribute[A]`, `attribute[A][]` or repeated."""
        found: dict[str, list[str]] = {}
        for name, values in self.values.items():
            if match := _ATTRIBUTE.fullmatch(name):
                found.setdefault(match[1], []).extend(values)
        return found

    def switched_on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.one(name).lower() in ("true", "1")


@dataclass(frozen=True, slots=True)
class Around:
    """Within so many metres of a point."""

    centre: LonLat
    radius: Metres


@dataclass(frozen=True, slots=True)
class Asked:
    """A list that a client asks for. With `numbers` nothing else counts."""

    numbers: tuple[str, ...] | None = None
    services: tuple[str, ...] = ()
    statuses: frozenset[str] = STATUSES
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None
    around: Around | None = None
    words: str = ""
    page: int = 1
    size: int = MOST

    @property
    def skip(self) -> int:
        """How many come before this page."""
        return (self.page - 1) * self.size


def read_asked(sent: Parameters, *, zone: ZoneInfo, now: datetime) -> Asked:
    """Return the list that is asked for. Raises Wrong at the first parameter that cannot be read."""
    page, size = _page(sent)
    if numbers := sent.many("service_request_id"):
        return Asked(numbers=numbers[:MOST], page=page, size=size)
    statuses = frozenset(word.lower() for word in sent.many("status")) or STATUSES
    if unknown := statuses - STATUSES:
        raise Wrong("status", f"it is open or closed, not “{min(unknown)[:40]}”.")
    updated_since, updated_until = (
        instant(sent, "updated_after", zone),
        instant(sent, "updated_before", zone, last=True),
    )
    since, until = read_span(sent, zone=zone, now=now, by_default=updated_since is None and updated_until is None)
    if updated_since and updated_until and updated_since > updated_until:
        raise Wrong("updated_after", "it lies after updated_before.")
    return Asked(
        services=sent.many("service_code"),
        statuses=statuses,
        since=since,
        until=until,
        updated_since=updated_since,
        updated_until=updated_until,
        around=_around(sent),
        words=sent.one("q")[:200],
        page=page,
        size=size,
    )


def read_span(
    sent: Parameters, *, zone: ZoneInfo, now: datetime, by_default: bool = True
) -> tuple[datetime | None, datetime | None]:
    """Return start_date and end_date, at most 90 days apart; none of them unless sent or wanted `by_default`."""
    since, until = instant(sent, "start_date", zone), instant(sent, "end_date", zone, last=True)
    if since is None and until is None:
        return (now - SPAN, None) if by_default else (None, None)
    if since and until:
        if since > until:
            raise Wrong("start_date", "it lies after end_date.")
        if until - since >= SPAN + timedelta(seconds=1):
            raise Wrong("start_date", "start_date and end_date may lie 90 days apart at most.")
        return since, until
    try:
        return (since, since + SPAN) if since else (until - SPAN if until else None, until)
    except OverflowError:
        raise Wrong("start_date", "it lies outside the calendar.") from None


def instant(sent: Parameters, name: str, zone: ZoneInfo, *, last: bool = False) -> datetime | None:
    """Return an instant that was sent, if any."""
    if not (text := sent.one(name)):
        return None
    try:
        return read_instant(text, zone=zone, last=last)
    except ValueError:
        raise Wrong(name, "write it as 2026-05-04T09:30:00Z.") from None


def decimal(sent: Parameters, name: str) -> float | None:
    """Return a decimal number that was sent, if any."""
    if not (text := sent.one(name)):
        return None
    number = float(text) if _DECIMAL.fullmatch(text) else float("inf")
    if number in (float("inf"), float("-inf")):
        raise Wrong(name, "write it as a decimal number, such as 34.0537.")
    return number


def point(sent: Parameters) -> LonLat | None:
    """Return the point that was sent, if any: both parts or none."""
    lat, lon = decimal(sent, "lat"), decimal(sent, "long")
    if lat is None and lon is None:
        return None
    if lat is None or lon is None:
        raise Wrong("lat", "lat and long must be sent together.")
    if abs(lat) > 90:
        raise Wrong("lat", "it lies between -90 and 90.")
    if abs(lon) > 180:
        raise Wrong("long", "it lies between -180 and 180.")
    return LonLat(lon, lat)


def _around(sent: Parameters) -> Around | None:
    radius, centre = decimal(sent, "radius"), point(sent)
    if radius is None and centre is None:
        return None
    if radius is None or centre is None:
        raise Wrong("radius", "lat, long and radius must be sent together.")
    if radius < 0:
        raise Wrong("radius", "it is a length in metres.")
    return Around(centre, Metres(min(radius, 20_100_000.0)))  # half around the Earth is everywhere


def _page(sent: Parameters) -> tuple[int, int]:
    size = positive(sent, "page_size") or positive(sent, "per_page") or MOST
    return positive(sent, "page") or 1, min(size, MOST)


def positive(sent: Parameters, name: str) -> int | None:
    """Return a positive whole number that was sent, if any."""
    if not (text := sent.one(name)):
        return None
    if not _POSITIVE.fullmatch(text) or int(text) < 1:
        raise Wrong(name, "write a whole number from 1.")
    return int(text)
