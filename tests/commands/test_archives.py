"""What a city published before keeps its columns, its values and its id."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ombud.catalog import queries as catalog
from ombud.kernel.errors import BadInput
from ombud.opendata.archives.loading import Loaded, load
from ombud.opendata.archives.schema import Schema, heading_as_name, read_schema, shipped
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import id_of
from ombud.opendata.lake import reading
from tests.builders import CityBuilder
from tests.conftest import NOON, SHARED_DATA

SMALL = """
code: old
title: {en: Old requests}
about: {en: From before}
row: {en: a request}
source: the old portal
licence: free
row_id: key
month: opened
columns:
  - {name: key}
  - {name: opened, kind: calendar_date}
  - {name: said, masked: true}
  - {name: latitude, kind: number}
  - {name: longitude, kind: number}
  - {name: place, kind: point, parts: [longitude, latitude]}
"""


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, settings: Any) -> None:
    settings.OMBUD_HOME = tmp_path


@pytest.fixture
def small(tmp_path: Path) -> Schema:
    path = tmp_path / "old.yaml"
    path.write_text(SMALL)
    return read_schema(path)


def brought(city: CityBuilder, schema: Schema, text: str, tmp_path: Path) -> Loaded:
    path = tmp_path / "old.csv"
    path.write_text(text, encoding="utf-8")
    return load(catalog.city(city.id), schema, [path], now=NOON)


def rows(city: CityBuilder, code: str) -> dict[str, dict[str, Any]]:
    home = catalog.city(city.id)
    return reading.rows(registry.snapshot(home, registry.of_code(home, f"archive-{code}")))


def test_only_named_columns_are_published_and_texts_are_masked(
    city: CityBuilder, small: Schema, tmp_path: Path
) -> None:
    text = (
        "Key,Opened,Said,Reporter,Latitude,Longitude\n1,2013-02-03 04:05:06,Call Ada at 213 555 0147,Ada,37.2,-93.2\n"
    )
    assert brought(city, small, text, tmp_path).rows == 1
    [row] = rows(city, "old").values()
    assert row["opened"] == datetime(2013, 2, 3, 4, 5, 6)  # noqa: DTZ001
    assert "reporter" not in row
    assert "555" not in row["said"]
    assert (row["longitude"], row["latitude"]) == (-93.2, 37.2)


def test_what_cannot_be_read_is_counted_with_samples(city: CityBuilder, small: Schema, tmp_path: Path) -> None:
    text = "key,opened,latitude\n1,2013-01-01,north\n2,someday,1\n,2013-01-01,1\n1,2013-01-02,2\n"
    loaded = brought(city, small, text, tmp_path)
    assert (loaded.rows, loaded.without_key, loaded.repeated) == (1, 2, 1)
    assert dict(loaded.unread) == {"latitude": 1, "opened": 1}
    assert loaded.samples["opened"] == ["someday"]
    assert rows(city, "old")["1"]["latitude"] == 2


def test_the_same_file_again_is_no_new_version(city: CityBuilder, small: Schema, tmp_path: Path) -> None:
    text = "key,opened\n1,2013-01-01\n"
    assert brought(city, small, text, tmp_path).publication is not None
    assert brought(city, small, text, tmp_path).publication is None


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "\x00\x01", '"key\n'])
def test_a_file_of_something_else_is_refused_whole(city: CityBuilder, small: Schema, tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"old\.csv"):
        brought(city, small, text, tmp_path)


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("X Coordinate (State Plane)", "x_coordinate_state_plane"),
        ("\ufeffUnique Key", "unique_key"),
        ("SRNumber", "srnumber"),
        ("Street_Address", "street_address"),
    ],
)
def test_headings_stand_for_the_names_of_the_portals_api(heading: str, name: str) -> None:
    assert heading_as_name(heading) == name


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("code", "files", "row_id", "expected"),
    [
        ("nyc311", ["nyc/nyc311_2022-05-01_after_midnight.csv.gz", "nyc/nyc311_2019-12-31_api_export.csv.gz"],
         "45278137", {"complaint_type": "Noise - Commercial", "incident_zip": "11229", "borough": "BROOKLYN"}),
        ("nyc311", ["nyc/nyc311_2025-09-06_api.json.gz"], "", {}),
        ("myla311", ["la/myla311_2018-01-01_to_04.csv.gz"], "1-870704814",
         {"requesttype": "Bulky Items", "createddate": datetime(2018, 1, 1, 0, 0, 9)}),  # noqa: DTZ001
        ("boston311", ["boston/boston311_100.csv.gz"], "", {}),
        ("chicago311", ["chicago/chicago311_sanitation_to_2013.csv.gz"], "00-00002158", {"ward": "20"}),
    ],
)  # fmt: skip
def test_real_files_load_with_their_own_columns(
    city: CityBuilder, code: str, files: list[str], row_id: str, expected: dict[str, Any]
) -> None:
    paths = [SHARED_DATA / file for file in files]
    schema = read_schema(shipped(code))
    loaded = load(catalog.city(city.id), schema, paths, now=NOON)
    assert loaded.rows > 90
    assert loaded.unread.total() < loaded.rows / 100, (loaded.unread, loaded.samples)
    found = rows(city, code)
    for name, value in expected.items():
        assert found[row_id][name] == value
    if schema.id:
        assert id_of(catalog.city(city.id), registry.of_code(catalog.city(city.id), f"archive-{code}")) == schema.id
