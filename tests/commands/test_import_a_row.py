"""Importing one row: what becomes of it in the record."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from ombud.catalog import queries as catalog
from ombud.connect.legacy.files.importing import Import
from ombud.connect.models import ImportHeldRow
from ombud.service_requests import queries
from ombud.service_requests.models import RequestEvent
from ombud.service_requests.timeline import state_of
from tests.builders import MAIN_STREET, CityBuilder
from tests.conftest import NOON
from tests.imports import HOLE, Importer, mapping_with, story, the


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


def test_a_closing_without_a_date_waits_also_where_the_last_change_is_known(bring: Importer) -> None:
    report = bring(HOLE | {"Closed": ""}, HOLE | {"Number": "1-2", "Closed": "", "Changed": ""})
    assert (report.created, report.held) == (0, {"no_closing_date": 2})
    assert {held.reason for held in ImportHeldRow.objects.all()} == {"no_closing_date"}


def test_a_city_may_say_that_the_last_change_was_the_closing(bring: Importer, city: CityBuilder) -> None:
    bring(HOLE | {"Closed": ""}, HOLE | {"Number": "1-2", "Closed": "", "Changed": ""})
    taught = mapping_with(closing_date_missing="last_change")
    (report,) = Import(catalog.city(city.id), taught, NOON).held_rows()
    row = the("1-1")
    assert (report.created, report.held) == (1, {"no_closing_date": 1})
    assert row.closed_at == datetime(2018, 1, 5, 20, 0, tzinfo=UTC)
    assert RequestEvent.objects.get(request=row, seq=1).facts["flags"] == ["closed_at_is_last_change"]
    assert queries.replayed(row) == state_of(row)


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
