"""Assets from files: loaded again and again, found by distance and number, and what a report about one knows."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ombud.intake.rules.place import Located
from ombud.kernel.errors import BadInput, Several
from ombud.kernel.geo import LonLat, Metres
from ombud.places import asset_loading, assets
from ombud.plumbing import walls
from ombud.service_requests import open_here, queries
from tests.builders import CITIES, MAIN_STREET, CityBuilder
from tests.commands.test_routing import publish
from tests.conftest import NOON

FOLDER = CITIES / "springfield" / "assets"


@pytest.fixture
def lights(city: CityBuilder) -> CityBuilder:
    """Springfield with its street lights."""
    asset_loading.load_assets(FOLDER, jurisdiction_id=city.id, at=NOON)
    return city


def folder_with(tmp_path: Path, rows: str, *, vintage: str = "2026", **more: str) -> Path:
    """Return a folder with another file of lights."""
    mapping = (FOLDER / "assets.yaml").read_text().replace("2025", vintage)
    for old, new in more.items():
        mapping = mapping.replace(old, new)
    (tmp_path / "assets.yaml").write_text(mapping)
    (tmp_path / f"lights.{vintage}.csv").write_text("pole,x,y,owner,lamp\n" + rows)
    return tmp_path


def test_the_nearest_come_first_with_their_distance(lights: CityBuilder) -> None:
    found = assets.nearest_assets(lights.id, "lights", MAIN_STREET, within=Metres(60))
    assert [one.code for one in found] == ["4711", "4712"]
    assert [round(one.away or 0) for one in found] == [9, 29]
    assert found[0].called("es") == "Luz 4711, led"
    assert assets.nearest_assets(lights.id, "moons", MAIN_STREET, within=Metres(60)) == []


def test_what_a_newer_file_does_not_know_is_gone_and_may_come_back(lights: CityBuilder, tmp_path: Path) -> None:
    later = NOON + timedelta(days=1)
    rows = "4711,-93.2921,37.2090,city,led\n4713,-93.2929,37.2093,city,led\n5000,-93.3,37.2,city,led\n"
    (told,) = asset_loading.load_assets(folder_with(tmp_path, rows), jurisdiction_id=lights.id, at=later)
    assert (told.loaded, told.new, told.gone) == (3, 1, 2)
    gone = assets.asset(lights.id, "lights:4712")
    assert gone
    assert gone.gone == "2026"
    assert [a.code for a in assets.nearest_assets(lights.id, "lights", MAIN_STREET, within=Metres(60))] == ["4711"]
    (told,) = asset_loading.load_assets(FOLDER, jurisdiction_id=lights.id, at=later + timedelta(days=1))
    assert (told.new, told.gone) == (0, 1)
    back = assets.asset(lights.id, "lights:4712")
    assert back
    assert back.gone == ""


def test_half_a_file_is_refused_unless_it_shrinks_on_purpose(lights: CityBuilder, tmp_path: Path) -> None:
    cut = folder_with(tmp_path, "4711,-93.2921,37.2090,city,led\n")
    later = NOON + timedelta(days=1)
    with pytest.raises(BadInput, match="knows 1 of the 4"):
        asset_loading.load_assets(cut, jurisdiction_id=lights.id, at=later)
    (told,) = asset_loading.load_assets(cut, jurisdiction_id=lights.id, at=later, shrinks=True)
    assert told.gone == 3


def test_rows_that_are_no_assets_are_told_with_their_number(city: CityBuilder, tmp_path: Path) -> None:
    rows = "1,-93.2,37.2,city,led\n,-93.2,37.2,city,led\n2,0,0,city,led\n1,-93.3,37.2,city,led\n3,x,37,city,led\n"
    (told,) = asset_loading.load_assets(folder_with(tmp_path, rows), jurisdiction_id=city.id, at=NOON)
    assert told.loaded == 1
    assert [(r.row, r.why) for r in told.refused] == [
        (2, "no number"),
        (3, "no point"),
        (4, "number 1 again"),
        (5, "no point"),
    ]


def test_a_file_without_a_column_or_that_is_not_there_is_refused_by_name(city: CityBuilder, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no column number"):
        asset_loading.load_assets(
            folder_with(tmp_path, "", **{"code: pole": "code: number"}), jurisdiction_id=city.id, at=NOON
        )
    (tmp_path / "assets.yaml").write_text("- {layer: lights}")
    with pytest.raises(BadInput, match=r"assets\.yaml: vintage"):
        asset_loading.load_assets(tmp_path, jurisdiction_id=city.id, at=NOON)


def test_geojson_is_read_too(city: CityBuilder, tmp_path: Path) -> None:
    (tmp_path / "assets.yaml").write_text(
        "- {layer: trees, vintage: '1', name: {en: Trees}, label: {en: 'Tree {code}'}, file: t.geojson,"
        " code: id, owner: PARKS}"
    )
    (tmp_path / "t.geojson").write_text(
        '{"features": [{"geometry": {"type": "Point", "coordinates": [-93.2, 37.2]}, "properties": {"id": 7}}]}'
    )
    asset_loading.load_assets(tmp_path, jurisdiction_id=city.id, at=NOON)
    tree = assets.asset(city.id, "trees:7")
    assert tree
    assert (tree.point, tree.owner, tree.called("en")) == (LonLat(-93.2, 37.2), "PARKS", "Tree 7")


def test_the_command_says_what_came_of_it(
    city: CityBuilder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load-assets", str(FOLDER), city=city.id, dry_run=True)
    assert "lights 2025: 4 assets, 4 new, 0 gone, 0 rows refused" in capsys.readouterr().out
    assert assets.asset_layers(city.id) == {}
    with pytest.raises(CommandError, match=r"assets\.yaml"):
        call_command("load-assets", str(tmp_path), city=city.id)
    with pytest.raises(CommandError, match="no city"):
        call_command("load-assets", str(FOLDER), city="atlantis")


def test_a_report_keeps_its_asset_and_another_city_does_not_see_it(
    lights: CityBuilder, other_city: CityBuilder
) -> None:
    made = lights.report("STREETLIGHT", asset="lights:4711")
    twin = lights.report("STREETLIGHT", asset="lights:4711")
    assert made.row.asset == "lights:4711"
    assert queries.replayed(made.row).asset == "lights:4711"
    assert [row.pk for row in open_here.on_asset(lights.id, "lights:4711", but=twin.id)] == [made.id]
    assert lights.report("STREETLIGHT").row.asset == ""
    with walls.inside(other_city.id):
        assert assets.asset(lights.id, "lights:4711") is None


def test_a_number_that_nobody_knows_is_refused_and_one_alone_says_where(lights: CityBuilder) -> None:
    with pytest.raises(Several, match="asset: We know no such number"):
        lights.report("STREETLIGHT", asset="lights:1")
    row = lights.report("STREETLIGHT", asset="lights:4712", at=None).row
    assert (row.lon, row.lat, row.place.method) == (-93.2923, 37.2091, "asset")
    row = lights.report("POTHOLE", asset="lights:4712").row
    assert row.asset == ""


def test_without_the_layer_nothing_is_checked(city: CityBuilder) -> None:
    assert (
        city.report("STREETLIGHT", asset="lights:1", located=Located(method="pin", point=MAIN_STREET)).row.asset == ""
    )


def test_rules_ask_for_the_owner_of_the_asset(lights: CityBuilder) -> None:
    publish(
        lights,
        {"when": {"asset": {"layer": "lights", "owners": ["STATE"]}}, "then": {"agency": "SANITATION"}},
        {"when": {"asset": {"attributes": {"lamp": ["led"]}}}, "then": {"priority": "low"}},
    )
    assert lights.report("STREETLIGHT", asset="lights:4712").row.agency == "SANITATION"
    row = lights.report("STREETLIGHT", asset="lights:4711").row
    assert (row.agency, row.priority) == ("STREETS", "low")
