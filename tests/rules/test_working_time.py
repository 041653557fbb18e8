"""Targets on the city's calendar: holidays, weekends, the days the clock changes, and the turn of the year."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.calendars import read_calendars
from ombud.catalog.rules.definition import Target
from ombud.catalog.rules.working_time import WorkingCalendar, beyond_closed, moved, target_at
from ombud.kernel.errors import BadInput, OmbudError

LA = ZoneInfo("America/Los_Angeles")
HOLIDAYS = frozenset({date(2026, 11, 26), date(2026, 11, 27), date(2026, 12, 25), date(2027, 1, 1)})
CALENDAR = WorkingCalendar(zone=LA, closes=time(16), holidays=HOLIDAYS)
instants = st.integers(0, 730 * 24 * 60).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m))


def days(n: float, unit: str = "working_days") -> Target:
    return Target(value=n, unit=unit)


def local(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LA)


@pytest.mark.parametrize(
    ("asked", "n", "due"),
    [
        (local(2026, 11, 20), 1, local(2026, 11, 23, 16)),  # Friday: Monday
        (local(2026, 11, 21), 1, local(2026, 11, 23, 16)),  # Saturday: Monday
        (local(2026, 11, 24), 2, local(2026, 11, 30, 16)),  # over Thanksgiving and the weekend
        (local(2026, 12, 24, 20), 1, local(2026, 12, 28, 16)),  # Christmas Eve, after closing
        (local(2026, 12, 31), 1, local(2027, 1, 4, 16)),  # over the turn of the year
        (local(2026, 11, 24), 0, local(2026, 11, 24, 16)),  # today
        (local(2026, 11, 24, 16), 0, local(2026, 11, 25, 16)),  # at closing today is past
        (local(2026, 11, 25, 17), 0, local(2026, 11, 30, 16)),  # after closing, before a holiday
        (local(2026, 11, 26, 9), 0, local(2026, 11, 30, 16)),  # on a holiday
        (local(2026, 3, 6), 1, local(2026, 3, 9, 16)),  # over the night the clock goes forward
        (local(2026, 10, 30), 1, local(2026, 11, 2, 16)),  # over the night it goes back
    ],
)
def test_working_days_end_at_closing(asked: datetime, n: int, due: datetime) -> None:
    assert target_at(asked, days(n), CALENDAR) == due


@given(instants, st.integers(0, 60))
def test_a_target_of_working_days_is_the_closing_of_one_with_so_many_since(asked: datetime, n: int) -> None:
    due = target_at(asked, days(n), CALENDAR)
    assert due is not None
    assert due > asked
    ends = due.astimezone(LA)
    assert ends.time() == CALENDAR.closes
    assert CALENDAR.works_on(ends.date())
    first = asked.astimezone(LA).date()
    since = sum(CALENDAR.works_on(first + timedelta(days=d)) for d in range(1, (ends.date() - first).days + 1))
    assert since == n or (n == 0 and since == 1)


@given(instants, instants, st.integers(0, 30))
def test_who_asks_later_is_never_due_earlier(one: datetime, other: datetime, n: int) -> None:
    early, late = sorted((one, other))
    for unit in ("hours", "working_days"):
        assert target_at(early, days(n, unit), CALENDAR) <= target_at(late, days(n, unit), CALENDAR)
    # A wall time that the clock skips moves on, so calendar days may turn round within that hour.
    earlier, later = (target_at(at, days(n, "calendar_days"), CALENDAR) for at in (early, late))
    assert earlier is not None
    assert earlier <= later + timedelta(hours=1)


@given(instants, st.integers(0, 30), st.sampled_from(["hours", "calendar_days", "working_days"]))
def test_more_days_are_never_less_time(asked: datetime, n: int, unit: str) -> None:
    assert target_at(asked, days(n, unit), CALENDAR) <= target_at(asked, days(n + 1, unit), CALENDAR)


@pytest.mark.parametrize(("month", "day"), [(3, 7), (10, 31)])
def test_a_calendar_day_ends_at_the_same_time_on_the_clock(month: int, day: int) -> None:
    asked = local(2026, month, day, 9, 30)
    due = target_at(asked, days(1, "calendar_days"), CALENDAR)
    assert due is not None
    assert (due.astimezone(LA) - asked, due.astimezone(LA).time()) == (timedelta(days=1), time(9, 30))


def test_a_time_that_the_clock_skips_is_moved_on() -> None:
    due = target_at(local(2026, 3, 7, 2, 30), days(1, "calendar_days"), CALENDAR)
    assert due == local(2026, 3, 8, 3, 30)


def test_hours_run_through_the_night_the_clock_changes() -> None:
    asked = local(2026, 10, 31, 22)
    assert target_at(asked, days(24, "hours"), CALENDAR) == asked.astimezone(UTC) + timedelta(hours=24)


def test_without_a_target_there_is_none() -> None:
    assert target_at(local(2026, 1, 1), None, CALENDAR) is None


@pytest.mark.parametrize(("value", "unit"), [(0.5, "calendar_days"), (1.5, "working_days"), (float("inf"), "hours")])
def test_a_target_that_no_calendar_can_hold_is_refused_when_it_is_written(value: float, unit: str) -> None:
    with pytest.raises((OmbudError, ValueError)):
        days(value, unit)


targets = st.builds(Target, value=st.integers(0, 40), unit=st.sampled_from(["hours", "calendar_days", "working_days"]))
lengths = st.integers(0, 60 * 24 * 60).map(lambda m: timedelta(minutes=m))


@given(instants, targets, lengths, lengths)
def test_a_clock_that_stood_still_moves_its_target_on_and_never_back(
    asked: datetime, target: Target, wait: timedelta, stood: timedelta
) -> None:
    due = target_at(asked, target, CALENDAR)
    assert due is not None
    since = min(asked + wait, due)
    until = since + stood
    later = moved(due, target, CALENDAR, since=since, until=until)
    assert later >= due
    assert moved(due, target, CALENDAR, since=since, until=since) == due
    assert moved(due, target, CALENDAR, since=since, until=until + timedelta(days=1)) >= later
    if target.unit != "working_days":
        assert later - due == stood
    elif due.astimezone(LA).time() == CALENDAR.closes:
        assert CALENDAR.works_on(later.astimezone(LA).date())
        assert later.astimezone(LA).time() == CALENDAR.closes


@given(instants, targets, lengths, st.integers(0, 20))
def test_two_pauses_move_it_as_far_as_one_of_the_same_days(
    asked: datetime, target: Target, stood: timedelta, more: int
) -> None:
    due = target_at(asked, target, CALENDAR)
    assert due is not None
    middle, end = asked + stood, asked + stood + timedelta(days=more)
    in_two = moved(moved(due, target, CALENDAR, since=asked, until=middle), target, CALENDAR, since=middle, until=end)
    assert in_two == moved(due, target, CALENDAR, since=asked, until=end)


# Calendars of agencies: four days a week, furlough days, a Saturday that is worked.
some_days = st.sets(st.integers(0, 120).map(lambda n: date(2026, 10, 1) + timedelta(days=n)), max_size=12)
calendars = st.builds(
    WorkingCalendar,
    zone=st.just(LA),
    closes=st.just(time(16)),
    holidays=st.just(HOLIDAYS),
    days=st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    closed=some_days,
    opened=some_days,
)


def works(calendar: WorkingCalendar, after: date, until: date) -> int:
    """Return on how many days after one day and until another somebody works."""
    return sum(calendar.works_on(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))


@given(calendars, instants, st.integers(1, 40))
def test_a_target_counts_the_days_on_which_the_agency_works(calendar: WorkingCalendar, asked: datetime, n: int) -> None:
    due = target_at(asked, days(n), calendar)
    assert due is not None
    ends = due.astimezone(LA)
    assert (ends.time(), calendar.works_on(ends.date())) == (calendar.closes, True)
    assert works(calendar, asked.astimezone(LA).date(), ends.date()) == n


@given(calendars, instants, st.integers(1, 40), st.integers(0, 60 * 24), st.integers(0, 60 * 24))
def test_a_pause_takes_no_working_day_of_the_agency_from_the_target(
    calendar: WorkingCalendar, asked: datetime, n: int, after: int, long: int
) -> None:
    due = target_at(asked, days(n), calendar)
    assert due is not None
    since = asked + timedelta(hours=after)
    until = since + timedelta(hours=long)
    later = moved(due, days(n), calendar, since=since, until=until)
    stood = works(calendar, since.astimezone(LA).date(), until.astimezone(LA).date())
    assert later >= due
    assert works(calendar, due.astimezone(LA).date(), later.astimezone(LA).date()) == stood


@given(calendars, instants, st.integers(0, 90 * 24))
def test_what_is_expected_leaves_as_many_days_as_usual(calendar: WorkingCalendar, since: datetime, hours: int) -> None:
    due = since + timedelta(hours=hours)
    later = beyond_closed(due, calendar, since=since)
    first, last, end = (at.astimezone(LA).date() for at in (since, due, later))
    assert later >= due - timedelta(hours=1)  # a wall time on a day on which the clock changed
    lost = sum(
        calendar.would_work_on(day) and not calendar.works_on(day)
        for day in (first + timedelta(days=n) for n in range((end - first).days + 1))
    )
    assert (end - last).days == lost
    if not lost:
        assert later == due


@given(calendars, instants, st.integers(0, 40 * 24), st.integers(0, 40 * 24))
def test_what_is_expected_later_stays_later(calendar: WorkingCalendar, since: datetime, one: int, other: int) -> None:
    low, high = sorted((one, other))
    ends = [beyond_closed(since + timedelta(hours=h), calendar, since=since) for h in (low, high)]
    assert ends[0] <= ends[1] + timedelta(hours=1)


FILE = {
    "working_hours": {"start": "08:00", "end": "16:00"},
    "holidays": {"country": "US", "subdivision": "CA"},
    "closed": ["2026-12-24"],
    "calendars": {
        "STREETS": {"working_days": [0, 1, 2, 3], "working_hours": {"start": "06:00", "end": "15:30"}},
        "SANITATION": {"closed": [{"from": "2026-12-28", "to": "2026-12-31"}], "open": ["2026-12-26"]},
    },
}


def test_what_an_agency_does_not_say_is_as_in_the_city() -> None:
    found = read_calendars(FILE, agencies={"STREETS", "SANITATION"})
    streets, sanitation = found["STREETS"], found["SANITATION"]
    assert streets.closed_days() == {date(2026, 12, 24)} == found[""].closed_days()
    assert streets.holidays.subdivision == "CA"
    assert sanitation.working_hours == found[""].working_hours
    assert sanitation.closed_days() == {date(2026, 12, n) for n in (28, 29, 30, 31)}
    assert read_calendars({})[""].working_days == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"calendars": {"POLICE": {}}}, "POLICE"),
        ({"calendars": {"STREETS": {"working_days": []}}}, "working_days"),
        ({"calendars": {"STREETS": {"working_day": [1]}}}, "working_day"),
        ({"working_hours": {"start": "16:00", "end": "08:00"}}, "before it opens"),
        ({"closed": [{"from": "2026-12-31", "to": "2026-12-01"}]}, "closed"),
        ({"closed": [{"from": "2026-12-31", "to": "2036-12-01"}]}, "closed"),
        ({"open": ["soon"]}, "open"),
    ],
)
def test_a_calendar_that_cannot_be_followed_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_calendars(wrong, agencies={"STREETS"})
