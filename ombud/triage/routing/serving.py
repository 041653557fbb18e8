"""Who serves a place, which days can be chosen, and the day that somebody chose."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import connection, transaction

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import folded
from ombud.places import queries as places
from ombud.plumbing import visit
from ombud.service_requests import queries as requests
from ombud.service_requests import timeline
from ombud.service_requests.rules import decisions
from ombud.service_requests.rules.decisions import Decision
from ombud.service_requests.timeline import Actor
from ombud.triage.routing.models import Appointment, ServedScheme
from ombud.triage.routing.rules.rule import CURRENT
from ombud.triage.routing.rules.scheme import Scheme, Served, Weekday, days_of, is_open_for, read_schemes, served

if TYPE_CHECKING:
    from ombud.service_requests.models import RequestEvent, ServiceRequest


def load_schemes(*, jurisdiction_id: str, raw: object, at: datetime, file: str = "eligibility.yaml") -> int:
    """Keep the schemes of a city's file and return how many; those it has no more are forgotten. Raises BadInput."""
    schemes = read_schemes(raw, file=file)
    with transaction.atomic():
        for scheme in schemes:
            ServedScheme.objects.update_or_create(
                jurisdiction_id=jurisdiction_id,
                code=scheme.code,
                defaults={"definition": scheme.model_dump(mode="json", exclude_defaults=True), "loaded_at": at},
            )
        old = ServedScheme.objects.filter(jurisdiction_id=jurisdiction_id)
        old.exclude(code__in=[scheme.code for scheme in schemes]).delete()
    return len(schemes)


def scheme_of(jurisdiction_id: str, code: str) -> Scheme | None:
    """Return a scheme of a city."""

    def look() -> Scheme | None:
        row = ServedScheme.objects.filter(jurisdiction_id=jurisdiction_id, code=code).first()
        return Scheme.model_validate(row.definition) if row else None

    return visit.once(("scheme", jurisdiction_id, code), look)


def area_at(jurisdiction_id: str, scheme: Scheme, point: LonLat) -> str:
    """Return the code of the scheme's area at a point; empty where there is none."""
    atlas = places.atlas(jurisdiction_id)
    if scheme.vintage != CURRENT and (scheme.layer, scheme.vintage) not in atlas.layers:
        atlas = places.atlas_of(jurisdiction_id, [(scheme.layer, scheme.vintage)])
    return next((a.code for a in atlas.areas_at(point) if a.layer == scheme.layer), "")


def kind_at(scheme: Scheme, address: str) -> str:
    """Return the kind of building that is known to stand at an address; empty where the person has to say."""
    known: Mapping[str, str] = {folded(where): kind for where, kind in scheme.addresses.items()}
    return known.get(folded(address), "")


@dataclass(frozen=True, slots=True)
class Day:
    """A day that can be chosen, and how many more fit in."""

    on: date
    left: int


def days(city: City, scheme: Scheme, at_place: Served, *, now: datetime, but: int = 0) -> list[Day]:
    """Return the next days that can be chosen, in order; one request is not counted (its own booking)."""
    terms = scheme.appointments
    if terms is None or at_place.day is None:
        return []
    local = now.astimezone(city.zone)
    coming = [
        day
        for day in days_of(at_place.day, since=local.date(), holidays=_holidays(city, terms.holidays, local.year))
        if is_open_for(day, local=local, cut_off=terms.cut_off)
    ]
    taken = _taken(city.id, scheme.code, at_place.area, coming, but=but)
    room = terms.room(at_place.unit)
    return [Day(day, left) for day in coming if (left := room - taken.get(day, 0)) > 0][: terms.offered]


def _holidays(city: City, names: tuple[str, ...], year: int) -> frozenset[date]:
    return city.named_holidays(names, year) if names else frozenset()


def _taken(jurisdiction_id: str, scheme: str, area: str, on: list[date], *, but: int) -> dict[date, int]:
    rows = Appointment.objects.filter(jurisdiction_id=jurisdiction_id, scheme=scheme, area=area, on__in=on)
    booked = dict(rows.exclude(request_id=but).values_list("request_id", "on"))
    # What was withdrawn or closed needs no room any more.
    return Counter(booked[pk] for pk in requests.still_open(jurisdiction_id, booked))


def window(city: City, scheme: Scheme, on: date) -> tuple[datetime, datetime]:
    """Return the time in which somebody comes on a day."""
    terms = scheme.appointments
    opens, closes = (terms.opens, terms.closes) if terms else ("00:00", "23:59")
    start, end = (datetime.combine(on, time.fromisoformat(word), city.zone) for word in (opens, closes))
    return start, end


def book(
    *,
    jurisdiction_id: str,
    request_id: int,
    scheme: Scheme,
    at_place: Served,
    on: date,
    actor: Actor,
    at: datetime,
) -> "RequestEvent":
    """
    Book the day that was chosen for a request, or move it to that day. Raises BadInput where the day is gone.

    Two who choose the last free place of a day are asked one after the other.
    """
    city = catalog.city(jurisdiction_id)
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        kept = Appointment.objects.filter(jurisdiction_id=jurisdiction_id, request_id=request_id).first()
        if kept and not may_change(city, scheme, _booked(city, row, kept), now=at):
            raise BadInput(N_("It is too late to change this day: the list of the crew is made."), field="day")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"{jurisdiction_id} {scheme.code} {at_place.area} {on}"],
            )
        if on not in {day.on for day in days(city, scheme, at_place, now=at, but=request_id)}:
            raise BadInput(N_("This day is not free any more. Choose another one."), field="day")
        Appointment.objects.update_or_create(
            jurisdiction_id=jurisdiction_id,
            request_id=request_id,
            defaults={
                "scheme": scheme.code,
                "area": at_place.area,
                "unit": at_place.unit,
                "on": on,
                "made_at": at,
            },
        )
        start, end = window(city, scheme, on)
        decision = decisions.schedule(timeline.state_of(row), start=start, end=end)
        facts = {**decision.facts, "appointment": {"scheme": scheme.code, "area": at_place.area, "kind": at_place.kind}}
        return timeline.record(row, Decision(decision.kind, decision.changes, facts), actor=actor, at=at)


def may_change(city: City, scheme: Scheme, on: date, *, now: datetime) -> bool:
    """Whether a chosen day can still be moved or cancelled."""
    terms = scheme.appointments
    return terms is not None and is_open_for(on, local=now.astimezone(city.zone), cut_off=terms.cut_off)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The day that was chosen for a request, with what it takes to move it."""

    on: date
    scheme: Scheme
    at_place: Served


def chosen(city: City, row: "ServiceRequest") -> Chosen | None:
    """Return the day that was chosen for a request, or to which staff moved it; None where nobody chose one."""
    kept = Appointment.objects.filter(jurisdiction_id=city.id, request_id=row.pk).first()
    scheme = scheme_of(city.id, kept.scheme) if kept else None
    if kept is None or scheme is None:
        return None
    area = scheme.areas.get(kept.area)
    day: Weekday | None = area.day if area else None
    return Chosen(_booked(city, row, kept), scheme, Served(kept.area, "", "", kept.unit, day))


def _booked(city: City, row: "ServiceRequest", kept: Appointment) -> date:
    """Return the day that counts: the request's own booking, which staff may have moved."""
    return row.scheduled_from.astimezone(city.zone).date() if row.scheduled_from else kept.on


def at_place(city: City, scheme: Scheme, point: LonLat, *, address: str, kind: str) -> Served | None:
    """Return who serves a place; what is known of the address counts before what the person says."""
    area = area_at(city.id, scheme, point)
    return served(scheme, area=area, kind=kind_at(scheme, address) or kind) if area else None
