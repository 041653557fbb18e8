"""One call: its city, its parameters, whose key it shows, and how links back are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.connect.open311.faults import Fault
from ombud.connect.open311.rules.asked import Parameters
from ombud.opendata import queries as public_record
from ombud.people import api_keys
from ombud.people.api_keys import Program
from ombud.service_requests import secret_link
from ombud.service_requests.models import RequestPhoto
from ombud.service_requests.spans import Reader


@dataclass
class Call:
    """A call to the endpoint of one city."""

    request: HttpRequest
    city: City
    sent: Parameters

    @cached_property
    def language(self) -> str:
        """The language of the call."""
        return get_language() or self.city.default_language

    @cached_property
    def secret(self) -> str:
        """The key that was shown: as a parameter, or as a bearer's."""
        scheme, _, credentials = self.request.headers.get("Authorization", "").partition(" ")
        return self.sent.one("api_key") or (credentials.strip() if scheme.lower() == "bearer" else "")

    @cached_property
    def program(self) -> Program | None:
        """Whose key was shown, if it is one."""
        return api_keys.program(self.city.id, self.secret) if self.secret else None

    def writer(self, right: str) -> Program:
        """Return whose key was shown. Raises Fault where there is none, or it has not this right."""
        if not self.secret:
            raise Fault(403, "api_key: this call needs a key.")
        if self.program is None:
            raise Fault(403, "api_key: this key is not known here, or has been revoked.")
        if right not in self.program.rights:
            raise Fault(403, f"api_key: this key has not the right “{right}”.")
        return self.program

    @cached_property
    def eyes(self) -> Reader:
        """Whose eyes look at the record. A wrong key is a stranger's: reading needs none."""
        return public_record.reader(self.city, api_key_id=self.program.id if self.program else None)

    @property
    def home(self) -> str:
        """The absolute address of the city's pages, without a slash at its end."""
        host = self.request.get_host().partition(":")[0]
        path = "" if host in self.city.hosts else f"/{self.city.id}"
        return self.request.build_absolute_uri("/").rstrip("/") + path

    def link(self, photo: RequestPhoto) -> str:
        """Return the address of a photo's public copy; of one that is not let through, with a pass that runs out."""
        if photo.shown and photo.public_key:
            return f"{self.home}/photo/{photo.pk}/{photo.public_mark}/view/"
        return f"{self.home}/photo/{photo.pk}/view/?pass={secret_link.photo_pass(self.city.id, photo.pk)}"

    @property
    def files(self) -> Sequence[Any]:
        """All files that came along, whatever their field is called."""
        return [file for _, files in self.request.FILES.lists() for file in files]


def find_city(here: City | None, sent: Parameters) -> City:
    """
    Return the city that a call is for: the one of its path or host, else the one that it names.

    Raises Fault where it names another, or none where there are several.
    """
    named = sent.one("jurisdiction_id")
    if here is not None:
        if named and not _called(here, named):
            raise Fault(404, "jurisdiction_id: this endpoint serves another jurisdiction.")
        return here
    cities = catalog.jurisdictions()
    if not named:
        if len(cities) == 1:
            return catalog.city(cities[0].id)
        raise Fault(400, "jurisdiction_id: say which jurisdiction you mean; this endpoint serves several.")
    for row in cities:
        if _called(city := catalog.city(row.id), named):
            return city
    raise Fault(404, "jurisdiction_id: there is no such jurisdiction here.")


def _called(city: City, name: str) -> bool:
    return name in (city.id, *city.hosts)
