"""On which day somebody comes, and until when one may change one's mind."""

from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import BadInput
from ombud.triage.routing.rules.rule import WEEKDAYS
from ombud.triage.routing.rules.scheme import days_of, is_open_for, moved_by_holidays, read_schemes, served

THANKSGIVING, CHRISTMAS = date(2026, 11, 26), date(2026, 12, 25)
RAW: dict[str, Any] = {
    "code": "bins",
    "title": {"en": "City bins"},
    "layer": "ward",
    "kinds": [
        {"code": "home", "label": {"en": "A house"}, "collector": "CITY"},
        {"code": "building", "label": {"en": "A building"}},
    ],
    "collectors": {"CITY": {"name": {"en": "The city"}}, "ACME": {"name": {"en": "Acme"}, "phone": "555-0177"}},
    "areas": {"1": {"unit": "NORTH", "day": "fri", "franchise": "ACME"}},
}


@pytest.mark.parametrize(
    ("day", "then"),
    [
        (date(2026, 11, 25), date(2026, 11, 25)),  # before the holiday
        (date(2026, 11, 26), date(2026, 11, 27)),  # on it
        (date(2026, 11, 27), date(2026, 11, 28)),  # behind it in its week
        (date(2026, 11, 30), date(2026, 11, 30)),  # the week after
    ],
)
def test_a_holiday_moves_its_own_day_and_the_rest_of_its_week(day: date, then: date) -> None:
    assert moved_by_holidays(day, [THANKSGIVING]) == then


def test_the_days_of_a_weekday_with_holidays() -> None:
    found = list(islice(days_of("fri", since=date(2026, 11, 24), holidays=[THANKSGIVING, CHRISTMAS]), 6))
    assert found == [date(2026, 11, 28), *(date(2026, 12, n) for n in (4, 11, 18, 26)), date(2027, 1, 1)]


def test_a_day_that_a_holiday_moved_is_offered_though_its_weekday_is_past() -> None:
    assert next(days_of("fri", since=date(2026, 11, 28), holidays=[THANKSGIVING])) == date(2026, 11, 28)


@given(
    weekday=st.sampled_from(WEEKDAYS),
    since=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    holidays=st.lists(st.dates(date(2020, 1, 1), date(2040, 1, 1)), max_size=4),
)
def test_days_come_in_order_a_week_apart_but_for_one(weekday: Any, since: date, holidays: list[date]) -> None:
    found = list(days_of(weekday, since=since, holidays=holidays))
    assert all(day >= since for day in found)
    assert found[0] <= since + timedelta(days=8)
    assert all(timedelta(days=6) <= b - a <= timedelta(days=8) for a, b in pairwise(found))


def test_until_the_cut_off_on_the_day_before() -> None:
    day = date(2026, 11, 27)
    assert is_open_for(day, local=datetime(2026, 11, 26, 15, 59), cut_off="16:00")  # noqa: DTZ001
    assert not is_open_for(day, local=datetime(2026, 11, 26, 16, 0), cut_off="16:00")  # noqa: DTZ001


def test_who_serves_follows_from_area_and_kind() -> None:
    (scheme,) = read_schemes([RAW], file="e.yaml")
    home, building = served(scheme, area="1", kind="home"), served(scheme, area="1", kind="building")
    assert home
    assert building
    assert (home.collector, home.day, home.unit) == ("CITY", "fri", "NORTH")
    assert building.collector == "ACME"
    assert served(scheme, area="2", kind="home") is None
    assert served(scheme, area="1", kind="") is None


@pytest.mark.parametrize(
    "change",
    [
        {"areas": {"1": {"franchise": "NOBODY"}}},
        {"addresses": {"1 Main St": "castle"}},
        {"kinds": []},
        {"appointments": {"cut_off": "25:00"}},
        {"appointments": {"opens": "15:00", "closes": "07:00"}},
        {"areas": {"1": {"day": "someday"}}},
        {"moon": 1},
    ],
    ids=str,
)
def test_a_scheme_that_contradicts_itself_is_refused_by_name(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"e\.yaml"):
        read_schemes([RAW | change], file="e.yaml")
