"""
When a city and its agencies work, as the city's file says it.

The file says of the city `working_days` (0 is Monday), `working_hours`, `holidays`, days on which it is `closed`
besides (furlough days) and days on which it is `open` all the same; under `calendars`, by agency, the same of
an agency. What an agency does not say is as in the city.
"""

from collections.abc import Collection, Mapping
from datetime import date, time, timedelta
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from ombud.catalog.rules.definition import Part
from ombud.kernel.errors import N_, BadInput

Day = Annotated[int, Field(ge=0, le=6)]
LONGEST = timedelta(days=366)


class Hours(Part):
    """When the office opens and closes."""

    start: time = time(8)
    end: time = time(17)

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.end <= self.start:
            raise ValueError("the office closes before it opens")
        return self


class Holidays(Part):
    """Whose public holidays count."""

    country: str = ""
    subdivision: str = ""


class Span(Part):
    """Days from the first to the last, both counted."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if not timedelta(0) <= self.last - self.first <= LONGEST:
            raise ValueError("from the first to the last day it is a year at most")
        return self

    def days(self) -> list[date]:
        """Return the days."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


class OfficeDays(Part):
    """When the city, or one agency, works."""

    working_days: tuple[Day, ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)
    working_hours: Hours = Hours()
    holidays: Holidays = Holidays()
    closed: tuple[date | Span, ...] = Field(default=(), max_length=200)
    open: tuple[date, ...] = Field(default=(), max_length=200)

    def closed_days(self) -> frozenset[date]:
        """Return the days on which it is closed besides weekends and holidays."""
        return frozenset(day for one in self.closed for day in (one.days() if isinstance(one, Span) else [one]))


def read_calendars(settings: Mapping[str, Any], *, agencies: Collection[str] = ()) -> dict[str, OfficeDays]:
    """
    Return when each agency with a calendar of its own works, and under "" when the city does. Raises BadInput.

    Where `agencies` are named, a calendar of any other is refused.
    """
    said = {name: settings[name] for name in OfficeDays.model_fields if name in settings}
    own: Mapping[str, Any] = settings.get("calendars") or {}
    if strangers := sorted(set(own) - set(agencies)) if agencies else []:
        raise BadInput(N_("calendars: there is no agency %(code)s"), code=str(strangers[0])[:40])
    found = {"": _read(said, "")}
    for agency, told in own.items():
        found[agency] = _read({**said, **(told or {})}, f"calendars.{agency}")
    return found


def _read(told: Mapping[str, Any], where: str) -> OfficeDays:
    try:
        return OfficeDays.model_validate(told)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        path = ".".join(str(step) for step in (where, *first["loc"]) if step != "")
        raise BadInput(N_("%(where)s: %(what)s"), where=path, what=first["msg"]) from wrong
