"""An agency's own calendar: its targets, pauses, expected ranges and the hours at which somebody is called."""

import shutil
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ombud.catalog import commands as catalogue
from ombud.catalog import queries as catalog
from ombud.catalog.loading import load_folder
from ombud.catalog.models import Jurisdiction
from ombud.kernel import clock
from ombud.kernel.errors import BadInput
from ombud.people.rules.permissions import Role
from ombud.service_requests.commands import act, pauses, promises
from ombud.triage.clocks.models import Alert
from tests.builders import BRAM, CITIES, GUS, CityBuilder
from tests.commands.test_alerts import PLAN, danger
from tests.commands.test_promises import took
from tests.conftest import NOON

LA = ZoneInfo("America/Los_Angeles")
# Streets work from Monday to Thursday, until half past three, and take the first week of December off.
STREETS: dict[str, Any] = {
    "working_days": [0, 1, 2, 3],
    "working_hours": {"start": "06:00", "end": "15:30"},
    "closed": [{"from": "2026-11-30", "to": "2026-12-04"}],
}
DAY = timedelta(days=1)


def says(city: CityBuilder, **more: Any) -> None:
    """Let the city's file say more."""
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings |= more
    row.save()
    catalogue.changed(city.id)


@pytest.fixture
def streets(city: CityBuilder) -> CityBuilder:
    """Springfield, whose streets bureau works at its own times."""
    says(city, calendars={"STREETS": STREETS})
    return city


def local(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LA)


def test_a_target_counts_the_agencys_own_days(streets: CityBuilder) -> None:
    made = streets.report()  # on Tuesday, three working days
    # Wednesday; Thanksgiving, Friday, the weekend and a week off do not count; Monday and Tuesday.
    assert made.row.target_at == local(12, 8, 15, 30)


def test_without_one_the_citys_days_count(city: CityBuilder) -> None:
    assert city.report().row.target_at == local(12, 1, 16)


def test_another_agency_is_not_touched(streets: CityBuilder) -> None:
    city = catalog.city(streets.id)
    assert city.is_at_work(local(11, 27, 10)) is False  # the day after Thanksgiving is a holiday here
    assert city.is_at_work(local(12, 1, 10)) is True
    assert city.is_at_work(local(12, 1, 10), "SANITATION") is True
    assert city.is_at_work(local(12, 1, 10), "STREETS") is False
    assert city.is_at_work(local(11, 24, 7), "STREETS") is True
    assert city.own_calendars == ["STREETS"]


def test_a_pause_moves_the_target_by_the_agencys_own_days(streets: CityBuilder) -> None:
    made = streets.report()
    with clock.standing_at(NOON + timedelta(hours=1)):
        pauses.pause(made.on(BRAM), reason="weather", until=NOON + 13 * DAY, text="It rains.")
    with clock.standing_at(NOON + 13 * DAY):  # Monday, 7 December
        pauses.resume(made.on(BRAM))
    # Wednesday and Monday went by, and are given back: Wednesday and Thursday.
    assert made.row.target_at == local(12, 10, 15, 30)


def test_a_corrected_service_counts_on_the_calendar_of_who_does_it_then(streets: CityBuilder) -> None:
    made = streets.report("ENCAMPMENT")
    act.change_service(made.on(GUS), code="POTHOLE")
    assert made.row.target_at == local(12, 8, 15, 30)


def test_what_is_expected_steps_over_days_on_which_nobody_works(streets: CityBuilder) -> None:
    for n in range(1, 21):
        took(streets, n)
    promises.refresh(jurisdiction_id=streets.id, layer="", now=NOON)
    row = streets.report().row
    # 3 to 18 days, and the four days of the week off, which lie before both ends but for the first.
    assert row.expected_from == NOON + 3 * DAY
    assert row.expected_to == NOON + 22 * DAY


def test_danger_calls_somebody_where_the_agency_is_away_and_the_city_is_not(city: CityBuilder) -> None:
    says(city, **PLAN, calendars={"STREETS": STREETS})
    city.employs("Bram", Role.AGENCY_STAFF, agency="STREETS")
    danger(city, local(11, 24, 10))
    assert not Alert.objects.exists()
    danger(city, local(12, 1, 10))
    assert Alert.objects.filter(kind="danger").count() == 1


def test_a_file_with_a_calendar_of_nobody_is_refused(city: CityBuilder, tmp_path: Any) -> None:

    folder = tmp_path / "springfield"
    shutil.copytree(CITIES / "springfield", folder)
    file = folder / "jurisdiction.yaml"
    file.write_text(file.read_text() + "closed: [2026-12-24]\ncalendars: {STREETS: {open: [2026-12-24]}}\n")
    load_folder(folder, at=NOON)
    assert catalog.city(city.id).calendar(2026, "STREETS").works_on(local(12, 24).date())
    assert not catalog.city(city.id).calendar(2026).works_on(local(12, 24).date())
    file.write_text(file.read_text().replace("STREETS: {open", "POLICE: {open"))
    with pytest.raises(BadInput, match="POLICE"):
        load_folder(folder, at=NOON)
