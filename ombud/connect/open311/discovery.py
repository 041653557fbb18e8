"""Where the endpoints are, for programs that look."""

from typing import Any

from django.http import HttpRequest

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.connect.open311.rules.instants import written

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORMATS = ("text/xml", "application/json")
PATH = "open311/v2"


def discovery(request: HttpRequest, here: City | None) -> dict[str, Any]:
    """Return the endpoints of the city of this address, or of all cities of the installation."""
    root = request.build_absolute_uri("/").rstrip("/")
    cities = [catalog.city(row.id) for row in catalog.jurisdictions()]
    if here and not here.is_sandbox:
        cities = [city for city in cities if city.id == here.id or city.is_sandbox]
    # The first production endpoint is the one that clients take; a sandbox comes last.
    cities.sort(key=lambda city: city.is_sandbox)
    changed = written(max(city.changed_at for city in cities)) if cities else None
    home = f"{root}/{here.id}" if here else root
    return {
        "changeset": changed,
        "contact": next((str(c.settings["api_contact"]) for c in cities if "api_contact" in c.settings), home + "/"),
        "key_service": f"{home}/developers/",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{root}/{city.id}/{PATH}",
                "changeset": written(city.changed_at),
                "type": "test" if city.is_sandbox else "production",
                "formats": list(FORMATS),
            }
            for city in cities
        ],
    }
