"""Where a row says it was: its address in one line, its coordinates as they came."""

import math
import re

from ombud.connect.legacy.files.said import Said
from ombud.kernel.geo import LonLat
from ombud.service_requests.commands.receive import Place

_ZIP = re.compile(r"\d{5}(-\d{4})?")
_SAYS_NOTHING = frozenset(("", "N/A", "NA", "UNSPECIFIED", "NONE", "NULL"))


def place_of(said: Said, point: LonLat | None, areas: tuple[dict[str, str], ...]) -> Place | None:
    """Return the place with all that was said of it; coordinates that cannot be are kept raw and not plotted."""
    address = address_of(said)
    if not (address or said.longitude or said.latitude):
        return None
    raw_lon, raw_lat = _number(said.longitude), _number(said.latitude)
    raw_text = said.address
    if (said.longitude and raw_lon is None) or (said.latitude and raw_lat is None):
        raw_text = f"{said.latitude}, {said.longitude} {raw_text}".strip()
    return Place(
        method="imported",
        raw_lon=raw_lon,
        raw_lat=raw_lat,
        raw_text=raw_text,
        lon=point.lon if point else None,
        lat=point.lat if point else None,
        address=address,
        areas=areas,
        note=_note(said) if said.location_kind or said.facility else "",
    )


def _note(said: Said) -> str:
    return "; ".join(told for told in (said.location_kind, said.facility) if not _empty(told))


def address_of(said: Said) -> str:
    """Return the address, or the crossing, or the street, with the town and ZIP where they are not in it."""
    where = said.address or _street_address(said)
    if not where:
        return ""
    if said.city and said.city not in where and not _empty(said.city):
        where = f"{where}, {said.city}"
    if said.zip and said.zip not in where and _ZIP.fullmatch(said.zip):
        where = f"{where}, {said.zip}"
    return where[:200]


def is_address(address: str) -> bool:
    """Whether this names a house or a crossing, which people may look for, and not only a street."""
    return address[:1].isdigit() or " & " in address


def _street_address(said: Said) -> str:
    street = " ".join(part for part in (said.street_direction, said.street, said.street_suffix) if part)
    if street and said.house_number:
        return f"{said.house_number} {street}"
    crossing = " & ".join(part for part in (said.cross_street_1, said.cross_street_2) if part)
    return crossing if " & " in crossing else street or crossing


def _empty(told: str) -> bool:
    return told.upper() in _SAYS_NOTHING


def _number(told: str) -> float | None:
    if not told:
        return None
    try:
        number = float(told)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
