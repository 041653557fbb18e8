"""What the mapping of an import does not know waits, is counted, and comes in when it was taught."""

from typing import Any

import pytest

from ombud.catalog import queries as catalog
from ombud.connect.legacy.files import keeping
from ombud.connect.legacy.files.importing import Import
from ombud.connect.models import ImportHeldRow, ImportRepair
from ombud.kernel.errors import BadInput
from ombud.service_requests.models import RequestEvent
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.imports import HOLE, MAPPING, Importer, mapping_with, the


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Kind", "Elephant", "service"),
        ("State", "Dreaming", "status"),
        ("Bureau", "Moon", "agency"),
        ("Asked", "soon", "date"),
        ("Closed", "never", "date"),
        ("Asked", "", "no_date"),
        ("Number", "", "number"),
    ],
)
def test_a_row_that_cannot_be_understood_waits_whole(bring: Importer, column: str, value: str, reason: str) -> None:
    report = bring(HOLE | {column: value}, HOLE | {"Number": "1-2"})
    assert (report.created, report.held) == (1, {reason: 1})
    held = ImportHeldRow.objects.get()
    assert (held.reason, held.line, held.file) == (reason, 2, "old.csv")
    assert held.row == {k: v for k, v in (HOLE | {column: value}).items() if v}


def test_the_repair_queue_counts_each_value_with_its_line_and_some_numbers(bring: Importer) -> None:
    strange = [HOLE | {"Number": f"1-{n}", "Kind": "Elephant"} for n in range(7)]
    for _ in range(2):
        bring(HOLE | {"How": "Drum", "Crew": "Z"}, *strange)
    entry = ImportRepair.objects.get(column="service")
    assert (entry.value, entry.rows, entry.first_line) == ("Elephant", 7, 3)
    assert entry.samples == [f"1-{n}" for n in range(5)]
    assert set(ImportRepair.objects.values_list("column", "value")) == {
        ("service", "Elephant"), ("channel", "Drum"), ("unit", "Z"),
    }  # fmt: skip
    assert (the("1-1").channel, the("1-1").unit) == ("other", "Z")


def test_held_rows_come_in_when_the_mapping_was_edited(bring: Importer, city: CityBuilder) -> None:
    bring(HOLE | {"Kind": "Elephant"}, HOLE | {"Number": "1-2", "Kind": "Unicorn"})
    edited = mapping_with(services={**MAPPING["services"], "Elephant": "POTHOLE"})
    (report,) = Import(catalog.city(city.id), edited, NOON).held_rows()
    assert (report.created, report.repaired, report.held) == (1, 1, {"service": 1})
    assert RequestEvent.objects.get(request=the("1-1"), seq=1).facts["line"] == 2
    assert [h.old_number for h in ImportHeldRow.objects.all()] == ["1-2"]
    assert [r.value for r in ImportRepair.objects.all()] == ["Unicorn"]


def test_a_row_that_waits_for_one_more_thing_says_which(bring: Importer, city: CityBuilder) -> None:
    bring(HOLE | {"Kind": "Elephant", "Bureau": "Moon"}, HOLE | {"Number": "1-2", "How": "Drum"})
    taught = mapping_with(services={**MAPPING["services"], "Elephant": "POTHOLE"})
    for _ in range(2):
        Import(catalog.city(city.id), taught, NOON).held_rows()
    assert ImportHeldRow.objects.get().reason == "agency"
    assert sorted(ImportRepair.objects.values_list("column", "value", "rows")) == [
        ("agency", "Moon", 1), ("channel", "Drum", 1),
    ]  # fmt: skip


def test_a_mapping_is_kept_for_its_city_and_source(city: CityBuilder) -> None:
    keeping.keep_mapping(catalog.city(city.id), mapping_with(), at=NOON)
    assert keeping.kept_mapping(catalog.city(city.id), "oldtown") == mapping_with()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"services": {"Hole": "NOWHERE"}}, "NOWHERE"),
        ({"agencies": {"Roads": "NOBODY"}}, "NOBODY"),
        ({"statuses": {"Done": {"status": "finished"}}}, "statuses.Done.status"),
        ({"date_formats": ["%Q"]}, "%Q"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"colums": {}}, "colums"),
        ({"outcomes": [{"default": "splendid"}]}, "outcomes.0.default"),
        ({"columns": {"number": ["Number"]}}, "say which column holds the service"),
    ],
)
def test_a_mapping_with_a_mistake_is_refused_with_its_place(
    city: CityBuilder, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput) as refused:
        mapping_with(**changes)
    assert said in refused.value.message
