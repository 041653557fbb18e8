"""Importing again: a second run, a later file, a file without dates, a run only to see."""

from datetime import UTC, date, datetime

import pytest

from ombud.connect.legacy.files import batches
from ombud.connect.models import ImportHeldRow
from ombud.kernel.numbers import serial_of
from ombud.service_requests import queries
from ombud.service_requests.commands import act
from ombud.service_requests.commands.act import On
from ombud.service_requests.models import RequestEvent
from ombud.service_requests.timeline import state_of
from tests.builders import BRAM, MAIN_STREET
from tests.conftest import NOON
from tests.imports import HOLE, Importer, story, tables, the


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


def test_a_dry_run_says_it_all_and_keeps_nothing(bring: Importer) -> None:
    before = tables()
    report = bring(HOLE, HOLE | {"Number": "1-2", "Kind": "Elephant"}, dry_run=True)
    assert (report.created, report.held.total()) == (1, 1)
    assert tables() == before


def test_a_dry_run_uses_up_no_public_number(bring: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 100)
    bring(HOLE)
    many = [HOLE | {"Number": f"2-{n}"} for n in range(450)]
    for _ in range(2):
        assert bring(*many, dry_run=True).created == 450
    bring(HOLE | {"Number": "1-2"}, file="next.csv")
    first, second = (serial_of(the(number).number, prefix="SP") for number in ("1-1", "1-2"))
    assert second == first + 1
