"""The place of a request as staff correct it: typed as an address, or as a point."""

from typing import Any

from ombud.catalog.city import City
from ombud.intake import commands as intake
from ombud.intake.rules.place import Located
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import cleaned
from ombud.places import queries as places
from ombud.service_requests.commands.receive import Place


def place_of(city: City, row: Any, *, address: str, point: str) -> Place:
    """
    Return the place that was typed. Raises BadInput where it cannot be found or lies outside the city.

    A point is believed as it is; an address must be one that is known, else its nearest namesakes are told.
    """
    address = cleaned(address)
    if point.strip():
        lat, _, lon = point.replace(";", ",").partition(",")
        at = LonLat.read(lon.strip(), lat.strip())
        if at is None:
            raise BadInput(N_("Write latitude and longitude, such as 34.0522, -118.2437."), field="point")
        located = Located(method="pin", point=at, address=address)
    else:
        found = places.find_addresses(city.id, address)
        exact = [one for one in found if one.label.casefold() == address.casefold()] or found
        if len(exact) != 1:
            named = "; ".join(one.label for one in found[:4])
            if named:
                raise BadInput(N_("Several places are called like this: %(named)s."), field="address", named=named)
            raise BadInput(N_("We do not know this address. Write the point instead."), field="address")
        located = Located(method="address", point=exact[0].point, address=exact[0].label)
    place, problems = intake.place_of(city, city.service(row.service_code), located)
    if problems or place is None:
        raise BadInput(problems[0].msgid if problems else N_("Tell us where this is."), field="address")
    return place
