"""The honest promise: from what really happened, with open requests censored; it moves when things slip."""

from datetime import timedelta

from ombud.service_requests import queries
from ombud.service_requests.commands import promises
from tests.builders import CityBuilder
from tests.conftest import NOON

DAY = timedelta(days=1)


def took(city: CityBuilder, days: float) -> None:
    """One pothole of the last weeks that took so many days."""
    asked = 60 * DAY
    city.report(when=NOON - asked).closed("nothing_found", after=-asked + days * DAY)


def test_the_range_is_what_happened_lately(city: CityBuilder) -> None:
    for days in range(1, 21):
        took(city, days)
    promises.refresh(jurisdiction_id=city.id, layer="ward", now=NOON)
    pothole = city.report().row
    assert (pothole.expected_from - NOON, pothole.expected_to - NOON) == (4 * DAY, 16 * DAY)


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
