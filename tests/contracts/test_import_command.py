"""`ombud import`, as an operator types it: what it prints and how it ends."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from ombud.connect.models import ImportMapping
from ombud.plumbing import walls
from ombud.service_requests.models import ServiceRequest
from tests.builders import CityBuilder
from tests.imports import HOLE, MAPPING, tables

DOCS = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "import-requests.md"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "oldtown.yaml"
    path.write_text(yaml.safe_dump(MAPPING))
    return path


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "old.csv"
    rows = [HOLE, HOLE | {"Number": "1-2", "Kind": "Elephant", "Ward": "1"}]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(HOLE))
        writer.writeheader()
        writer.writerows(rows)
    return path


def ombud_import(*arguments: object, **options: Any) -> str:
    said = StringIO()
    call_command("import", *map(str, arguments), stdout=said, **options)
    return said.getvalue()


def test_it_tells_what_it_did(city: CityBuilder, mapping: Path, export: Path) -> None:
    said = ombud_import("oldtown", export, "--city", city.id, "--mapping", mapping)
    for words in ("Imported", "old.csv", "service not in the mapping", "Elephant (1)", "100.00 %", "1 new addresses"):
        assert words in said
    assert ServiceRequest.objects.filter(jurisdiction_id=city.id).count() == 1


def test_the_mapping_is_remembered_and_the_city_found_by_it(city: CityBuilder, mapping: Path, export: Path) -> None:
    ombud_import("oldtown", export, "--city", city.id, "--mapping", mapping)
    ombud_import("oldtown", export)
    assert ImportMapping.objects.filter(jurisdiction_id=city.id).count() == 1


def test_a_dry_run_keeps_not_even_the_mapping(city: CityBuilder, mapping: Path, export: Path) -> None:
    before = tables()
    said = ombud_import("oldtown", export, "--city", city.id, "--mapping", mapping, "--dry-run")
    assert "Would be imported" in said
    assert "nothing was kept" in said
    assert tables() == before
    assert not ImportMapping.objects.exists()


def test_repair_brings_in_what_the_edited_mapping_knows(city: CityBuilder, mapping: Path, export: Path) -> None:
    ombud_import("oldtown", export, "--city", city.id, "--mapping", mapping)
    mapping.write_text(yaml.safe_dump({**MAPPING, "services": {"Hole": "POTHOLE", "Elephant": "STREETLIGHT"}}))
    said = ombud_import("repair", "--city", city.id, "--mapping", mapping)
    assert "Imported" in said
    assert ServiceRequest.objects.get(old_number="1-2").service_code == "STREETLIGHT"
    assert "No rows are held" in ombud_import("repair", "--city", city.id)


def test_a_broken_file_ends_with_1_and_those_before_it_are_kept(
    city: CityBuilder, mapping: Path, export: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text(export.read_text().replace("1-1", "9-9") + "1-3,too,few\n")
    with pytest.raises(CommandError, match=r"broken\.csv, line 4") as refused:
        ombud_import("oldtown", export, broken, "--city", city.id, "--mapping", mapping)
    assert refused.value.returncode == 1
    assert [row.old_number for row in ServiceRequest.objects.all()] == ["1-1"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("oldtown",), 2, "Give the source and its files"),
        (("repair", "x.csv"), 2, "Give the source and its files"),
        (("oldtown", "x.csv"), 2, "Say which city"),
        (("oldtown", "x.csv", "--city", "springfield"), 1, "has no mapping for oldtown yet"),
        (("oldtown", "x.csv", "--city", "atlantis"), 1, "There is no city"),
        (("oldtown", "x.csv", "--city", "springfield", "--mapping", "nowhere.yaml"), 1, "cannot be opened"),
    ],
)
def test_what_it_cannot_do_is_a_sentence_and_an_exit_code(
    city: CityBuilder, arguments: tuple[str, ...], code: int, said: str
) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        ombud_import(*arguments)
    assert refused.value.returncode == code


def test_the_mapping_of_another_source_is_refused(city: CityBuilder, mapping: Path, export: Path) -> None:
    with pytest.raises(CommandError, match="is for oldtown, not for nyc311"):
        ombud_import("nyc311", export, "--city", city.id, "--mapping", mapping)


def test_the_walls_are_left_again(city: CityBuilder, mapping: Path, export: Path) -> None:
    ombud_import("oldtown", export, "--city", "shelbyville", "--mapping", mapping)
    assert walls.current() == city.id
    assert not ServiceRequest.objects.filter(jurisdiction_id=city.id).exists()


def test_the_guide_names_every_option(city: CityBuilder) -> None:
    guide = DOCS.read_text(encoding="utf-8")
    for option in ("--city", "--mapping", "--dry-run", "--seen-on", "ombud import repair"):
        assert option in guide
