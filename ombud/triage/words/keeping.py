"""What a city leaves readable in texts: the names of its places, and perhaps addresses."""

from dataclasses import dataclass
from functools import lru_cache

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.places import queries as places
from ombud.plumbing import walls
from ombud.triage.words.rules.redaction import last_digits, redact


@dataclass(frozen=True, slots=True)
class Keeping:
    """The country of its telephone numbers, names that are no persons, and whether house numbers stay."""

    region: str = "US"
    names: tuple[str, ...] = ()
    keep_addresses: bool = False
    phones: frozenset[str] = frozenset()


def masked(jurisdiction_id: str, text: str) -> str:
    """
    Return a text as it may be shown to others than who wrote it and staff.

    The telephone numbers of the city and its agencies stay, and so does the address of the problem, which whoever is
    shown the text knows; what is told to be a home does not.
    """
    if not text:
        return text
    rule = of_city(jurisdiction_id)
    return redact(text, region=rule.region, keep=rule.names, keep_addresses=True, keep_phones=rule.phones).text


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
    phones = [city.emergency_phone, city.contact_phone, str(city.settings.get("contact_phone_outside", ""))]
    phones += [agency.phone for agency in city.agencies()] + [body.phone for body in city.bodies()]
    return Keeping(
        region=str(city.settings.get("phone_region", "US")),
        names=tuple(dict.fromkeys(names)),
        keep_addresses=bool(rule.get("keep_addresses")),
        phones=frozenset(last_digits(phone) for phone in phones if phone),
    )
