"""Where a point lies and how an address is found."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import h3
from django.contrib.postgres.search import SearchQuery
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from ombud.kernel.geo import LonLat
from ombud.kernel.texts import folded
from ombud.places.atlas import Area, Atlas
from ombud.places.models import Address, Boundary, BoundaryLayer
from ombud.plumbing import visit
from ombud.plumbing.rows import first

OUTLINE = "city"
CELL_RESOLUTION = 8  # hexagons of about 0.7 km2: a neighbourhood's worth of homes in each
BLOCK_RESOLUTION = 10  # of about 130 m across: a block


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """An address that fits what was typed."""

    label: str
    point: LonLat


_atlases: dict[str, tuple[object, Atlas]] = {}


def atlas(jurisdiction_id: str) -> Atlas:
    """Return the city's boundaries, read anew after a layer was loaded."""
    return visit.once(("atlas", jurisdiction_id), lambda: _kept_atlas(jurisdiction_id))


def _kept_atlas(jurisdiction_id: str) -> Atlas:
    stamp = first("SELECT max(loaded_at) FROM ombud_boundary_layer WHERE jurisdiction_id = %s", jurisdiction_id)
    kept = _atlases.get(jurisdiction_id)
    if kept is None or kept[0] != stamp:
        kept = _atlases[jurisdiction_id] = (stamp, _read_atlas(jurisdiction_id, layer__current=True))
    return kept[1]


def atlas_of(jurisdiction_id: str, layers: Collection[tuple[str, str]]) -> Atlas:
    """Return only these layers, each at its vintage, current or not; one that is not loaded has no areas."""
    wanted = BoundaryLayer.objects.filter(jurisdiction_id=jurisdiction_id)
    ids = [layer.pk for layer in wanted if (layer.code, layer.vintage) in layers]
    return _read_atlas(jurisdiction_id, layer__in=ids)


def every_area(jurisdiction_id: str) -> list[tuple[BoundaryLayer, Area, BaseGeometry, int | None]]:
    """Return every area of every vintage, with its layer, its outline and how many live there, where that is known."""
    rows = Boundary.objects.filter(jurisdiction_id=jurisdiction_id).select_related("layer").order_by("pk")
    return [
        (row.layer, Area(row.layer.code, row.layer.vintage, row.code, row.name), shape(row.geometry), row.population)
        for row in rows
    ]


def _read_atlas(jurisdiction_id: str, **which: object) -> Atlas:
    rows = Boundary.objects.filter(jurisdiction_id=jurisdiction_id, **which).select_related("layer")
    areas, shapes = [], []
    for row in rows:
        areas.append(Area(row.layer.code, row.layer.vintage, row.code, row.name))
        shapes.append(shape(row.geometry))
    return Atlas(areas, shapes)


def is_inside(areas: Sequence[Area]) -> bool:
    """Whether areas found at a point say that it lies in the city."""
    return any(area.layer == OUTLINE for area in areas)


def layers(jurisdiction_id: str) -> list[BoundaryLayer]:
    """Return the current layers, but for the outline itself."""
    rows = BoundaryLayer.objects.filter(jurisdiction_id=jurisdiction_id, current=True).exclude(code=OUTLINE)
    return visit.once(("layers", jurisdiction_id), lambda: list(rows.order_by("code")))


def layers_stamp(jurisdiction_id: str) -> str:
    """Return a text that is another one once a layer was loaded."""
    told = "SELECT concat_ws(' ', count(*), max(id), max(loaded_at)) FROM ombud_boundary_layer"
    return visit.once(
        ("layers stamp", jurisdiction_id),
        lambda: str((first(f"{told} WHERE jurisdiction_id = %s AND current", jurisdiction_id) or ("",))[0]),
    )


@dataclass(frozen=True, slots=True)
class Population:
    """How many live in each area of a layer at a vintage, by the areas' codes, and who counted them when."""

    layer: str
    vintage: str
    residents: Mapping[str, int]
    year: int | None
    source: str


def populations(jurisdiction_id: str) -> dict[str, Population]:
    """Return the populations of the current layers, by layer; those that nobody has counted are left out."""
    rows = Boundary.objects.filter(jurisdiction_id=jurisdiction_id, layer__current=True, population__gt=0)
    counted: dict[str, dict[str, int]] = {}
    for layer, code, population in rows.values_list("layer__code", "code", "population"):
        counted.setdefault(layer, {})[code] = population or 0
    return {
        layer.code: Population(
            layer.code, layer.vintage, counted[layer.code], layer.population_year, layer.population_source
        )
        for layer in layers(jurisdiction_id)
        if layer.code in counted
    }


def area_label(layer: BoundaryLayer, name: str, language: str) -> str:
    """Return how an area is called: `Council district 13`."""
    label = layer.label.get(language) or layer.label.get("en") or "{name}"
    return str(label).replace("{name}", name)


def geojson(jurisdiction_id: str, layer: str) -> str:
    """Return a layer as a GeoJSON FeatureCollection with `code` and `name`."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": area.code, "name": area.name},
            "geometry": mapping(outline),
        }
        for area, outline in atlas(jurisdiction_id).layer(layer)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


def find_addresses(jurisdiction_id: str, typed: str, *, limit: int = 6) -> list[FoundAddress]:
    """Return addresses whose words begin with the words typed; `2nd & hill` and `2nd at hill` are the same."""
    typed_words = re.findall(r"[\w']+", folded(typed).replace(" at ", " ").replace(" and ", " "))
    words = [word for word in (w.replace("'", "") for w in typed_words) if word][:8]
    if not words:
        return []
    query = SearchQuery(" & ".join(f"'{word}':*" for word in words), search_type="raw", config="simple")
    rows = Address.objects.in_city(jurisdiction_id).filter(words=query).order_by("folded")[:limit]
    return [FoundAddress(row.label, LonLat(row.lon, row.lat)) for row in rows]


def nearest_address(
    jurisdiction_id: str, point: LonLat, *, crossing: bool = False, within_degrees: float = 0.0012
) -> FoundAddress | None:
    """Return the nearest known address within about 120 m, if any; with `crossing` the nearest street crossing."""
    near = first(
        "SELECT label, lon, lat FROM ombud_address"
        " WHERE jurisdiction_id = %s AND lon BETWEEN %s AND %s AND lat BETWEEN %s AND %s"
        " AND (NOT %s OR folded LIKE '%% at %%')"
        " ORDER BY ((lon - %s) * %s) ^ 2 + (lat - %s) ^ 2, label LIMIT 1",
        jurisdiction_id,
        point.lon - within_degrees,
        point.lon + within_degrees,
        point.lat - within_degrees,
        point.lat + within_degrees,
        crossing,
        point.lon,
        cos(radians(point.lat)),  # a degree of longitude is that much shorter than one of latitude
        point.lat,
    )
    return FoundAddress(near[0], LonLat(near[1], near[2])) if near else None


def cell_of(point: LonLat, *, resolution: int = CELL_RESOLUTION) -> str:
    """Return the cell of a point, the coarse one unless told otherwise."""
    return str(h3.latlng_to_cell(point.lat, point.lon, resolution))


def cell_centre(cell: str) -> LonLat:
    """Return the middle of a cell: what is shown of a place that must stay coarse."""
    lat, lon = h3.cell_to_latlng(cell)
    return LonLat(lon, lat)


def cell_outline(cell: str) -> list[tuple[float, float]]:
    """Return the corners of a cell as (lon, lat) pairs, closed."""
    ring = [(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]
    return [*ring, ring[0]]


def layer_index(jurisdiction_id: str) -> Mapping[str, Any]:
    """Return name and label of each current layer by its code."""
    return {layer.code: layer for layer in layers(jurisdiction_id)}
