"""What a storm answers: whether one is on, whom it is over, and what may be promised meanwhile."""

from collections.abc import Collection, Sequence
from datetime import datetime

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound
from ombud.service_requests import queries as requests
from ombud.service_requests.queries import Expected
from ombud.service_requests.storms.models import Storm, StormEntry, StormReport

# With the snapshot of the city it was read for: every switching counts the catalogue's version up, and each visit
# looks at that anyhow. So pages ask without a statement whether a storm is on.
_kept: dict[str, tuple[City, Storm | None]] = {}


def current(city: City, at: datetime) -> Storm | None:
    """Return the storm that is on at this time, if any."""
    known = _kept.get(city.id)
    if known is None or known[0] is not city:
        row = Storm.objects.filter(jurisdiction_id=city.id, ended_at=None).first()
        known = _kept[city.id] = (city, row)
    storm = known[1]
    return storm if storm and storm.began_at <= at < storm.ends_at else None


def over(city: City, service: str, *, areas: Collection[str] | None, at: datetime) -> Storm | None:
    """
    Return the storm that is on over a service and the areas (tags) of a place.

    With `areas` None the place is not known yet: then the service decides.
    """
    storm = current(city, at)
    if storm is None:
        return None
    tags = storm.areas if areas is None else areas
    return storm if covers(storm, service, tags) else None


def covers(storm: Storm, service: str, tags: Collection[str]) -> bool:
    """Whether a storm is about a service at a place with these areas."""
    return service in storm.services and covers_tags(storm, tags)


def covers_tags(storm: Storm, tags: Collection[str]) -> bool:
    """Whether a storm is over a place with these areas, whatever is asked there."""
    return not storm.areas or bool(set(storm.areas) & set(tags))


def is_on(jurisdiction_id: str) -> bool:
    """Whether a storm is on in a city now."""
    return current(catalog.city(jurisdiction_id), clock.now()) is not None


def storm_at(jurisdiction_id: str, at: datetime) -> Storm | None:
    """Return the storm that was on at a time, also one that is over."""
    storm = Storm.objects.filter(jurisdiction_id=jurisdiction_id, began_at__lte=at, ends_at__gt=at)
    return storm.exclude(ended_at__lte=at).order_by("-began_at").first()


def storm(jurisdiction_id: str, storm_id: int) -> Storm:
    """Return one storm. Raises NotFound."""
    found = Storm.objects.filter(jurisdiction_id=jurisdiction_id, pk=storm_id).first()
    if found is None:
        raise NotFound(N_("There is no such storm."))
    return found


def storms(jurisdiction_id: str, *, limit: int = 20) -> list[Storm]:
    """Return the storms there were, newest first."""
    return list(Storm.objects.filter(jurisdiction_id=jurisdiction_id).order_by("-began_at")[:limit])


def left_to_tell(jurisdiction_id: str) -> list[Storm]:
    """Return the storms that are over and after which nobody was told new dates yet, oldest first."""
    over = Storm.objects.filter(jurisdiction_id=jurisdiction_id, ended_at__isnull=False, told_anew_at=None)
    return list(over.order_by("began_at"))


def entries(jurisdiction_id: str, storm_ids: Collection[int]) -> list[StormEntry]:
    """Return what was done to some storms, newest first."""
    of = StormEntry.objects.filter(jurisdiction_id=jurisdiction_id, storm__in=storm_ids)
    return list(of.order_by("-at", "-pk"))


def reports(jurisdiction_id: str, storm_id: int) -> int:
    """Return how many reports a storm has gathered."""
    return StormReport.objects.filter(jurisdiction_id=jurisdiction_id, storm_id=storm_id).count()


def storm_of(jurisdiction_id: str, request_id: int) -> Storm | None:
    """Return the storm that a request came in with, the last one where there were several."""
    link = (
        StormReport.objects.filter(jurisdiction_id=jurisdiction_id, request_id=request_id)
        .select_related("storm")
        .order_by("-at", "-pk")
        .first()
    )
    return link.storm if link else None


def is_suspended(city: City, service: str, *, tags: Collection[str] | None, at: datetime) -> bool:
    """Whether no date is told for a service at a place, because of a storm."""
    storm = over(city, service, areas=tags, at=at)
    return storm is not None and storm.promise == "suspended"


def expected(
    city: City, service: str, *, areas: Sequence[str], tags: Collection[str] | None, at: datetime
) -> Expected | None:
    """
    Return how long a service took lately, as far as it can be told now.

    Under a storm nothing, or a range with a further end: what happened before it says little of what comes.
    `areas` are those of the layer of promises, `tags` all of the place, None where it is not known yet.
    """
    storm = over(city, service, areas=tags, at=at)
    if storm and storm.promise == "suspended":
        return None
    found = requests.expected(city.id, service, areas=areas)
    if found is None or storm is None or found.high_seconds is None:
        return found
    return Expected(found.low_seconds, int(found.high_seconds * storm.widened_by), found.n)
