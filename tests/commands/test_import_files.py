"""Importing whole files: real ones of two cities, broken ones, other cities beside."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ombud.catalog import queries as catalog
from ombud.catalog.loading import load_folder
from ombud.connect.legacy.files.districts import Agreement
from ombud.connect.legacy.files.importing import Import
from ombud.connect.legacy.files.mapping import read_mapping, read_mapping_file
from ombud.connect.legacy.files.reading import BrokenFile
from ombud.connect.models import ImportRepair
from ombud.places import commands as place_commands
from ombud.places import queries as places
from ombud.plumbing import walls
from ombud.service_requests import queries
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.timeline import state_of
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.imports import HOLE, Importer, mapping_with, tables, the, written

DEMO = Path(__file__).resolve().parents[2] / "demo"


def test_another_city_s_rows_are_untouched_and_the_same_number_is_its_own(
    bring: Importer, other_city: CityBuilder, tmp_path: Path
) -> None:
    bring(HOLE)
    with walls.inside(other_city.id):
        before = tables()
        assert before[0] == ServiceRequest.objects.filter(jurisdiction_id=other_city.id).count()
        work = Import(catalog.city(other_city.id), mapping_with(other_city.id), NOON)
        assert work.file(written(tmp_path / "there.csv", [HOLE | {"Where": "THERE"}])).created == 1
        assert not ImportRepair.objects.filter(jurisdiction_id="springfield").exists()
    assert the("1-1").address == "12 MAIN ST"
    assert ServiceRequest.objects.filter(old_number="1-1").count() == 1


def test_a_broken_file_leaves_nothing_behind(city: CityBuilder, tmp_path: Path) -> None:
    before = tables()
    path = written(tmp_path / "old.csv", [HOLE, HOLE | {"Number": "1-2", "Kind": "Elephant"}])
    path.write_text(path.read_text() + "1-3,too,few\n")
    with pytest.raises(BrokenFile, match="line 4"):
        Import(catalog.city(city.id), mapping_with(), NOON).file(path)
    assert tables() == before


def test_a_file_of_something_else_is_refused(city: CityBuilder, tmp_path: Path) -> None:
    path = written(tmp_path / "trees.csv", [{"tree": "oak"}])
    with pytest.raises(BrokenFile, match="is no oldtown file"):
        Import(catalog.city(city.id), mapping_with(), NOON).file(path)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_real_file_cut_anywhere_leaves_no_row(share: float, city: CityBuilder, tmp_path: Path) -> None:
    real = gzip.decompress((DEMO / "los_angeles/requests/myla311_2018-01-01_to_04.csv.gz").read_bytes())
    whole = gzip.compress(b"".join(real.splitlines(keepends=True)[:300]))
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(whole[: int(len(whole) * share)])
    myla = {**_myla_mapping(), "services": {"Bulky Items": "BULKY"}, "agencies": {"BOS": "SANITATION"}}
    before = tables()
    with pytest.raises(BrokenFile):
        Import(catalog.city(city.id), read_mapping(myla, city=catalog.city(city.id), name="x"), NOON).file(path)
    assert tables() == before


def test_afterwards_addresses_are_found_and_times_expected(city: CityBuilder, tmp_path: Path) -> None:
    rows = [HOLE | {"Number": f"1-{n}", "Where": f"{n} MAIN ST"} for n in range(30)]
    work = Import(catalog.city(city.id), mapping_with(), NOON)
    addresses, ranges = work.finish([work.file(written(tmp_path / "old.csv", rows))])
    assert (addresses, ranges > 0) == (30, True)
    assert [f.label for f in places.find_addresses(city.id, "17 main")] == ["17 MAIN ST"]
    expected = queries.expected(city.id, "POTHOLE", areas=[])
    assert expected is not None
    assert expected.n == 30


def _myla_mapping() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEMO / "los_angeles/import/myla311.yaml").read_text(encoding="utf-8"))
    return loaded


def slices(folder: Path, into: Path, rows: int) -> list[Path]:
    """Write the first rows of each CSV file, and the JSON files whole but for their length."""
    made = []
    for path in sorted(folder.glob("*.gz")):
        raw = gzip.decompress(path.read_bytes())
        target = into / path.name.removesuffix(".gz")
        if path.name.endswith(".json.gz"):
            target.write_text(json.dumps(json.loads(raw)[:rows]))
        else:
            target.write_bytes(b"".join(raw.splitlines(keepends=True)[: rows + 1]))
        made.append(target)
    return made


@pytest.mark.parametrize(
    ("demo", "city_id", "mapping", "shapes"),
    [("los_angeles", "la", "myla311.yaml", 5), ("new_york", "nyc", "nyc311.yaml", 5)],
)
@pytest.mark.usefixtures("_ground")
def test_every_shape_of_the_real_files_replays_to_its_rows(
    tmp_path: Path, demo: str, city_id: str, mapping: str, shapes: int
) -> None:
    load_folder(DEMO / demo, at=NOON)
    with walls.inside(city_id):
        place_commands.load_boundaries(DEMO / demo / "boundaries", jurisdiction_id=city_id, at=NOON)
        city = catalog.city(city_id)
        work = Import(city, read_mapping_file(DEMO / demo / "import" / mapping, city=city), NOON)
        files = slices(DEMO / demo / "requests", tmp_path, 120)
        reports = [work.file(path) for path in files]
        assert len(reports) == shapes
        rows = list(ServiceRequest.objects.filter(jurisdiction_id=city_id))
        assert len(rows) == sum(report.created for report in reports) > 400
        for row in rows:
            assert queries.replayed(row) == state_of(row), row.old_number
        placed = [row for row in rows if row.lon is not None]
        assert sum(bool(row.area_tags) for row in placed) > 0.98 * len(placed)
        again = [work.file(path) for path in files]
        assert sum(r.created + r.updated + r.left for r in again) == 0
        agreement: dict[str, Agreement] = {}
        for column, found in ((c, a) for report in reports for c, a in report.districts.items()):
            agreement.setdefault(column, Agreement(column, found.layer, found.vintage)).add(found)
        # New York's own council districts of 2019 are not among our boundaries.
        compared = {column: a for column, a in agreement.items() if (city_id, column) != ("nyc", "council_district")}
        assert len(compared) > 1
        assert {column: a.percent for column, a in compared.items() if (a.percent or 0) < 97} == {}
