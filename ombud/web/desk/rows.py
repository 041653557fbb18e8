"""A request as a row of the queue: short, aligned, every sign with its word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ombud.catalog.city import City
from ombud.service_requests.rules.lifecycle import ENDED


@dataclass(frozen=True, slots=True)
class Clock:
    """How much of the target's time is spent, in seconds, and what is left in words."""

    elapsed: float
    target: float
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """Everything the queue shows of one request."""

    id: int
    number: str
    version: int
    service: str
    place: str
    age: str
    requested_at: datetime
    clock: Clock | None
    status: str
    outcome: str
    is_late: bool
    priority: str
    agency: str
    assignee: str
    in_incident: bool
    awaiting: bool
    not_fixed: bool
    lon: float | None
    lat: float | None
    storm_line: str


def row_of(city: City, request: Any, *, now: datetime, lines: Sequence[str] = ()) -> Row:
    """Return the row of a request; `lines` are what comes first in the storm that is looked at."""
    service = city.services.get(request.service_code)
    late = bool(request.target_at and request.target_at < now and request.status not in ENDED)
    return Row(
        id=request.pk,
        number=request.number,
        version=request.version,
        service=city.text(service.name) if service else request.service_code,
        place=request.address or (request.place.raw_text if request.place else ""),
        age=brief(now - request.requested_at),
        requested_at=request.requested_at,
        clock=clock_of(request, now=now),
        status=request.status,
        outcome=request.outcome or "",
        is_late=late,
        priority=request.priority,
        agency=city.agency(request.agency).short_name,
        assignee=getattr(request, "assignee_name", ""),
        in_incident=request.incident_id is not None,
        awaiting=request.awaiting_reporter,
        not_fixed=(request.reopened > 0 or request.again_of_id is not None) and request.status not in ENDED,
        lon=request.lon,
        lat=request.lat,
        storm_line=dict(enumerate(lines)).get(getattr(request, "storm_rank", -1), ""),
    )


def clock_of(request: Any, *, now: datetime) -> Clock | None:
    """Return the clock towards the target; None where the service has no target or the request has ended."""
    if request.target_at is None or request.status in ENDED:
        return None
    left = request.target_at - now
    words = (
        _("%(time)s late") % {"time": brief(-left)}
        if left < timedelta(0)
        else _("%(time)s left") % {"time": brief(left)}
    )
    whole = (request.target_at - request.requested_at).total_seconds()
    return Clock((now - request.requested_at).total_seconds(), max(whole, 1.0), words)


def brief(length: timedelta) -> str:
    """Return a length of time in its largest unit, short enough for a column: 40 min, 5 h, 3 d."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)d h") % {"n": minutes // 60}
    return _("%(n)d d") % {"n": minutes // 1440}


def in_words(length: timedelta) -> str:
    """Return a length of time in words: 3 days."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        hours = minutes // 60
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = minutes // 1440
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
