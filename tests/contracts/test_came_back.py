"""What was closed and came back: its pages say so, as far as each reader may know."""

from datetime import timedelta

import pytest

from ombud.kernel import clock
from ombud.service_requests import secret_link
from ombud.service_requests.models import ServiceRequest
from ombud.triage.likeness import commands
from tests.builders import BRAM, GUS, CityBuilder, RequestBuilder
from tests.commands.test_likeness import report
from tests.resident import Resident, words_of

DAY = timedelta(days=1)
BACK, BEFORE = "It came back: the same thing was reported again", "This was reported before"


def the_two(city: CityBuilder) -> tuple[RequestBuilder, RequestBuilder]:
    """Return a hole that was filled, and the same hole three days later."""
    fixed = report(city, when=clock.now() - 5 * DAY).closed(by=BRAM, after=-2 * DAY)
    back = report(city, metres=2)
    assert back.row.again_of_id == fixed.id
    return fixed, back


def pages_of(city: CityBuilder, one: RequestBuilder) -> dict[str, str]:
    """Return the page as everybody sees it, and as its reporter does."""
    eve = Resident()
    mine = f"/springfield{secret_link.path(city.id, one.number)}"
    public = f"/springfield/r/{one.number}/"
    return {"public": words_of(eve.client.get(public)), "mine": words_of(eve.client.get(mine))}


@pytest.mark.parametrize("reader", ["public", "mine"])
def test_both_pages_name_the_other(city: CityBuilder, reader: str) -> None:
    fixed, back = the_two(city)
    earlier, later = pages_of(city, fixed)[reader], pages_of(city, back)[reader]
    assert f"{BACK} on Nov. 24, 2026, as {back.number}" in earlier
    assert "It is being looked at again. We count it as not fixed." in earlier
    assert f"{BEFORE} as {fixed.number} and closed on Nov. 22, 2026. It has come back." in later
    assert BEFORE not in earlier
    assert BACK not in later


def test_once_it_is_closed_again_nobody_is_said_to_look_at_it(city: CityBuilder) -> None:
    fixed, back = the_two(city)
    back.closed(after=timedelta(0))
    page = pages_of(city, fixed)["public"]
    assert BACK in page
    assert "looked at again" not in page


def test_what_has_not_come_back_after_all_is_not_said_to(city: CityBuilder) -> None:
    fixed, back = the_two(city)
    commands.not_come_back(jurisdiction_id=city.id, request_id=back.id, actor=GUS, at=clock.now())
    assert BACK not in pages_of(city, fixed)["mine"]
    assert BEFORE not in pages_of(city, back)["mine"]


@pytest.mark.parametrize(
    ("visibility", "reader", "told", "named"),
    [
        ("public_coarse", "public", False, False),
        ("public_coarse", "mine", True, False),
        ("public_count_only", "mine", False, False),
        ("private", "mine", False, False),
    ],
)
def test_nobody_learns_more_than_they_may(
    city: CityBuilder, visibility: str, reader: str, told: bool, named: bool
) -> None:
    fixed, back = the_two(city)
    ServiceRequest.objects.filter(pk__in=[fixed.id, back.id]).update(visibility=visibility)
    earlier, later = pages_of(city, fixed)[reader], pages_of(city, back)[reader]
    assert (BACK in earlier, BEFORE in later) == (told, told)
    assert (back.number in earlier, fixed.number in later) == (named, named)
