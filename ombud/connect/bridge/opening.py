"""A link ready to work with: its mapping, its city, and the connection to the other side."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.connect.bridge import connectors
from ombud.connect.bridge.models import Link, MappingVersion
from ombud.connect.bridge.ports import FarSystem
from ombud.connect.bridge.rules.mapping import LinkMapping, read_mapping
from ombud.kernel.errors import N_, BadInput, NotFound


@dataclass(frozen=True, slots=True)
class Bridge:
    """A link with all that is needed to carry something over it."""

    link: Link
    mapping: LinkMapping
    city: City
    system: FarSystem

    def can(self, verb: str) -> bool:
        """Whether the other side takes this from us, and the link may give it."""
        return self.link.mode == "both" and verb in self.system.can


def link_of(jurisdiction_id: str, code: str) -> Link:
    """Return a link by its code. Raises NotFound."""
    link = Link.objects.filter(jurisdiction_id=jurisdiction_id, code=code.replace("\x00", "")).first()
    if link is None:
        raise NotFound(N_("There is no link “%(code)s” here."), code=code[:40])
    return link


def mapping_of(link: Link, city: City) -> LinkMapping:
    """Return the mapping that holds. Raises BadInput where there is none, or the catalogue has left it behind."""
    version = MappingVersion.objects.filter(
        jurisdiction_id=link.jurisdiction_id, link=link, version=link.mapping_version
    ).first()
    if version is None:
        raise BadInput(N_("This link has no mapping yet."), field="text")
    return _read(version.text, city.id, city.version, tuple(city.services))


@lru_cache(maxsize=200)
def _read(text: str, city_id: str, catalogue: int, services: tuple[str, ...]) -> LinkMapping:
    """Return a mapping that is read once for each state of the catalogue: each job asks for it."""
    return read_mapping(text, services=services)


@contextmanager
def opened(link: Link) -> Iterator[Bridge]:
    """Open the connection of a link for the block. Raises BadInput where something of it does not fit."""
    city = catalog.city(link.jurisdiction_id)
    mapping = mapping_of(link, city)
    system = connectors.opened(link.connector, _settings(link, mapping), secrets_of(link))
    try:
        yield Bridge(link, mapping, city, system)
    finally:
        system.close()


def _settings(link: Link, mapping: LinkMapping) -> dict[str, object]:
    # The connector makes its own cursors, and they reach back as far as the clocks may be apart.
    return {"overlap_seconds": mapping.overlap_seconds, **link.settings}


def secrets_of(link: Link) -> dict[str, str]:
    """Return the secrets of a link by the names its connector has for them. Raises BadInput where one is missing."""
    found = {}
    for name, variable in link.secrets.items():
        check_variable(link.jurisdiction_id, variable)
        if not (value := settings.OMBUD_LINK_SECRETS.get(variable, "")):
            raise BadInput(N_("The operator has not set %(name)s."), field="secrets", name=variable[:80])
        found[name] = value
    return found


def check_variable(jurisdiction_id: str, variable: str) -> None:
    """Raise BadInput unless a city may name this variable: whoever names one can send it to an address of their own."""
    prefix = "OMBUD_LINK_" + re.sub(r"[^A-Z0-9]", "_", jurisdiction_id.upper()) + "_"
    if not re.fullmatch(re.escape(prefix) + r"[A-Z0-9_]{1,60}", variable):
        raise BadInput(
            N_("A secret is named by a variable that begins with %(prefix)s, such as %(prefix)sKEY."),
            field="secrets",
            prefix=prefix,
        )
