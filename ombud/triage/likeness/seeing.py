"""From requests of the record to what likeness is judged by."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.geo import LonLat, Metres, distance
from ombud.service_requests import alike
from ombud.service_requests.alike import Report, Where
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.rules.lifecycle import ENDED
from ombud.triage.likeness import policy
from ombud.triage.likeness.models import Suggestion
from ombud.triage.likeness.rules.evidence import ACCURACY_AT_MOST
from ombud.triage.likeness.rules.sighting import Sighting, Thing, plain_address

_CHOSEN = frozenset({"select", "multiselect", "yesno", "checkbox"})


def sighting_of(city: City, report: Report, *, same_person: Collection[int] = ()) -> Sighting:
    """Return a request as a report to be compared; those of `same_person`'s contact points are of one reporter."""
    row, place = report.row, report.row.place
    service = city.services.get(row.service_code)
    # An address that we found for a pin is the nearest of a register, and tells no more than the pin.
    said_address = place is not None and (place.method == "address" or row.lon is None)
    return Sighting(
        key=str(row.pk),
        service=row.service_code,
        at=row.requested_at,
        reach=policy.reach_of(city, row.service_code),
        window_days=policy.window_of(city, row.service_code),
        point=LonLat(row.lon, row.lat) if row.lon is not None and row.lat is not None else None,
        accuracy_m=place.accuracy_m if place else None,
        address=plain_address(row.address) if said_address else "",
        asset=row.asset or asset_of(service, report.answers),
        words=" ".join(report.description.lower().split()),
        language=report.language,
        details=frozenset(_details(service, report.answers)),
        photos=tuple(photo % 2**64 for photo in report.photos),
        reporter="same" if report.reporter is not None and report.reporter in same_person else "",
    )


def begun(
    city: City,
    service_code: str,
    *,
    point: LonLat,
    at: datetime,
    description: str = "",
    language: str = "",
    answers: Sequence[Mapping[str, Any]] = (),
    address: str = "",
) -> Sighting:
    """Return a report that is still being made, with what was told so far."""
    service = city.services.get(service_code)
    return Sighting(
        key="",
        service=service_code,
        at=at,
        reach=policy.reach_of(city, service_code),
        window_days=policy.window_of(city, service_code),
        point=point,
        address=plain_address(address),
        asset=asset_of(service, answers),
        words=" ".join(description.lower().split()),
        language=language,
        details=frozenset(_details(service, answers)),
    )


def asset_of(service: ServiceDefinition | None, answers: Sequence[Mapping[str, Any]]) -> str:
    """Return the number on the pole, meter or bin as it was typed, where the form asked for one."""
    kinds = {q.code: q.type for q in service.questions} if service else {}
    told = [str(a.get("value", "")) for a in answers if kinds.get(str(a.get("code"))) == "asset"]
    return " ".join(told).strip().upper()


def _details(service: ServiceDefinition | None, answers: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    kinds = {q.code: q.type for q in service.questions} if service else {}
    for answer in answers:
        if kinds.get(str(answer.get("code"))) in _CHOSEN:
            yield f"{answer.get('code')}={answer.get('value')}"


def rows_near(city: City, row: ServiceRequest) -> list[ServiceRequest]:
    """Return the requests that a new one may be about: open there, or ended lately."""
    bars = policy.bars_of(city, row.service_code)
    services = policy.compared_with(city, row.service_code)
    reach = Metres(max(policy.reach_of(city, code) for code in services))
    point = LonLat(row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    where = Where(services, point, Metres(reach + 2 * ACCURACY_AT_MOST), row.address, row.asset)
    since = row.requested_at - timedelta(days=bars.again_days)
    found = alike.near(city.id, where, ended_since=since, besides=row.pk)
    # The box is drawn for the least certain places; of most rows it is known that they lie too far away.
    things = {_thing(other) for other in found if _may_be(row, other, reach)}
    return [other for other in found if _thing(other) in things]


def _thing(row: ServiceRequest) -> int:
    # An incident's id and a request's own never meet: one of them is made negative.
    return row.incident_id or -row.pk


def _may_be(row: ServiceRequest, other: ServiceRequest, reach: Metres) -> bool:
    if None in (row.lon, row.lat, other.lon, other.lat) or (row.asset and row.asset == other.asset):
        return True
    unsure = sum(min((r.place.accuracy_m if r.place else None) or 0.0, ACCURACY_AT_MOST) for r in (row, other))
    here, there = LonLat(row.lon or 0, row.lat or 0), LonLat(other.lon or 0, other.lat or 0)
    # One address that was said may have points somewhat further apart.
    said = bool(row.address) and row.address == other.address
    return distance(here, there) <= (4 * reach if said else reach) + unsure


def before(new: Sighting, things: Sequence[Thing]) -> list[Thing]:
    """Return what was there before a report; where a backlog is worked through, later ones are there already too."""
    return [thing for thing in things if (thing.first.at, int(thing.first.key)) < (new.at, int(new.key))]


def things_of(
    city: City, rows: Sequence[ServiceRequest], told: Mapping[int, Report], *, same_person: Collection[int] = ()
) -> list[Thing]:
    """Return the things that requests are about: those of one incident are one; its key is its first report's id."""
    groups: dict[int, list[ServiceRequest]] = {}
    for row in rows:
        groups.setdefault(_thing(row), []).append(row)
    asked = _asked(city.id, [row.pk for row in rows])
    things = []
    for members in groups.values():
        members.sort(key=lambda row: (row.requested_at, row.pk))
        seen = [sighting_of(city, told[row.pk], same_person=same_person) for row in members]
        maybe_of = asked.get(members[0].pk, "") if len(members) == 1 else ""
        things.append(Thing(seen[0].key, seen[0], _ended_at(members), seen[1:], maybe_of))
    return things


def _asked(city_id: str, request_ids: Sequence[int]) -> dict[int, str]:
    """Return of which thing it is being asked whether these requests are about it, by request."""
    waiting = Suggestion.objects.filter(jurisdiction_id=city_id, request__in=list(request_ids), kind="same", answer="")
    return {request_id: str(thing_id) for request_id, thing_id in waiting.values_list("request_id", "thing_id")}


def _ended_at(members: Sequence[ServiceRequest]) -> datetime | None:
    """Return when the last of them ended; None while one is open."""
    if any(row.status not in ENDED for row in members):
        return None
    return max((row.closed_at for row in members if row.closed_at), default=None)
