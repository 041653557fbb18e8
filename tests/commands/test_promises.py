"""The honest promise: from what really happened, with open requests censored; it moves when things slip."""

from datetime import UTC, date, datetime, timedelta

from ombud.kernel.geo import LonLat
from ombud.plumbing import walls
from ombud.service_requests import promised, queries
from ombud.service_requests.commands import act, promises
from ombud.service_requests.models import ExpectedRange, PromiseKept
from ombud.service_requests.rules.promise_kept import Kept
from ombud.service_requests.timeline import REPORTER
from tests.builders import IN_SHELBYVILLE, MAIN_STREET, CityBuilder
from tests.conftest import NOON

DAY = timedelta(days=1)
OTHER_WARD = LonLat(-93.35, 37.209)


def took(city: CityBuilder, days: float, *, asked: timedelta = 60 * DAY, at: LonLat = MAIN_STREET) -> None:
    """One pothole of the last weeks that took so many days."""
    city.report(when=NOON - asked, at=at).closed("nothing_found", after=-asked + days * DAY)


def test_the_range_is_what_happened_lately(city: CityBuilder) -> None:
    for days in range(1, 21):
        took(city, days)
    promises.refresh(jurisdiction_id=city.id, layer="ward", now=NOON)
    pothole = city.report().row
    assert (pothole.expected_from - NOON, pothole.expected_to - NOON) == (3 * DAY, 18 * DAY)


def test_too_few_promise_nothing(city: CityBuilder) -> None:
    for days in range(1, 20):
        took(city, days)
    promises.refresh(jurisdiction_id=city.id, layer="ward", now=NOON)
    assert city.report().row.expected_to is None


def test_open_ones_are_not_ignored(city: CityBuilder) -> None:
    for days in range(1, 21):
        took(city, days)
    for _ in range(20):
        city.report(when=NOON - 60 * DAY)
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    known = queries.expected(city.id, "POTHOLE", areas=())
    assert known is not None
    assert known.high_seconds is None


def test_a_promise_that_slipped_moves_and_says_so(city: CityBuilder) -> None:
    for days in [*[1] * 30, *range(20, 50)]:
        took(city, days)
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    slow = city.report(when=NOON - 10 * DAY)
    row = slow.row
    type(row).objects.filter(pk=row.pk).update(expected_to=NOON - DAY)
    assert promises.move_slipped(jurisdiction_id=city.id, now=NOON) == 1
    assert slow.row.expected_to > NOON
    assert queries.story(slow.row, audiences=("public",))[-1].kind == "promise_moved"
    assert promises.move_slipped(jurisdiction_id=city.id, now=NOON) == 0


def test_the_last_weeks_tell_best_and_the_years_before_only_where_they_are_too_few(city: CityBuilder) -> None:
    for days in range(1, 21):
        took(city, days, asked=200 * DAY)
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    assert _high(city) == 18
    for _ in range(20):
        took(city, 2)
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    assert _high(city) == 2, "what was long ago still counts"
    assert ExpectedRange.objects.count() == 1, "the range before is still there"


def test_what_was_never_to_be_done_tells_nothing(city: CityBuilder) -> None:
    for days in range(1, 21):
        took(city, days)
    first = city.report(when=NOON - 60 * DAY)
    asked = -60 * DAY
    for _ in range(30):
        city.report(when=NOON + asked).closed("duplicate_of", after=asked + DAY / 2, duplicate_of=first.number)
        city.report(when=NOON + asked).closed("not_eligible", after=asked + DAY / 2)
        act.withdraw(city.report(when=NOON + asked).on(REPORTER, after=asked + DAY / 2))
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    known = queries.expected(city.id, "POTHOLE", areas=())
    assert known is not None
    assert (known.n, known.low_seconds) == (21, 3 * DAY.total_seconds())


def test_an_area_has_its_own_range_where_it_has_enough(city: CityBuilder) -> None:
    for _ in range(20):
        took(city, 3)
        took(city, 9, at=OTHER_WARD)
    promises.refresh(jurisdiction_id=city.id, layer="ward", now=NOON)
    here, there = (city.report(at=at).row.expected_to - NOON for at in (MAIN_STREET, OTHER_WARD))
    assert (here, there) == (3 * DAY, 9 * DAY)


def test_another_city_tells_nothing(city: CityBuilder, other_city: CityBuilder) -> None:
    with walls.inside(other_city.id):
        for days in range(1, 21):
            took(other_city, days, at=IN_SHELBYVILLE)
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    assert ExpectedRange.objects.count() == 0


def test_a_slipped_promise_is_told_from_those_that_took_longer_still(city: CityBuilder) -> None:
    for days in [*[1] * 30, *range(20, 50)]:
        took(city, days)
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    slow, ended, ahead = (city.report(when=NOON - 10 * DAY) for _ in range(3))
    ended.closed("nothing_found")
    type(slow.row).objects.filter(pk__in=[slow.id, ended.id]).update(expected_to=NOON - DAY)
    type(slow.row).objects.filter(pk=ahead.id).update(expected_to=NOON)
    assert promises.move_slipped(jurisdiction_id=city.id, now=NOON) == 1
    # The 20th to the 80th in a hundred, a standard error further out, of the thirty that took more than ten days.
    assert slow.row.expected_from == NOON - 10 * DAY + 23 * DAY
    assert slow.row.expected_to == NOON - 10 * DAY + 46 * DAY


def test_the_promises_of_whole_months_are_held_against_what_came_of_them(city: CityBuilder) -> None:
    for days in range(1, 21):  # of June: what is promised in September was learned from it
        took(city, days, asked=170 * DAY)
    september = NOON - datetime(2026, 9, 10, 12, tzinfo=UTC)
    took(city, 10, asked=september)
    took(city, 1, asked=september)
    took(city, 60, asked=september)
    city.report(when=NOON - september)  # still open, and past its range
    city.report(when=NOON - 3 * DAY)  # of this month: nobody can tell yet
    promises.refresh(jurisdiction_id=city.id, layer="ward", now=NOON)
    (held,) = PromiseKept.objects.in_city(city.id)
    assert (held.service_code, held.month) == ("POTHOLE", date(2026, 9, 1))
    assert (held.within, held.early, held.late) == (1, 1, 2)
    assert promised.kept_by_service(city.id) == {"POTHOLE": Kept(within=1, early=1, late=2)}


def _high(city: CityBuilder) -> float:
    known = queries.expected(city.id, "POTHOLE", areas=())
    assert known is not None
    assert known.high_seconds is not None
    return known.high_seconds / DAY.total_seconds()
