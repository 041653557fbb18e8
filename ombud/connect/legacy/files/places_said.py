"""Where a row says it was: its address in one line, its coordinates as they came."""

import math
import re

from ombud.connect.legacy.files.columns import Values
from ombud.connect.legacy.files.districts import Found
from ombud.kernel.geo import LonLat
from ombud.service_requests.commands.receive import Place

_ZIP = re.compile(r"\d{5}(-\d{4})?")
_SAYS_NOTHING = frozenset(("", "N/A", "NA", "UNSPECIFIED", "NONE", "NULL"))


def place_of(values: Values, point: LonLat | None, areas: tuple[Found, ...]) -> Place | None:
    """Return the place with all that was said of it; coordinates that cannot be are kept raw and not plotted."""
    address = address_of(values)
    said_lon, said_lat = values.get("longitude", ""), values.get("latitude", "")
    if not (address or said_lon or said_lat):
        return None
    raw_lon, raw_lat = _number(said_lon), _number(said_lat)
    raw_text = values.get("address", "")
    if (said_lon and raw_lon is None) or (said_lat and raw_lat is None):
        raw_text = f"{said_lat}, {said_lon} {raw_text}".strip()
    note = "; ".join(said for name in ("location_kind", "facility") if (said := values.get(name)) and not _empty(said))
    return Place(
        method="imported",
        raw_lon=raw_lon,
        raw_lat=raw_lat,
        raw_text=raw_text,
        lon=point.lon if point else None,
        lat=point.lat if point else None,
        address=address,
        areas=areas,
        note=note,
    )


def address_of(values: Values) -> str:
    """Return the address, or the crossing, or the street, with the town and ZIP where they are not in it."""
    where = values.get("address") or _street_address(values)
    for name in ("city", "zip"):
        more = values.get(name, "")
        if more and where and more not in where and not _empty(more) and (name != "zip" or _ZIP.fullmatch(more)):
            where = f"{where}, {more}"
    return where[:200]


def is_address(address: str) -> bool:
    """Whether this names a house or a crossing, which people may look for, and not only a street."""
    return address[:1].isdigit() or " & " in address


def _street_address(values: Values) -> str:
    street = " ".join(values[name] for name in ("street_direction", "street", "street_suffix") if values.get(name))
    if street and (house := values.get("house_number")):
        return f"{house} {street}"
    crossing = " & ".join(values[name] for name in ("cross_street_1", "cross_street_2") if values.get(name))
    return crossing if " & " in crossing else street or crossing


def _empty(said: str) -> bool:
    return said.upper() in _SAYS_NOTHING


def _number(said: str) -> float | None:
    try:
        number = float(said)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
