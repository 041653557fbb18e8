"""A city's own model and words, read once a process and kept until its catalogue or its model changes."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db import connection

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import NotFound, OmbudError
from ombud.kernel.geo import LonLat
from ombud.plumbing import media, walls
from ombud.plumbing.rows import first
from ombud.triage.words import phrase_set
from ombud.triage.words.models import ModelVersion
from ombud.triage.words.rules import cold as cold_rules
from ombud.triage.words.rules.model import LinearModel, read_model

log = logging.getLogger(__name__)

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


def version_in_use(city: City) -> int:
    """Return the number of the model that a city uses; 0 is the one that this process makes of the catalogue."""
    # One made of an older catalogue is not used: it does not know what is offered now.
    found = first(
        "SELECT number FROM ombud_word_model"
        " WHERE jurisdiction_id = %s AND in_use AND (n_learned > 0 OR catalogue_version = %s)",
        city.id,
        city.version,
    )
    return int(found[0]) if found else 0


def ready(city: City) -> Ready:
    """Return a city with the model that it uses; after a change of it making it takes a second or two."""
    now = (city.version, version_in_use(city))
    kept = _kept.get(city.id)
    if kept and kept[0] == now:
        return kept[1]
    with _lock:
        kept = _kept.get(city.id)
        if kept and kept[0] == now:
            return kept[1]
        made = Ready(city, _read(city, now[1]) if now[1] else cold(city), now[1])
        _kept.pop(city.id, None)
        _kept[city.id] = (now, made)
        while len(_kept) > _AT_MOST:
            del _kept[next(iter(_kept))]
        return made


def read_ahead() -> None:
    """Read what `ready` keeps before anybody asks for it: on a thread of its own, when a process has started."""
    try:
        for row in catalog.jurisdictions()[:_AT_MOST]:
            with entered(row.id):
                log.debug("The model of %s is read", row.id)
    except Exception:
        # Without it the first who asks waits a moment longer.
        log.exception("The models were not read ahead")
    finally:
        connection.close()


def cold(city: City) -> LinearModel:
    """Return the model of a city's catalogue and our phrases."""
    services = cold_rules.known(d for d in city.services.values() if d.code not in city.inactive)
    return cold_rules.cold_model(services, phrase_set.phrases(), phrase_set.kinds())


def read(jurisdiction_id: str, number: int) -> LinearModel:
    """Return a model that the city has learned. Raises NotFound, and BadInput where its file is not whole."""
    row = ModelVersion.objects.filter(jurisdiction_id=jurisdiction_id, number=number).first()
    if row is None:
        raise NotFound("There is no model %(number)d here.", number=number)
    with media.MediaStore(jurisdiction_id).open(row.key) as file:
        return read_model(file.read())


def _read(city: City, number: int) -> LinearModel:
    try:
        return read(city.id, number)
    except (OmbudError, OSError):
        # Suggestions must not fail for a file that was lost; the accuracy page shows which model answers.
        log.exception("The word model %s of %s cannot be read", number, city.id)
        return cold(city)
