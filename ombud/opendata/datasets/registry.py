"""All data sets: those of a city, and which one an id means."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from django.utils.translation import get_language

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import N_, NotFound
from ombud.opendata.datasets import (
    archives,
    boundaries,
    contacts,
    counts,
    crosswalk,
    events,
    incidents,
    metrics,
    requests,
    services,
)
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.lake import versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.columns import Column
from ombud.places import queries as places
from ombud.plumbing import walls

NO_SUCH = N_("There is no data set “%(id)s” here.")
# In the order in which they are listed.
_MADE: Mapping[str, Callable[[City], DataSet]] = {
    requests.CODE: requests.dataset,
    events.CODE: events.dataset,
    incidents.CODE: incidents.dataset,
    services.CODE: services.dataset,
    crosswalk.CODE: crosswalk.dataset,
    boundaries.CODE: boundaries.dataset,
    metrics.CODE: metrics.dataset,
    contacts.CODE: contacts.dataset,
    counts.CODE: counts.dataset,
}


# City and language to the city at its version, what else its data sets follow from, and the data sets.
_kept: dict[tuple[str, str], tuple[City, tuple[str, str], dict[str, DataSet]]] = {}


def of_city(city: City) -> dict[str, DataSet]:
    """Return the data sets of a city by their codes; columns answer to the other names that the city gives them."""
    key, stamp = (city.id, get_language() or ""), (places.layers_stamp(city.id), archives.stamp(city))
    kept = _kept.get(key)
    if kept is None or kept[0] is not city or kept[1] != stamp:
        kept = _kept[key] = (city, stamp, _made(city))
    return kept[2]


def _made(city: City) -> dict[str, DataSet]:
    named = city.settings.get("open_data", {}).get("aliases", {})
    known = {code: made(city) for code, made in _MADE.items()} | archives.of_city(city)
    return {code: _with_aliases(dataset, named.get(code, {})) for code, dataset in known.items()}


def of_code(city: City, code: str) -> DataSet:
    """Return one data set of a city. Raises NotFound."""
    try:
        return of_city(city)[code]
    except KeyError:
        raise NotFound(NO_SUCH, id=code[:40]) from None


def by_id(four_by_four: str, *, jurisdiction_id: str = "") -> tuple[City, DataSet]:
    """Return the data set that an id means, of one city or of whichever has it. Raises NotFound."""
    ids = [jurisdiction_id] if jurisdiction_id else [row.id for row in catalog.jurisdictions() if not row.sandbox]
    for each in ids:
        with walls.inside(each):
            city = catalog.city(each)
            for dataset in of_city(city).values():
                if id_of(city, dataset) == four_by_four:
                    return city, dataset
    raise NotFound(NO_SUCH, id=four_by_four[:40])


def snapshot(city: City, dataset: DataSet, *, asof: int | datetime | None = None) -> Snapshot:
    """Return a version of a data set: the newest, one by its number, or the one that counted at a moment."""
    return versions.pinned(city.id, dataset.code, dataset.columns, asof=asof)


def _with_aliases(dataset: DataSet, named: Mapping[str, str]) -> DataSet:
    """Return the data set with more names for its columns; `named` leads from another name to a column's."""
    other: dict[str, list[str]] = {}
    for alias, name in named.items():
        other.setdefault(name, []).append(alias)
    columns: list[Column] = [
        replace(column, aliases=(*column.aliases, *other.get(column.name, ()))) for column in dataset.columns
    ]
    return replace(dataset, columns=tuple(columns))
