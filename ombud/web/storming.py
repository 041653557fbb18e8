"""What a storm changes on pages: the banner, and which questions are left."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from ombud.catalog.city import City
from ombud.catalog.rules.answers import needed_in_short
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel import clock
from ombud.kernel.geo import LonLat
from ombud.places import queries as places
from ombud.service_requests.models import Storm
from ombud.service_requests.storms import queries
from ombud.service_requests.storms.rules.plan import kept_order
from ombud.triage.routing import live
from ombud.triage.routing.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Banner:
    """What people are told of a storm: what happened, what comes first, until when, and what becomes of dates."""

    words: str
    first: list[str]
    until: datetime
    is_suspended: bool
    widened_by: float
    is_short: bool
    is_brief: bool = False


def banner(city: City) -> Banner | None:
    """Return what everybody is told of the storm that is on, if one is."""
    storm = queries.current(city, clock.now())
    return _told(city, storm, is_short=False) if storm else None


def banner_of(city: City, service: ServiceDefinition, point: LonLat | None, *, is_brief: bool = False) -> Banner | None:
    """
    Return what is told to whoever reports something of a service; before the place is known, too.

    On the steps of a report it is brief: what to expect was said where it began.
    """
    areas = None if point is None and service.place != "none" else tags_at(city, point)
    storm = queries.over(city, service.code, areas=areas, at=clock.now())
    return replace(_told(city, storm, is_short=True), is_brief=is_brief) if storm else None


def short_form(city: City, service: ServiceDefinition, point: LonLat | None) -> frozenset[str] | None:
    """Return the codes of the questions left under a storm over the service and the place; None where all are asked."""
    storm = queries.over(city, service.code, areas=tags_at(city, point), at=clock.now())
    if storm is None:
        return None
    rules = [rule for rule in live.current(city).rules if isinstance(rule, Rule) and not rule.off]
    order = kept_order(storm.order)
    asked = {code for rule in rules for code in rule.when.answers} | {
        code for line in order for code in line.when.answers
    }
    return needed_in_short(service, asked_elsewhere=asked)


def tags_at(city: City, point: LonLat | None) -> Collection[str]:
    """Return the areas of a point as tags."""
    return [area.tag for area in places.atlas(city.id).areas_at(point)] if point else []


def _told(city: City, storm: Storm, *, is_short: bool) -> Banner:
    return Banner(
        words=city.text(storm.words),
        first=[city.text(line.title) for line in kept_order(storm.order)],
        until=storm.ends_at,
        is_suspended=storm.promise == "suspended",
        widened_by=storm.widened_by,
        is_short=is_short,
    )
