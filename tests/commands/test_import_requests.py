"""Importing old requests: what becomes of each row, what a second run does, and what waits for an answer."""

import csv
import gzip
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ombud.catalog import commands as catalog_commands
from ombud.catalog import queries as catalog
from ombud.connect.legacy.files import keeping
from ombud.connect.legacy.files.districts import Locator
from ombud.connect.legacy.files.importing import FileReport, Import
from ombud.connect.legacy.files.mapping import FileMapping, read_mapping, read_mapping_file
from ombud.connect.legacy.files.reading import BrokenFile
from ombud.connect.models import ImportHeldRow, ImportRepair
from ombud.kernel.errors import BadInput
from ombud.kernel.geo import LonLat
from ombud.places import commands as place_commands
from ombud.places import queries as places
from ombud.plumbing import walls
from ombud.service_requests import queries
from ombud.service_requests.commands import act
from ombud.service_requests.commands.act import On
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.timeline import state_of
from tests.builders import BRAM, MAIN_STREET, CityBuilder
from tests.conftest import NOON

DEMO = Path(__file__).resolve().parents[2] / "demo"
COLUMNS = (
    "Number", "Asked", "Changed", "Closed", "Kind", "State", "Bureau", "Crew", "How", "Day", "Said", "Where",
    "Lat", "Lon", "Ward",
)  # fmt: skip
MAPPING: dict[str, Any] = {
    "source": "oldtown",
    "timezone": "America/Los_Angeles",
    "columns": {
        "number": ["Number"],
        "requested_at": ["Asked"],
        "updated_at": ["Changed"],
        "closed_at": ["Closed"],
        "service": ["Kind"],
        "status": ["State"],
        "agency": ["Bureau"],
        "unit": ["Crew"],
        "channel": ["How"],
        "service_on": ["Day"],
        "resolution": ["Said"],
        "address": ["Where"],
        "latitude": ["Lat"],
        "longitude": ["Lon"],
        "areas": {"ward": ["Ward"]},
    },
    "date_formats": ["%Y-%m-%d %H:%M"],
    "services": {"Hole": "POTHOLE", "Lamp": "STREETLIGHT"},
    "agencies": {"Roads": "STREETS"},
    "units": {"A": "CREW-A"},
    "channels": {"Call": "phone"},
    "statuses": {
        "Open": {"status": "received"},
        "Working": {"status": "accepted"},
        "Done": {"status": "closed"},
        "Taken back": {"status": "withdrawn"},
    },
    "outcomes": [
        {"when": {"resolution_contains": "was FILLED"}, "outcome": "fixed"},
        {"when": {"status": "Done", "resolution_contains": "nothing there"}, "outcome": "nothing_found"},
        {"default": "unstated"},
    ],
    "areas_compare": {"ward": {"layer": "ward", "vintage": "2020", "match": "id"}},
}
HOLE = {
    "Number": "1-1",
    "Asked": "2018-01-02 10:00",
    "Changed": "2018-01-05 12:00",
    "Closed": "2018-01-04 09:30",
    "Kind": "Hole",
    "State": "Done",
    "Bureau": "Roads",
    "Crew": "A",
    "How": "Call",
    "Day": "2018-01-04 00:00",
    "Said": "The hole was filled.",
    "Where": "12 MAIN ST",
    "Lat": str(MAIN_STREET.lat),
    "Lon": str(MAIN_STREET.lon),
    "Ward": "2",
}

Importer = Callable[..., FileReport]


def mapping_with(city_id: str = "springfield", **changes: Any) -> FileMapping:
    return read_mapping({**MAPPING, **changes}, city=catalog.city(city_id), name="test")


def written(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def bring(city: CityBuilder, tmp_path: Path) -> Importer:
    """Import rows into Springfield."""

    def bring(*rows: dict[str, str], file: str = "old.csv", **more: Any) -> FileReport:
        mapping = more.pop("mapping", None) or mapping_with()
        work = Import(catalog.city(city.id), mapping, NOON, **more)
        return work.file(written(tmp_path / file, rows))

    return bring


def the(number: str) -> ServiceRequest:
    return ServiceRequest.objects.get(jurisdiction_id="springfield", old_number=number)


def story(row: ServiceRequest) -> list[tuple[str, datetime]]:
    return [(e.kind, e.at) for e in RequestEvent.objects.filter(request=row).order_by("seq")]


def tables() -> list[int]:
    """Return how many rows there are of everything an import writes."""
    names = (
        "ombud_service_request", "ombud_request_event", "ombud_request_place", "ombud_request_form",
        "ombud_request_text", "ombud_import_held_row", "ombud_import_repair",
    )  # fmt: skip
    with connection.cursor() as cursor:
        counts = []
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {name}")
            counts.append(cursor.fetchone()[0])
    return counts


# -- One row --------------------------------------------------------------------------------------------------
def test_a_row_becomes_a_request_with_all_that_it_said(bring: Importer) -> None:
    report = bring(HOLE)
    row = the("1-1")
    assert (report.rows, report.created, report.without_point, report.outside) == (1, 1, 0, 0)
    assert (row.service_code, row.service_version) == ("POTHOLE", 1)
    assert (row.agency, row.unit, row.channel) == ("STREETS", "CREW-A", "phone")
    assert (row.status, row.outcome, row.priority, row.visibility) == ("closed", "fixed", "high", "public")
    assert row.requested_at == datetime(2018, 1, 2, 18, 0, tzinfo=UTC)
    assert row.closed_at == datetime(2018, 1, 4, 17, 30, tzinfo=UTC)
    assert row.target_at == datetime(2018, 1, 6, 0, 0, tzinfo=UTC)
    assert row.scheduled_from == datetime(2018, 1, 4, 8, 0, tzinfo=UTC)
    assert row.scheduled_to == datetime(2018, 1, 5, 8, 0, tzinfo=UTC)
    assert (row.lon, row.lat, row.address) == (MAIN_STREET.lon, MAIN_STREET.lat, "12 MAIN ST")
    assert row.area_tags == ["city:springfield", "ward:2"]
    assert row.place is not None
    assert [(a["layer"], a["vintage"], a["code"]) for a in row.place.areas][1] == ("ward", "2020", "2")
    assert queries.by_number("springfield", "1-1").form.answers == []


def test_its_timeline_holds_what_the_file_proves_and_replays_to_the_row(bring: Importer) -> None:
    bring(
        HOLE,
        HOLE | {"Number": "1-2", "State": "Working", "Closed": "", "Said": ""},
        HOLE | {"Number": "1-3", "State": "Open", "Closed": ""},
    )
    closed, working, fresh = the("1-1"), the("1-2"), the("1-3")
    assert [kind for kind, _ in story(closed)] == ["imported", "closed"]
    assert [at for _, at in story(closed)] == [closed.requested_at, closed.closed_at]
    assert story(working)[1] == ("accepted", datetime(2018, 1, 5, 20, 0, tzinfo=UTC))
    assert [kind for kind, _ in story(fresh)] == ["imported"]
    for row in (closed, working, fresh):
        assert queries.replayed(row) == state_of(row)
    entries = queries.story(closed, audiences=("public", "reporter"))
    assert entries[-1].text == "The hole was filled."
    assert entries[0].facts == {"source": "oldtown", "file": "old.csv", "line": 2, "old_status": "Done"}


def test_nothing_reacts_to_what_happened_elsewhere(bring: Importer, mailoutbox: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        before = cursor.fetchone()
        bring(HOLE)
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == before
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"Said": "There was nothing there."}, "nothing_found"),
        ({"Said": "See notes."}, "unstated"),
        ({"Said": ""}, "unstated"),
        ({"State": "Taken back"}, None),
    ],
)
def test_an_outcome_is_claimed_only_where_the_old_system_said_so(
    bring: Importer, changes: dict[str, str], outcome: str | None
) -> None:
    bring(HOLE | changes)
    assert the("1-1").outcome == outcome


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"Closed": "2018-01-01 09:00"}, "closed_before_requested"),
        ({"Closed": ""}, "closed_at_is_last_change"),
        ({"State": "Open"}, "open_with_closing_date"),
        ({"Changed": "2031-01-01 09:00"}, "date_in_the_future"),
        ({"Asked": "2017-11-05 01:30"}, "ambiguous_hour"),
        ({"Asked": "2017-03-12 02:30"}, "skipped_hour"),
        ({"Day": "2017-12-24 00:00"}, "service_day_before_request"),
        ({"Day": "soon"}, "service_on_unreadable"),
    ],
)
def test_what_cannot_be_is_kept_and_marked(bring: Importer, changes: dict[str, str], flag: str) -> None:
    report = bring(HOLE | changes)
    row = the("1-1")
    assert report.noticed.flags[flag] == 1
    assert flag in RequestEvent.objects.get(request=row, seq=1).facts["flags"]
    assert queries.replayed(row) == state_of(row)


def test_a_closing_date_is_never_made_up(bring: Importer) -> None:
    bring(HOLE | {"Closed": ""}, HOLE | {"Number": "1-2", "Closed": "", "Changed": ""})
    assert the("1-1").closed_at == datetime(2018, 1, 5, 20, 0, tzinfo=UTC)
    assert ImportHeldRow.objects.get(old_number="1-2").reason == "no_closing_date"


@pytest.mark.parametrize(("lat", "lon"), [("0", "0"), ("north", "-93.292"), ("91.5", "-93.292"), ("nan", "nan")])
def test_coordinates_that_cannot_be_are_kept_raw_and_not_plotted(bring: Importer, lat: str, lon: str) -> None:
    report = bring(HOLE | {"Lat": lat, "Lon": lon})
    row = the("1-1")
    assert (row.lon, row.lat, row.area_tags, report.without_point) == (None, None, [], 1)
    assert row.place is not None
    assert lat in (f"{row.place.raw_lat:g}" if row.place.raw_lat is not None else row.place.raw_text)


def test_a_point_outside_the_city_is_counted(bring: Importer) -> None:
    report = bring(HOLE | {"Lon": "-90.0"})
    assert (report.outside, the("1-1").area_tags) == (1, [])


def test_control_characters_quotes_and_tabs_do_no_harm(bring: Importer) -> None:
    bring(HOLE | {"Where": 'a\\b\t"c"\x01 {d}', "Crew": "\\N", "Said": "first\nsecond"})
    row = the("1-1")
    assert (row.address, row.unit) == ('a\\b "c" {d}', "\\N")
    assert queries.story(row, audiences=("public", "reporter"))[-1].text == "first\nsecond"


def test_many_at_once_stay_behind_the_walls(bring: Importer) -> None:
    assert bring(*(HOLE | {"Number": f"1-{n}"} for n in range(250))).created == 250
    with connection.cursor() as cursor:
        # Counting the tables anew needs the owner for a moment; afterwards the walls stand again.
        cursor.execute("SELECT current_setting('role'), count(*) FROM ombud_service_request")
        assert cursor.fetchone() == ("ombud_app", 250)


# -- Again ----------------------------------------------------------------------------------------------------
def test_a_second_run_changes_nothing(bring: Importer) -> None:
    rows = [HOLE, HOLE | {"Number": "1-2", "Kind": "Elephant"}, HOLE | {"Number": "1-3", "How": "Drum"}]
    bring(*rows)
    before = tables()
    report = bring(*rows)
    assert tables() == before
    assert (report.created, report.updated, report.unchanged, report.held.total()) == (0, 0, 2, 1)


def test_a_row_in_two_files_is_one_request(bring: Importer) -> None:
    bring(HOLE)
    assert bring(HOLE, file="other.csv").unchanged == 1
    assert bring(HOLE | {"Number": "1-9"}, HOLE | {"Number": "1-9"}, file="twice.csv").created == 1


def test_what_moved_on_is_an_event_and_an_older_file_never_undoes_it(bring: Importer) -> None:
    opened = HOLE | {"State": "Open", "Closed": "", "Said": "", "Changed": "2018-01-03 08:00"}
    bring(opened)
    report = bring(HOLE, file="later.csv")
    row = the("1-1")
    assert (report.updated, row.status, row.outcome, row.version) == (1, "closed", "fixed", 2)
    assert story(row)[-1] == ("closed", row.closed_at)
    assert queries.replayed(row) == state_of(row)
    assert bring(opened).updated == 0
    assert bring(HOLE, file="later.csv").updated == 0
    assert the("1-1").version == 2


def test_opened_again_over_there_is_opened_again_here(bring: Importer) -> None:
    bring(HOLE)
    bring(HOLE | {"State": "Working", "Closed": "", "Changed": "2018-02-01 08:00", "Bureau": ""})
    row = the("1-1")
    assert (row.status, row.closed_at, row.outcome) == ("accepted", None, None)
    assert story(row)[-1][0] == "reopened"
    assert queries.replayed(row) == state_of(row)


def test_what_people_here_have_touched_is_theirs(bring: Importer) -> None:
    bring(HOLE | {"State": "Open", "Closed": "", "Changed": ""})
    row = the("1-1")
    act.accept(On("springfield", row.pk, BRAM, NOON))
    report = bring(HOLE | {"Changed": "2026-11-24 11:00"})
    assert (report.left, the("1-1").status) == (0, "accepted")  # older than what was done here: not even looked at
    newer = bring(HOLE | {"Changed": "2026-11-25 19:00"})
    assert (newer.left, newer.updated, the("1-1").status) == (1, 0, "accepted")


# -- A file without dates -------------------------------------------------------------------------------------
def snapshot(**more: str) -> dict[str, str]:
    return {k: HOLE[k] for k in ("Number", "Kind", "Lat", "Lon")} | more


def test_a_file_without_dates_gives_a_known_request_its_point(bring: Importer) -> None:
    bring(HOLE | {"Lat": "", "Lon": ""})
    report = bring(snapshot(), file="open.csv")
    row = the("1-1")
    assert (report.updated, row.lon, row.address) == (1, MAIN_STREET.lon, "12 MAIN ST")
    assert story(row)[-1][0] == "place_corrected"
    assert queries.replayed(row) == state_of(row)
    assert bring(snapshot(), file="open.csv").unchanged == 1


def test_a_request_without_a_date_waits_and_comes_in_when_a_file_gives_one(bring: Importer) -> None:
    report = bring(snapshot(), file="open.csv")
    assert (report.created, report.held) == (0, {"no_date": 1})
    assert ImportHeldRow.objects.get().row == snapshot()
    assert bring(HOLE).repaired == 1
    assert ImportHeldRow.objects.count() == 0


def test_a_day_may_be_given_and_a_real_date_takes_its_place(bring: Importer) -> None:
    bring(snapshot(), file="open.csv", seen_on=date(2018, 1, 3))
    row = the("1-1")
    assert (row.status, row.requested_at) == ("received", datetime(2018, 1, 3, 8, 0, tzinfo=UTC))
    assert RequestEvent.objects.get(request=row).facts["flags"] == ["requested_at_is_day_seen"]
    bring(HOLE)
    row = the("1-1")
    assert (row.status, row.requested_at) == ("closed", datetime(2018, 1, 2, 18, 0, tzinfo=UTC))
    assert queries.replayed(row) == state_of(row)


# -- What the mapping does not know ---------------------------------------------------------------------------
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


# -- Districts, walls, broken files, dry runs -----------------------------------------------------------------
def test_districts_of_the_file_are_held_against_our_own(bring: Importer) -> None:
    rows = [HOLE | {"Number": f"1-{n}", "Ward": ward} for n, ward in enumerate(["2", "2", "1", ""])]
    agreement = bring(*rows).districts["ward"]
    assert (agreement.rows, agreement.same) == (3, 2)
    assert next(iter(agreement.differing))[0] == "1"


def test_an_old_vintage_is_said_not_to_be_compared(bring: Importer) -> None:
    compare = {"ward": {"layer": "ward", "vintage": "2010", "match": "id"}}
    agreement = bring(HOLE, mapping=mapping_with(areas_compare=compare)).districts["ward"]
    assert agreement.not_compared == "the current vintage is 2020"


def test_the_fast_look_up_says_what_the_atlas_says(city: CityBuilder) -> None:
    atlas = places.atlas(city.id)
    grid = [LonLat(-93.5 + x / 40, 37.0 + y / 40) for x in range(20) for y in range(20)]
    ours = [[(a["layer"], a["code"]) for a in areas] for areas in Locator(atlas).areas_of(grid)]
    assert ours == [[(a.layer, a.code) for a in areas] for areas in atlas.areas_of(grid)]
    assert any(ours)


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


def test_a_dry_run_says_it_all_and_keeps_nothing(bring: Importer) -> None:
    before = tables()
    report = bring(HOLE, HOLE | {"Number": "1-2", "Kind": "Elephant"}, dry_run=True)
    assert (report.created, report.held.total()) == (1, 1)
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


# -- The real samples -----------------------------------------------------------------------------------------
def _myla_mapping() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load((DEMO / "los_angeles/import/myla311.yaml").read_text(encoding="utf-8"))
    return loaded


def slices(folder: Path, into: Path, rows: int) -> list[Path]:
    """Write the first rows of each CSV file, and the JSON files whole but for their length."""
    import json

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
    catalog_commands.load_folder(DEMO / demo, at=NOON)
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
        agreements = [a for r in reports for a in r.districts.values() if a.rows and a.column != "council_district"]
        assert agreements
        assert all((a.percent or 0) > 97 for a in agreements)
