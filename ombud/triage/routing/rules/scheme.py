"""
Who is served by whom, and on which day: a scheme of a city, read from its file.

A place lies in an area of a layer; what stands there (a house, a larger building) is of a kind. Both together say who
collects. Days of collection follow the week, the holidays and a cut-off on the day before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ombud.catalog.rules.definition import Code, Part, Texts
from ombud.kernel.errors import N_, BadInput
from ombud.triage.routing.rules.rule import CURRENT, WEEKDAYS

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LOOK_AHEAD = timedelta(days=120)


class Collector(Part):
    """Who comes: the city's own, or a company with a franchise."""

    name: Texts
    phone: str = Field(default="", max_length=60)
    url: str = Field(default="", max_length=200)


class ServedKind(Part):
    """A kind of building. Without a collector of its own it is served by the area's franchise."""

    code: Code
    label: Texts
    collector: str = ""


class ServedArea(Part):
    """What holds in one area of the layer."""

    unit: str = Field(default="", max_length=80)
    day: Weekday | None = None
    franchise: str = ""


class Appointments(Part):
    """Days that can be chosen: how many are offered, how many fit in a day, until when one may change one's mind."""

    opens: str = Field(default="07:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    closes: str = Field(default="15:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    cut_off: str = Field(default="16:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    offered: int = Field(default=4, ge=1, le=12)
    capacity: int = Field(default=50, ge=0, le=100_000)
    capacities: dict[str, Annotated[int, Field(ge=0, le=100_000)]] = {}
    holidays: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _closes_later(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("the window closes before it opens")
        return self

    def room(self, unit: str) -> int:
        """Return how many fit in a day in an area of a unit."""
        return self.capacities.get(unit, self.capacity)


class Scheme(Part):
    """One scheme of a city."""

    code: Code
    title: Texts
    layer: Code
    vintage: str = CURRENT
    kinds: Annotated[tuple[ServedKind, ...], Field(min_length=1)]
    collectors: dict[str, Collector]
    areas: dict[str, ServedArea]
    addresses: dict[str, str] = {}
    appointments: Appointments | None = None

    @model_validator(mode="after")
    def _names_what_is_there(self) -> Self:
        named = {kind.collector for kind in self.kinds} | {area.franchise for area in self.areas.values()}
        if missing := sorted(named - set(self.collectors) - {""}):
            raise ValueError(f"nobody is called {', '.join(missing)}")
        if missing := sorted(set(self.addresses.values()) - {kind.code for kind in self.kinds}):
            raise ValueError(f"there is no kind {', '.join(missing)}")
        return self


def read_schemes(raw: object, *, file: str) -> list[Scheme]:
    """Return the schemes of a file. Raises BadInput with the first thing that is wrong."""
    if not isinstance(raw, list):
        raise BadInput(N_("%(file)s: %(why)s"), file=file, why="a list of schemes")
    found = []
    for one in raw:
        try:
            found.append(Scheme.model_validate(one))
        except ValidationError as refused:
            problem = refused.errors()[0]
            where = ".".join(str(step) for step in problem["loc"])
            raise BadInput(N_("%(file)s: %(why)s"), file=file, why=f"{where} {problem['msg']}") from None
    return found


@dataclass(frozen=True, slots=True)
class Served:
    """Who serves a place: the kind of building, its collector, and the collection day of the area."""

    area: str
    kind: str
    collector: str
    unit: str = ""
    day: Weekday | None = None


def served(scheme: Scheme, *, area: str, kind: str) -> Served | None:
    """Return who serves a kind of building in an area; None where the scheme does not know."""
    found = scheme.areas.get(area)
    of_kind = next((one for one in scheme.kinds if one.code == kind), None)
    if found is None or of_kind is None:
        return None
    return Served(area, kind, of_kind.collector or found.franchise, found.unit, found.day)


def moved_by_holidays(day: date, holidays: Iterable[date]) -> date:
    """Return the day on which is collected: a day later where a holiday stands in its week, on it or before it."""
    monday = day - timedelta(days=day.weekday())
    delayed = any(monday <= holiday <= day and holiday.weekday() < 5 for holiday in holidays)
    return day + timedelta(days=1) if delayed else day


def days_of(weekday: Weekday, *, since: date, holidays: Iterable[date]) -> Iterator[date]:
    """Yield the collection days of a weekday from a day on, with holidays, for some months."""
    known = tuple(holidays)
    day = since - timedelta(days=7)
    while day <= since + LOOK_AHEAD:
        if WEEKDAYS[day.weekday()] == weekday and (shifted := moved_by_holidays(day, known)) >= since:
            yield shifted
        day += timedelta(days=1)


def is_open_for(day: date, *, local: datetime, cut_off: str) -> bool:
    """Whether a day can still be chosen, left or taken back: until the cut-off on the day before, the city's clock."""
    return local.replace(tzinfo=None) < datetime.combine(day - timedelta(days=1), time.fromisoformat(cut_off))
