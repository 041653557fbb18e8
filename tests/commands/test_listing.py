"""Lists of requests: in which order they come, and that paging through them misses and doubles nothing."""

from datetime import datetime, timedelta

import pytest

from ombud.kernel import clock
from ombud.service_requests import listing
from ombud.service_requests.listing import Filter
from tests.builders import CityBuilder


def numbers(chosen: Filter, *, now: datetime, for_staff: bool = True) -> list[str]:
    """Return the numbers of a whole list, read two at a time."""
    found, after = [], ""
    while True:
        page = listing.page("springfield", chosen, now=now, after=after, size=2, for_staff=for_staff)
        found += [row.number for row in page.rows]
        after = page.next_after
        if not after:
            return found


@pytest.fixture
def asked(city: CityBuilder) -> list[str]:
    """Five reports, the first the oldest; the last two of one instant, and so with one target."""
    now = clock.now()
    return [city.report(when=now + timedelta(days=day)).number for day in (0, 1, 6, 7, 7)]


def test_the_longest_overdue_comes_first(asked: list[str]) -> None:
    assert numbers(Filter(late=True), now=clock.now() + timedelta(days=60)) == asked


def test_what_will_be_late_soonest_comes_first(city: CityBuilder) -> None:
    now = clock.now()
    # Asked first, late last: a street light has four weeks, a pothole three working days.
    light = city.report("STREETLIGHT", when=now - timedelta(days=20))
    hole = city.report("POTHOLE", when=now)
    soon = light.row.target_at - timedelta(hours=47)
    assert hole.row.target_at < light.row.target_at
    assert numbers(Filter(about_to_be_late=True), now=soon) == [hole.number, light.number]


def test_everything_else_comes_newest_first(asked: list[str]) -> None:
    later = clock.now() + timedelta(days=60)
    assert numbers(Filter(), now=later) == asked[::-1]
    assert numbers(Filter(late=True), now=later, for_staff=False) == asked[::-1]
