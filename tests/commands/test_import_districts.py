"""Districts that a file names, held against our own look-up."""

from shapely.geometry import Point

from ombud.kernel.geo import LonLat
from ombud.places import queries as places
from ombud.places.atlas import Area, Atlas
from tests.builders import CityBuilder
from tests.imports import HOLE, MAPPING, Importer, mapping_with, the

# In ward 1 as drawn in 2010, in ward 2 as drawn in 2020.
MOVED = LonLat(-93.25, 37.15)


def test_districts_of_the_file_are_held_against_our_own(bring: Importer) -> None:
    rows = [HOLE | {"Number": f"1-{n}", "Ward": ward} for n, ward in enumerate(["2", "2", "1", ""])]
    agreement = bring(*rows).districts["ward"]
    assert (agreement.rows, agreement.same) == (3, 2)
    assert next(iter(agreement.differing))[0] == "1"


def test_each_column_is_compared_with_the_vintage_that_the_mapping_names(bring: Importer) -> None:
    compare = {
        "ward": {"layer": "ward", "vintage": "2010", "match": "id"},
        "ward_today": {"layer": "ward", "vintage": "2020", "match": "id"},
        "parish": {"layer": "parish", "vintage": "1900", "match": "id"},
    }
    columns = {**MAPPING["columns"], "areas": {name: ["Ward"] for name in compare}}
    on_the_line = [HOLE | {"Number": "1-2", "Lon": str(MOVED.lon), "Lat": str(MOVED.lat), "Ward": "1"}]
    report = bring(HOLE, *on_the_line, mapping=mapping_with(areas_compare=compare, columns=columns))
    found = {name: (a.layer, a.vintage, a.rows, a.same) for name, a in report.districts.items()}
    assert found["ward"] == ("ward", "2010", 2, 2)
    assert found["ward_today"] == ("ward", "2020", 2, 1)
    assert report.districts["parish"].not_compared == "this layer is not loaded"
    # What is kept with the request is where it lies today.
    assert the("1-2").area_tags == ["city:springfield", "ward:2"]


def test_a_look_up_at_an_old_vintage_knows_only_what_it_was_asked_for(city: CityBuilder) -> None:
    old = places.atlas_of(city.id, {("ward", "2010")})
    assert [(a.layer, a.vintage, a.code) for a in old.areas_at(MOVED)] == [("ward", "2010", "1")]
    assert places.atlas_of(city.id, set()).areas_of([MOVED]) == [()]


def test_many_points_at_once_lie_where_shapely_says(city: CityBuilder) -> None:
    atlas = places.atlas(city.id)
    grid = [LonLat(-93.5 + x / 40, 37.0 + y / 40) for x in range(20) for y in range(20)]
    found = atlas.areas_of(grid)
    assert found == [_one_by_one(atlas, point) for point in grid]
    assert len(set(found)) > 2


def _one_by_one(atlas: Atlas, point: LonLat) -> tuple[Area, ...]:
    """Return the first area by code of each layer that holds the point, without any tree."""
    holding: dict[str, Area] = {}
    for area, shape in zip(atlas.areas, atlas.shapes, strict=True):
        if shape.intersects(Point(point.lon, point.lat)):
            first = holding.setdefault(area.layer, area)
            holding[area.layer] = min(first, area, key=lambda a: a.code)
    return tuple(sorted(holding.values(), key=lambda a: a.layer))
