"""From what a far record says, in our words, to what the record of service requests takes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from ombud.catalog.city import City
from ombud.catalog.rules.working_time import target_at
from ombud.connect.bridge.rules.mapping import LinkMapping
from ombud.kernel.geo import LonLat
from ombud.places import queries as places
from ombud.service_requests import ports
from ombud.service_requests.commands.old_requests import OldKind, OldRequest
from ombud.service_requests.commands.outside import Heard, outside_answer
from ombud.service_requests.commands.receive import Place
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.ports import Routable, Routed
from ombud.service_requests.rules.lifecycle import ENDED, Outcome, Status
from ombud.service_requests.rules.outside import Told, Window

# Never changed: the same record must be the same request in every version.
_NAMESPACE = UUID("0c9f4c1b-52a1-5f0e-8f0c-9d2f5a3f6b11")
ENDING = frozenset({"status", "sentence", "closed_at"})


def client_id(city_id: str, link: str, far_id: str) -> UUID:
    """Return the id by which a far record is always the same request."""
    return uuid5(_NAMESPACE, f"{city_id}/{link}/{far_id}")


def heard(said: Mapping[str, str], row: ServiceRequest, city: City, *, says_unit: bool) -> Heard:
    """Return what a far record says anew of a request we know; `says_unit`: whether it says who does the work."""
    status, outcome = status_of(said["status"]) if "status" in said else (None, None)
    schedule = window(said["schedule"], city) if "schedule" in said else None
    return Heard(
        told=Told(
            status=status,
            outcome=outcome,
            closed_at=_at(said.get("closed_at")),
            requested_at=_at(said.get("requested_at")),
            unit=said["unit"][:80] if "unit" in said else None,
            priority=said.get("priority") or None,
            schedule=schedule,
        ),
        service_code=said.get("service"),
        place=_moved(said, row, city),
        sentence=said.get("sentence"),
        description=said.get("description"),
        answers={name.removeprefix("answers."): word for name, word in said.items() if name.startswith("answers.")},
        says_unit=says_unit,
    )


def status_of(word: str) -> tuple[Status, Outcome | None]:
    """Return status and outcome of a word such as `closed:fixed`."""
    status, _, outcome = word.partition(":")
    return Status(status), Outcome(outcome) if outcome else None


def window(word: str, city: City) -> Window | tuple[()]:
    """Return a booked window; one that is told by its beginning only lasts until the end of that day."""
    if not word:
        return ()
    first, _, last = word.partition("/")
    start = datetime.fromisoformat(first)
    if last and (end := datetime.fromisoformat(last)) > start:
        return start, end
    there = start.astimezone(city.zone)
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, midnight.astimezone(start.tzinfo)


def _at(word: str | None) -> datetime | None:
    return datetime.fromisoformat(word) if word else None


def _moved(said: Mapping[str, str], row: ServiceRequest, city: City) -> Place | None:
    if "point" not in said and "address" not in said:
        return None
    here = LonLat(row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    point = _point(said["point"]) if said.get("point") else here
    areas = places.atlas(city.id).areas_at(point) if point else ()
    return _place(point, said.get("address", row.address), tuple(area.as_kept() for area in areas))


def _point(word: str) -> LonLat:
    lon, lat = word.split(" ")
    return LonLat(float(lon), float(lat))


def _place(point: LonLat | None, address: str, areas: tuple[dict[str, str], ...]) -> Place:
    lon, lat = (point.lon, point.lat) if point else (None, None)
    return Place(
        method="imported", raw_lon=lon, raw_lat=lat, raw_text=address, lon=lon, lat=lat, address=address, areas=areas
    )


class NewRecords:
    """
    Makes requests of far records that are not known here yet. What many of them share is made once.

    Where the other side does not say who does the work, an open one goes where the city's rules send it; `failed`
    are those whose rule could not be followed.
    """

    def __init__(self, city: City, mapping: LinkMapping, link: str) -> None:
        self._city, self._mapping, self._link = city, mapping, link
        self._kinds: dict[tuple[object, ...], OldKind] = {}
        self.failed: dict[UUID, Routed] = {}

    def made(self, records: Sequence[tuple[str, Mapping[str, str], datetime | None]]) -> list[OldRequest]:
        """Return the requests of (far id, words, changed at)."""
        points = [_point(said["point"]) if said.get("point") else None for _, said, _ in records]
        located = iter(places.atlas(self._city.id).areas_of([point for point in points if point]))
        made = []
        self.failed = {}
        for (far_id, said, changed_at), point in zip(records, points, strict=True):
            areas = tuple(area.as_kept() for area in next(located)) if point else ()
            made.append(self._one(far_id, said, changed_at, point, areas))
        return made

    def _one(
        self,
        far_id: str,
        said: Mapping[str, str],
        changed_at: datetime | None,
        point: LonLat | None,
        areas: tuple[dict[str, str], ...],
    ) -> OldRequest:
        requested_at = datetime.fromisoformat(said["requested_at"])
        routed = self._routed(said, requested_at, point, areas)
        kind = self._kind(said, routed)
        known = client_id(self._city.id, self._link, far_id)
        if routed and routed.failed:
            self.failed[known] = routed
        closed_at = None
        if kind.status in ENDED:
            closed_at = _at(said.get("closed_at")) or changed_at or requested_at
        booked = window(said.get("schedule", ""), self._city)
        service = self._city.services[kind.service_code]
        address = said.get("address", "")
        return OldRequest(
            client_id=known,
            old_number=far_id[:60],
            date_known="yes",
            kind=kind,
            requested_at=requested_at,
            as_of=max(requested_at, closed_at or requested_at, changed_at or requested_at),
            closed_at=closed_at,
            target_at=target_at(
                requested_at,
                routed.target if routed else service.target,
                self._city.calendar(requested_at.year, kind.agency),
            ),
            scheduled_from=booked[0] if booked else None,
            scheduled_to=booked[1] if booked else None,
            place=_place(point, address, areas) if point or address else None,
            facts={**(routed.facts if routed else {}), "link": self._link},
            description=said.get("description", "")[:4000],
        )

    def _routed(
        self, said: Mapping[str, str], at: datetime, point: LonLat | None, areas: tuple[dict[str, str], ...]
    ) -> Routed | None:
        """Return where the rules send a record; None where the other side says so itself, or it is over."""
        service = self._city.services[said["service"]]
        if status_of(said["status"])[0] in ENDED:
            return None
        if said.get("unit") and service.agency in self._city.working_units():
            return None
        return ports.router().route(
            self._city,
            Routable(
                service=service,
                channel=self._mapping.channel,
                requested_at=at,
                answers=self._answers(said),
                areas=areas,
                lon=point.lon if point else None,
                lat=point.lat if point else None,
            ),
        )

    def _answers(self, said: Mapping[str, str]) -> tuple[Mapping[str, Any], ...]:
        told = [(name.removeprefix("answers."), word) for name, word in said.items() if name.startswith("answers.")]
        return tuple(outside_answer(self._city, said["service"], code, word) for code, word in told if word)

    def _kind(self, said: Mapping[str, str], routed: Routed | None) -> OldKind:
        answers = self._answers(said)
        unit, priority, sentence = said.get("unit", ""), said.get("priority", ""), said.get("sentence", "")
        by = (routed.agency, routed.unit, routed.assignee_id, routed.priority) if routed else None
        key = (said["service"], said["status"], unit, priority, sentence, repr(answers), by)
        if (known := self._kinds.get(key)) is not None:
            return known
        if len(self._kinds) > 20_000:
            self._kinds.clear()
        service = self._city.services[said["service"]]
        status, outcome = status_of(said["status"])
        kind = self._kinds[key] = OldKind(
            service_code=service.code,
            service_version=self._city.service_versions[service.code],
            agency=routed.agency if routed else service.agency,
            unit=routed.unit if routed else unit[:80],
            assignee_id=routed.assignee_id if routed else None,
            status=status,
            outcome=Outcome.WAITING_LIST if status is Status.ON_LIST else outcome,
            channel=self._mapping.channel,
            priority=priority or (routed.priority if routed else service.priority),
            visibility=service.visibility.value,
            stated=frozenset({"requested_at", "service_code", "status", "closed_at"}),
            answers=answers,
            sentence=sentence[:4000] if status is Status.CLOSED else "",
            language=self._city.default_language,
        )
        return kind
