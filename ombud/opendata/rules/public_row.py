"""A request as a row of the public record: what the rules leave of it. Pure; the same facts give the same row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ombud.kernel.geo import LonLat
from ombud.opendata.rules.columns import MONTH
from ombud.opendata.rules.rare import Combination, Rung
from ombud.opendata.rules.rule_set import Place, Rule, Times
from ombud.service_requests.rules.lifecycle import ENDED

_HOUSE_NUMBER = re.compile(r"^(\d+)\S*\s+(.+)$")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the record knows of a request, as far as any of it may leave. Instants have zones."""

    number: str
    service_code: str
    service_name: str
    service_group: str
    status: str
    outcome: str
    agency: str
    channel: str
    requested_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    target_at: datetime | None
    expected_at: datetime | None
    reopened: int
    bounces: int
    incident: str
    again_of: str
    address: str
    point: LonLat | None
    # The middles of the cells that it lies in, and the coarse one's name.
    block: LonLat | None
    cell: LonLat | None
    cell_name: str
    # Layer to vintage and code.
    areas: Mapping[str, tuple[str, str]]


def combination(facts: Facts, rule: Rule, *, layer: str, zone: ZoneInfo) -> Combination:
    """Return what could tell a request from others. `layer` is the one whose areas are the next coarser place."""
    day = _local(facts.requested_at, zone).date().isoformat()
    area = facts.areas.get(layer, ("", ""))[1]
    return Combination(facts.service_code, facts.cell_name, day, area, rule.k)


def row(facts: Facts, rule: Rule, rung: Rung, *, zone: ZoneInfo, rule_set: str) -> dict[str, Any]:
    """Return the row by the stored names of its columns; areas stand under their layers' names."""
    times = Times.MONTH if rung >= Rung.MONTH else rule.times
    place = max(rule.place, _PLACE_ON[rung], key=tuple(Place).index)
    point = {Place.EXACT: facts.point, Place.BLOCK: facts.block, Place.CELL: facts.cell}.get(place)
    requested = rounded(facts.requested_at, times, zone)
    closed = rounded(facts.closed_at, times, zone)
    is_exact = times is Times.SECOND
    return {
        "_id": facts.number,
        MONTH: f"{_local(facts.requested_at, zone):%Y-%m}",
        "service_request_id": facts.number,
        "requested_datetime": requested,
        "updated_datetime": rounded(facts.updated_at, times, zone) if is_exact else None,
        "closed_datetime": closed,
        "status": "closed" if facts.status in ENDED else "open",
        "status_detail": facts.status,
        "outcome": facts.outcome or None,
        "service_code": facts.service_code,
        "service_name": facts.service_name,
        "service_group": facts.service_group or None,
        "agency_responsible": facts.agency,
        "channel": facts.channel,
        "target_datetime": rounded(facts.target_at, times, zone) if is_exact else None,
        "expected_datetime": rounded(facts.expected_at, times, zone) if is_exact else None,
        "days_to_close": _days(facts, times, zone),
        "on_time": facts.closed_at <= facts.target_at if facts.closed_at and facts.target_at else None,
        "times_reopened": float(facts.reopened),
        "times_transferred": float(facts.bounces),
        "incident_id": facts.incident or None if is_exact else None,
        "again_of": facts.again_of or None if is_exact else None,
        "place_precision": place.value if point or place in (Place.AREA, Place.NONE) else Place.NONE.value,
        "address": public_address(facts.address, place),
        "longitude": point.lon if point else None,
        "latitude": point.lat if point else None,
        "cell": facts.cell_name or None if place in (Place.EXACT, Place.BLOCK, Place.CELL) else None,
        "rule_set": rule_set,
        **(_areas(facts) if place is not Place.NONE else {}),
    }


_PLACE_ON = {
    Rung.AS_RULED: Place.EXACT,
    Rung.MONTH: Place.EXACT,
    Rung.AREA_AND_MONTH: Place.AREA,
    Rung.MONTH_ALONE: Place.NONE,
}


def _areas(facts: Facts) -> dict[str, str]:
    named = {layer: code for layer, (_, code) in facts.areas.items()}
    return named | {f"{layer}_vintage": vintage for layer, (vintage, _) in facts.areas.items()}


def public_address(address: str, place: Place) -> str | None:
    """Return what is told of an address where the place is told so precisely: all of it, its hundred, or nothing."""
    if place is Place.EXACT:
        return address or None
    if place is Place.BLOCK and (found := _HOUSE_NUMBER.match(address)):
        return f"{int(found[1]) // 100 * 100} block {found[2]}"
    return None


def _days(facts: Facts, times: Times, zone: ZoneInfo) -> float | None:
    if facts.closed_at is None or times is Times.MONTH:
        return None
    if times is Times.SECOND:
        return round((facts.closed_at - facts.requested_at).total_seconds() / 86_400, 2)
    return float((_local(facts.closed_at, zone).date() - _local(facts.requested_at, zone).date()).days)


def rounded(at: datetime | None, times: Times, zone: ZoneInfo) -> datetime | None:
    """Return an instant as the city's time, as precisely as it may be told."""
    if at is None:
        return None
    local = _local(at, zone)
    match times:
        case Times.SECOND:
            return local.replace(microsecond=0)
        case Times.DAY:
            return local.replace(hour=0, minute=0, second=0, microsecond=0)
        case Times.MONTH:
            return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
