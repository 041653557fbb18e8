"""The record as strangers see it: one request, lists, points and cells for the map."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.rules.definition import Visibility
from ombud.insight.keeping import Keeper
from ombud.kernel import clock
from ombud.kernel.geo import LonLat
from ombud.opendata.rules.privacy import LISTED, PublicRequest, made_public
from ombud.opendata.rules.rule_set import Photos, Place, RuleSet, read_rule_set
from ombud.places import queries as places
from ombud.service_requests import listing
from ombud.service_requests import queries as requests
from ombud.service_requests.listing import Filter
from ombud.service_requests.spans import Reader

if TYPE_CHECKING:
    from ombud.service_requests.models import RequestPhoto, ServiceRequest

POINTS_AT_MOST = 2_000
COUNTED_AT_MOST = 60_000


@dataclass(frozen=True, slots=True)
class PublicPage:
    """One page of the public list."""

    rows: list[PublicRequest]
    next_after: str


def public_view(row: "ServiceRequest") -> PublicRequest:
    """Return what a stranger may see of a request."""
    whole, city = _whole(row), catalog.city(row.jurisdiction_id)
    rule = rules_of(city).rule_for(row.service_code, Visibility(row.visibility))
    if rule.rows and not rule.is_listed(row.requested_at, now=clock.now()):
        whole = replace(whole, waits_days=rule.delay_days)
    if rule.place is Place.EXACT or not whole.point:
        view = made_public(whole, rule=rule, zone=city.zone)
        return replace(view, shows_photos=view.shows_photos and photo_rule(row) is not Photos.NEVER)
    cell = places.cell_centre(places.cell_of(whole.point))
    block = places.cell_centre(places.cell_of(whole.point, resolution=places.BLOCK_RESOLUTION))
    return made_public(whole, rule=rule, zone=city.zone, cell=cell, block=block)


def photo_rule(row: "ServiceRequest") -> Photos:
    """Return who lets photos of a request through; nobody where its service says that they are never shown."""
    city = catalog.city(row.jurisdiction_id)
    service = city.services.get(row.service_code)
    if service and service.photo == "not_published":
        return Photos.NEVER
    return rules_of(city).rule_for(row.service_code, Visibility(row.visibility)).photos_by


def public_photos(row: "ServiceRequest") -> "list[RequestPhoto]":
    """Return the photos of a request that everybody may see, before first."""
    return requests.photos(row, only_shown=True) if public_view(row).shows_photos else []


def rules_of(city: City) -> RuleSet:
    """Return the privacy rules of a city."""
    return _rules(city.id, city.version, json.dumps(city.settings.get("publishing"), sort_keys=True))


@lru_cache(maxsize=256)
def _rules(_jurisdiction_id: str, _version: int, told: str) -> RuleSet:
    return read_rule_set(json.loads(told))


def reporters_view(row: "ServiceRequest") -> PublicRequest:
    """Return what the reporter sees: all of it, and whether others cannot come upon it yet."""
    return replace(_whole(row), waits_days=public_view(row).waits_days)


def is_listed(row: "ServiceRequest", *, now: datetime) -> bool:
    """Whether a request may stand in what everybody can list."""
    rule = rules_of(catalog.city(row.jurisdiction_id)).rule_for(row.service_code, Visibility(row.visibility))
    return rule.is_listed(row.requested_at, now=now)


def reader(city: City, *, api_key_id: int | None = None) -> Reader:
    """
    Return whose eyes look: a stranger's, or those of a program that may also read what it has sent itself.

    In a sandbox, where nobody lives, nothing waits and texts are read.
    """
    delays = () if city.is_sandbox else rules_of(city).delays
    return Reader(LISTED, api_key_id, reads_texts=city.is_sandbox, delays=delays)


def seen_by(row: "ServiceRequest", eyes: Reader) -> PublicRequest:
    """Return what a reader may see of a request."""
    return reporters_view(row) if eyes.owns(row) else public_view(row)


def texts_seen_by(row: "ServiceRequest", eyes: Reader) -> bool:
    """
    Whether a reader may read the free texts of a request: who sent them may.

    In a sandbox everybody may, for nobody lives there; its pages say so.
    """
    return eyes.owns(row) or (eyes.reads_texts and row.visibility in LISTED)


def _whole(row: "ServiceRequest") -> PublicRequest:
    point = LonLat(row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    return PublicRequest(
        number=row.number,
        service_code=row.service_code,
        status=row.status,
        outcome=row.outcome or "",
        agency=row.agency,
        requested_at=row.requested_at,
        closed_at=row.closed_at,
        target_at=row.target_at,
        expected_from=row.expected_from,
        expected_to=row.expected_to,
        reopened=row.reopened,
        precision="exact" if point else "none",
        point=point,
        address=row.address,
        area_tags=tuple(row.area_tags),
        shows_photos=True,
    )


def page(jurisdiction_id: str, chosen: Filter, *, now: datetime, after: str = "", size: int = 30) -> PublicPage:
    """Return a page of what may be listed, newest first."""
    found = listing.page(jurisdiction_id, _only_listed(jurisdiction_id, chosen), now=now, after=after, size=size)
    return PublicPage([public_view(row) for row in found.rows], found.next_after)


def count(jurisdiction_id: str, chosen: Filter, *, now: datetime) -> int:
    """Return how many may be listed."""
    return listing.count(jurisdiction_id, _only_listed(jurisdiction_id, chosen), now=now, at_most=COUNTED_AT_MOST)


def _only_listed(jurisdiction_id: str, chosen: Filter) -> Filter:
    rules = rules_of(catalog.city(jurisdiction_id))
    # Words look into what people told, which is not public; a stranger searches places and numbers only.
    return replace(chosen, visibilities=rules.listed, delays=rules.delays, words="", assignee_id=None)


def newest(jurisdiction_id: str, chosen: Filter, *, now: datetime) -> list[PublicRequest]:
    """Return the newest 2,000 that may be shown as points; coarse ones stand at their cell's middle."""
    found = listing.page(jurisdiction_id, _only_listed(jurisdiction_id, chosen), now=now, size=POINTS_AT_MOST)
    return [view for view in map(public_view, found.rows) if view.point]


_cells = Keeper[dict[str, Any]]()


def cells(jurisdiction_id: str, chosen: Filter, *, now: datetime) -> dict[str, Any]:
    """Return counts by coarse cell as GeoJSON hexagons, of the newest 60,000 that match; kept a while once counted."""
    return _cells.get((jurisdiction_id, chosen), lambda: _count_cells(jurisdiction_id, chosen, now))[0]


def _count_cells(jurisdiction_id: str, chosen: Filter, now: datetime) -> dict[str, Any]:
    positions = listing.positions(jurisdiction_id, _only_listed(jurisdiction_id, chosen), now=now)
    tally = Counter(places.cell_of(LonLat(lon, lat)) for lon, lat in islice(positions, COUNTED_AT_MOST))
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [places.cell_outline(cell)]},
            "properties": {"count": n},
        }
        for cell, n in tally.items()
    ]
    return {"type": "FeatureCollection", "features": features}
