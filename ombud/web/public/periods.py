"""Which days a page is about: chosen in the address bar, else the latest that hold something."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ombud.catalog.city import City
from ombud.insight.queries import Period
from ombud.opendata import queries as public_record
from ombud.service_requests import listing


@dataclass(frozen=True, slots=True)
class Span:
    """From the start of a day to the start of the day after another, on the city's clock."""

    first: date
    last: date
    since: datetime
    until: datetime

    def period(self, city: City, now: datetime, *, public: bool = True) -> Period:
        """Return the span as figures take it."""
        rules = public_record.rules_of(city)
        return Period(
            city=city.id,
            zone=str(city.zone),
            layer=str(city.settings.get("promise_layer", "")),
            since=self.since,
            until=self.until,
            now=now,
            public=public,
            shown=rules.listed,
            delays=rules.delays,
        )


def span_of(asked: Mapping[str, str], city: City, now: datetime) -> Span:
    """
    Return the days asked for by `from` and `to`; without them everything up to today.

    Days that are not dates are left out; turned-round ones are turned back.
    """
    today = now.astimezone(city.zone).date()
    first = _day(asked.get("from", "")) or _first_day(city, today)
    last = _day(asked.get("to", "")) or today
    if last < first:
        first, last = last, first
    return Span(
        first,
        last,
        datetime.combine(first, time(), city.zone),
        datetime.combine(last + timedelta(days=1), time(), city.zone),
    )


def _first_day(city: City, today: date) -> date:
    oldest = listing.oldest(city.id)
    return oldest.astimezone(city.zone).date() if oldest else today


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1990, 1, 1) <= day <= date(2200, 1, 1) else None
