"""From requests of the record to what likeness is judged by."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ombud.catalog.queries import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.geo import LonLat, Metres
from ombud.service_requests import alike
from ombud.service_requests.alike import Report, Where
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.rules.lifecycle import ENDED
from ombud.triage.likeness import policy
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


def things_near(
    city: City, new: Sighting, *, besides: int | None, address: str, asset: str = "", same_person: Collection[int] = ()
) -> list[Thing]:
    """Return what a report may be about: things that are open there, and those that ended lately."""
    bars = policy.bars_of(city, new.service)
    services = policy.compared_with(city, new.service)
    reach = max(policy.reach_of(city, code) for code in services)
    where = Where(services, new.point, Metres(reach + 2 * ACCURACY_AT_MOST), address, asset)
    since = new.at - timedelta(days=bars.again_days)
    return things_of(city, alike.near(city.id, where, ended_since=since, besides=besides), same_person=same_person)


def things_of(city: City, rows: Sequence[ServiceRequest], *, same_person: Collection[int] = ()) -> list[Thing]:
    """Return the things that requests are about: those of one incident are one; its key is its first report's id."""
    told = alike.told(city.id, rows)
    groups: dict[int, list[ServiceRequest]] = {}
    for row in rows:
        # An incident's id and a request's own never meet: one of them is made negative.
        groups.setdefault(row.incident_id or -row.pk, []).append(row)
    things = []
    for members in groups.values():
        members.sort(key=lambda row: (row.requested_at, row.pk))
        seen = [sighting_of(city, told[row.pk], same_person=same_person) for row in members]
        things.append(Thing(seen[0].key, seen[0], _ended_at(members), seen[1:]))
    return things


def _ended_at(members: Sequence[ServiceRequest]) -> datetime | None:
    """Return when the last of them ended; None while one is open."""
    if any(row.status not in ENDED for row in members):
        return None
    return max((row.closed_at for row in members if row.closed_at), default=None)
