"""The services of a city through the versions of its catalogue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.rules.lineage import Link, links_of
from ombud.kernel.texts import in_language
from ombud.opendata.rules.became import Life

# When it was published, what it was called, and what it says of its past and future.
Version = tuple[datetime, str, frozenset[Link]]


def of_services(city: City) -> tuple[list[Life], dict[Link, datetime]]:
    """Return the life of every service that was ever offered, and which follows which since when."""
    offers = catalog.offers(city.id)
    lives: list[Life] = []
    links: dict[Link, datetime] = {}
    for code, rows in catalog.every_version(city.id).items():
        versions = [_read(city, code, row.published_at, row.definition) for row in rows]
        # What its newest version says counts: what was said by mistake can be taken back.
        for link in versions[-1][2]:
            since = min(at for at, _name, said in versions if link in said)
            links[link] = min(since, links.get(link, since))
        toggles = {versions[0][0]: True, **dict(offers.get(code, ()))}
        begun = min((at for at, offered in toggles.items() if offered), default=None)
        if begun is not None:
            lives.append(_life(city, code, versions, begun, toggles))
    return lives, links


def _read(city: City, code: str, at: datetime, definition: Mapping[str, Any]) -> Version:
    links = links_of(code, was=definition.get("was", ()), replaced_by=definition.get("replaced_by", ()))
    return at, in_language(definition["name"], city.default_language), links


def _life(city: City, code: str, versions: Sequence[Version], begun: datetime, toggles: dict[datetime, bool]) -> Life:
    names: list[tuple[datetime, str]] = []
    for at, name, _links in versions:
        if at <= begun:
            names = [(begun, name)]  # what it was called while nobody could ask for it is no old name
        elif name != names[-1][1]:
            names.append((at, name))
    offered = code not in city.inactive
    last, is_offered = max(toggles.items())
    return Life(code, names, offered, None if offered or is_offered else last)
