"""Vector tiles over HTTP, and what a map has to know of them (TileJSON)."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ombud.opendata.export import reading, tiles
from ombud.opendata.export.tiles import DEEPEST, POINTS_FROM, Tile
from ombud.opendata.rules.columns import Kind
from ombud.opendata.rules.values import place_of
from ombud.web.data.answering import door, only, wanted, word, written

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@door()
def tile(request: HttpRequest, name: str, z: str, x: str, y: str) -> HttpResponseBase:
    """Give a tile."""
    only(request, "version", "asof")
    asked = wanted(request, name)
    at = Tile(int(z), int(x), int(y))
    return asked.unless_known("tile", lambda: HttpResponse(tiles.tile(asked.snapshot, at), content_type=MEDIA_TYPE))


@door()
def tilejson(request: HttpRequest, name: str) -> HttpResponseBase:
    """Say where the tiles of a version are, and what is in them."""
    only(request, "version", "asof")
    asked = wanted(request, name)
    columns = asked.snapshot.columns
    place = place_of(columns)
    scalars = [column for column in columns if column.kind not in (Kind.POINT, Kind.MULTIPOLYGON)]
    fields = {column.name: word(column.title) for column in scalars}
    box = reading.extent(asked.snapshot).box
    shown: list[dict[str, object]] = [{"id": "shapes", "fields": fields, "minzoom": 0, "maxzoom": DEEPEST}]
    if place and place.parts:
        shown = [
            {"id": "cells", "fields": {"cell": "H3", "count": "n"}, "minzoom": 0, "maxzoom": POINTS_FROM - 1},
            {"id": "rows", "fields": fields, "minzoom": POINTS_FROM, "maxzoom": DEEPEST},
            {"id": "places", "fields": {"count": "n"}, "minzoom": POINTS_FROM, "maxzoom": DEEPEST},
        ]
    told = {
        "tilejson": "3.0.0",
        "name": word(asked.dataset.title),
        "attribution": asked.city.name,
        "version": f"{asked.snapshot.version}.0.0",
        "tiles": [f"{asked.base}/tiles/{{z}}/{{x}}/{{y}}.pbf?version={asked.snapshot.version}"],
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "vector_layers": shown if place else [],
        **({"bounds": list(box)} if box else {}),
    }
    return asked.unless_known("tilejson", lambda: written(told))
