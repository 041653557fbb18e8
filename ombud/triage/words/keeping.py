"""What a city leaves readable in texts: the names of its places, and perhaps addresses."""

from dataclasses import dataclass
from functools import lru_cache

from ombud.catalog import queries as catalog
from ombud.catalog.queries import City
from ombud.places import queries as places
from ombud.plumbing import walls


@dataclass(frozen=True, slots=True)
class Keeping:
    """The country of its telephone numbers, names that are no persons, and whether house numbers stay."""

    region: str = "US"
    names: tuple[str, ...] = ()
    keep_addresses: bool = False


def of_city(jurisdiction_id: str) -> Keeping:
    """Return a city's rule. Raises NotFound."""
    with walls.inside(jurisdiction_id):
        city = catalog.city(jurisdiction_id)
        return _of(city.id, city.version)


@lru_cache(maxsize=64)
def _of(jurisdiction_id: str, version: int) -> Keeping:
    city: City = catalog.city(jurisdiction_id)
    rule = city.settings.get("redaction")
    rule = rule if isinstance(rule, dict) else {}
    names = [str(name) for name in rule.get("keep", ())]
    names += [area.name for area in places.atlas(city.id).areas if area.name]
    names += [text for service in city.services.values() for text in service.name.values()]
    names += city.names.values()
    return Keeping(
        str(city.settings.get("phone_region", "US")), tuple(dict.fromkeys(names)), bool(rule.get("keep_addresses"))
    )
