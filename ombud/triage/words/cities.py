"""A city's own model and words, read once a process and kept until its catalogue or its model changes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from ombud.catalog import queries as catalog
from ombud.catalog.queries import City
from ombud.kernel.geo import LonLat
from ombud.plumbing import walls
from ombud.triage.words import phrase_set
from ombud.triage.words.rules import cold
from ombud.triage.words.rules.model import LinearModel

# How finely a place counts: cells of about 5 km², some of a city's districts rather than streets.
_FINENESS = 7
# A process keeps so many cities' models; the one used longest ago goes first.
_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Ready:
    """A city with its model; `version` is 0 for one made of the catalogue alone."""

    city: City
    model: LinearModel
    version: int

    @property
    def more_words(self) -> Mapping[str, Any]:
        """The lines that the city adds to the lists of words, by language."""
        return more_words(self.city)


def more_words(city: City) -> Mapping[str, Any]:
    """Return the lines that a city adds to the lists of words, by language."""
    added = city.settings.get("watch_words")
    return added if isinstance(added, Mapping) else {}


def facts(point: LonLat | None) -> tuple[str, ...]:
    """Return what a place tells a model: the cell it lies in."""
    if point is None:
        return ()
    import h3

    return (f"cell:{h3.latlng_to_cell(point.lat, point.lon, _FINENESS)}",)


@contextmanager
def entered(jurisdiction_id: str) -> Iterator[Ready]:
    """Enter a city and yield it with its model. Raises NotFound."""
    with walls.inside(jurisdiction_id):
        yield ready(catalog.city(jurisdiction_id))


_kept: dict[str, tuple[tuple[int, int], Ready]] = {}
_lock = Lock()


def ready(city: City) -> Ready:
    """Return a city with the model that it uses; making it takes a second or two after a change, else nothing."""
    now = (city.version, 0)
    kept = _kept.get(city.id)
    if kept and kept[0] == now:
        return kept[1]
    with _lock:
        kept = _kept.get(city.id)
        if kept and kept[0] == now:
            return kept[1]
        made = Ready(city, _cold(city), 0)
        _kept.pop(city.id, None)
        _kept[city.id] = (now, made)
        while len(_kept) > _AT_MOST:
            del _kept[next(iter(_kept))]
        return made


def _cold(city: City) -> LinearModel:
    services = cold.known(d for d in city.services.values() if d.code not in city.inactive)
    return cold.cold_model(services, phrase_set.phrases(), phrase_set.kinds())
