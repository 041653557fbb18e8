"""What the public record does by the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.opendata.analyses import queries as analyses
from ombud.opendata.commands import publish_requests, publish_whole
from ombud.opendata.datasets import registry
from ombud.opendata.export import store
from ombud.opendata.lake import sweeping
from ombud.opendata.models import Publication
from ombud.opendata.rules.kept_versions import Keep
from ombud.plumbing import walls

# Months that are over are counted with noise; older ones than these are left as they are.
MONTHS_COUNTED = 12
# A download that nobody has asked for in so long is made again when somebody does.
DOWNLOADS_KEPT = timedelta(days=3)


def publish_all() -> dict[str, list[str]]:
    """Publish in each city the requests that have changed, and return the versions made."""
    return _in_each_city(publish_requests.publish)


def publish_whole_all() -> dict[str, list[str]]:
    """Publish in each city the small data sets that have changed, and return the versions made."""
    return _in_each_city(publish_whole.publish)


def release_counts_all() -> dict[str, list[str]]:
    """Publish in each city the noisy counts of the months that are over, and return the versions made."""
    return _in_each_city(_release_counts)


def tidy_all() -> dict[str, int]:
    """Drop in each city the versions that are not kept and the files that are in none; return how many."""
    gone = {}
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            gone[row.id] = _tidy(catalog.city(row.id), now=clock.now())
    return gone


def _tidy(city: City, *, now: datetime) -> int:
    keep = Keep.model_validate(city.settings.get("open_data", {}).get("keep", {}))
    return sum(
        len(sweeping.thin(city.id, code, keep, now=now, pinned=analyses.pinned(city.id, code)))
        + sweeping.sweep(city.id, code, now=now)
        + _sweep_downloads(city.id, code)
        for code in registry.of_city(city)
    )


def _sweep_downloads(jurisdiction_id: str, code: str) -> int:
    rows = Publication.objects.of(jurisdiction_id, code).values_list("version", "sha256")
    versions = {store.version_name(version, sha256) for version, sha256 in rows}
    return store.sweep(jurisdiction_id, code, versions=versions, unasked_for=DOWNLOADS_KEPT.total_seconds())


def _release_counts(city: City, *, now: datetime) -> list[Publication]:
    months = [now.astimezone(city.zone).replace(day=1)]
    for _ in range(MONTHS_COUNTED):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return publish_whole.release_counts(city, months, now=now)


def _in_each_city(publish: Callable[..., list[Publication]]) -> dict[str, list[str]]:
    made = {}
    for row in catalog.jurisdictions():
        if row.sandbox:
            continue
        with walls.inside(row.id):
            made[row.id] = [str(one) for one in publish(catalog.city(row.id), now=clock.now())]
    return made
