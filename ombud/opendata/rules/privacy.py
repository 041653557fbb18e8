"""
The one rule set of what strangers may see.

Default deny: what is not named here does not leave. Names, contact data, free text and original photos never do;
how precisely a place and a time are shown follows from the rule of its service; see `rule_set`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ombud.catalog.rules.definition import Visibility
from ombud.kernel.geo import LonLat
from ombud.opendata.rules.public_row import public_address, rounded
from ombud.opendata.rules.rule_set import Photos, Place, Rule, Times


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """A request as a stranger sees it."""

    number: str
    service_code: str
    status: str
    outcome: str
    agency: str
    requested_at: datetime | None
    closed_at: datetime | None
    target_at: datetime | None
    expected_from: datetime | None
    expected_to: datetime | None
    reopened: int
    precision: str  # exact, coarse, none
    point: LonLat | None
    address: str
    area_tags: tuple[str, ...]
    is_hidden: bool = False
    # So many days after it was made it will stand in lists; 0 once it does.
    waits_days: int = 0
    shows_photos: bool = False


def made_public(
    request: PublicRequest, *, rule: Rule, zone: ZoneInfo, cell: LonLat | None = None, block: LonLat | None = None
) -> PublicRequest:
    """
    Return what a rule leaves of a request for strangers.

    `cell` and `block` are the middles of the cells that it lies in. A time that is told by its day is that day's
    beginning in the city.
    """
    if not rule.rows:
        return PublicRequest(
            number=request.number,
            service_code="",
            status="",
            outcome="",
            agency="",
            requested_at=None,
            closed_at=None,
            target_at=None,
            expected_from=None,
            expected_to=None,
            reopened=0,
            precision="none",
            point=None,
            address="",
            area_tags=(),
            is_hidden=True,
        )
    return _placed(_timed(request, rule, zone), rule, cell=cell, block=block)


def _placed(request: PublicRequest, rule: Rule, *, cell: LonLat | None, block: LonLat | None) -> PublicRequest:
    if rule.place is Place.EXACT:
        return replace(request, shows_photos=rule.photos_by is not Photos.NEVER)
    point = {Place.BLOCK: block, Place.CELL: cell}.get(rule.place)
    address = public_address(request.address, rule.place) or ""
    tags = () if rule.place is Place.NONE else request.area_tags
    # A photo shows the exact place.
    return replace(request, precision="coarse", point=point, address=address, area_tags=tags, shows_photos=False)


def _timed(request: PublicRequest, rule: Rule, zone: ZoneInfo) -> PublicRequest:
    if rule.times is Times.SECOND:
        return request

    def told(at: datetime | None) -> datetime | None:
        local = rounded(at, rule.times, zone)
        return local.replace(tzinfo=zone) if local else None

    return replace(
        request,
        requested_at=told(request.requested_at),
        closed_at=told(request.closed_at),
        target_at=told(request.target_at),
        expected_from=told(request.expected_from),
        expected_to=told(request.expected_to),
    )


LISTED = (Visibility.PUBLIC.value, Visibility.COARSE.value)
