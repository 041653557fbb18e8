"""The city's clock standing still: with a reason and a limit, both clocks kept, and nothing late rescued."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from ombud.catalog.models import Jurisdiction
from ombud.kernel import clock
from ombud.kernel.errors import BadInput, NotAllowed
from ombud.service_requests import timeline
from ombud.service_requests.commands import act, pauses
from ombud.service_requests.models import RequestEvent
from ombud.service_requests.rules.decisions import MoveRefused
from tests.builders import BRAM, DUNYA, NILS, CityBuilder, RequestBuilder
from tests.commands.test_routing import publish
from tests.conftest import NOON

DAY = timedelta(days=1)


def paused(
    request: RequestBuilder, *, days: float = 5, reason: str = "permit", after: timedelta = timedelta(0)
) -> None:
    until = NOON + after + days * DAY
    pauses.pause(request.on(BRAM, after=after), reason=reason, until=until, text="We wait for the permit.")


def state(request: RequestBuilder) -> Any:
    """Return the row's state, which the timeline tells as well."""
    told = timeline.state_of(request.row)
    assert timeline.replay(list(RequestEvent.objects.filter(request_id=request.id))) == told
    return told


def last(request: RequestBuilder) -> RequestEvent:
    return RequestEvent.objects.filter(request_id=request.id).order_by("seq").last()  # type: ignore[return-value]


def test_a_target_in_calendar_days_moves_by_the_time_that_went_by(city: CityBuilder) -> None:
    request = city.report("STREETLIGHT")
    before = state(request).target_at
    paused(request)
    assert state(request).target_at == before + 5 * DAY
    pauses.resume(request.on(BRAM, after=2 * DAY))
    after = state(request)
    assert after.target_at == before + 2 * DAY
    assert after.unpaused_target_at == before
    assert after.paused_seconds == (2 * DAY).total_seconds()
    assert (after.paused_at, after.paused_until, after.pause_reason) == (None, None, "")


def test_one_in_working_days_moves_by_the_working_days_and_ends_at_closing(city: CityBuilder) -> None:
    request = city.report("POTHOLE")  # on a Tuesday; Thursday and Friday are free
    before = state(request).target_at
    paused(request, days=10)
    pauses.resume(request.on(BRAM, after=7 * DAY))
    after = state(request).target_at
    assert after == before + 3 * DAY, "Wednesday, Monday and Tuesday went by"


def test_by_its_limit_it_goes_on_by_itself_and_not_a_second_later(city: CityBuilder) -> None:
    request = city.report("STREETLIGHT")
    before = state(request).target_at
    paused(request)
    assert pauses.resume_due(jurisdiction_id=city.id, now=NOON + 5 * DAY - timedelta(seconds=1)) == 0
    assert pauses.resume_due(jurisdiction_id=city.id, now=NOON + 9 * DAY) == 1
    assert pauses.resume_due(jurisdiction_id=city.id, now=NOON + 9 * DAY) == 0
    assert state(request).target_at == before + 5 * DAY
    assert state(request).paused_seconds == (5 * DAY).total_seconds()
    assert last(request).facts["why"] == "limit"


def test_an_answer_ends_the_wait_for_it_and_no_other(city: CityBuilder) -> None:
    for reason, stands in (("resident", False), ("permit", True)):
        request = city.report()
        paused(request, reason=reason, days=3)
        act.answer(request.on(timeline.REPORTER, after=DAY), text="It is behind the gate.")
        assert (state(request).paused_at is not None) == stands


def test_the_target_of_a_rule_moves_in_its_own_unit(city: CityBuilder) -> None:
    """On a Tuesday, and Thursday and Friday are free: a week is three working days, and seven by the calendar."""
    publish(
        city,
        {"when": {"services": ["POTHOLE"]}, "then": {"target": {"value": 20, "unit": "calendar_days"}}},
        {"when": {"services": ["STREETLIGHT"]}, "then": {"target": {"value": 9, "unit": "working_days"}}},
    )
    for service, later in (("POTHOLE", 7), ("STREETLIGHT", 5)):  # three working days from a Wednesday end on a Monday
        request = city.report(service)
        before = state(request).target_at
        paused(request, days=10)
        pauses.resume(request.on(BRAM, after=7 * DAY))
        assert state(request).target_at == before + later * DAY, service


def test_what_is_late_is_not_rescued(city: CityBuilder) -> None:
    request = city.report()
    late = request.row.target_at - NOON + timedelta(minutes=1)
    with pytest.raises(MoveRefused, match="cannot rescue"):
        paused(request, after=late)


@pytest.mark.parametrize("end", [lambda r: r.closed(after=2 * DAY), lambda r: act.withdraw(r.on(BRAM, after=2 * DAY))])
def test_the_end_of_the_request_is_the_end_of_the_pause(
    city: CityBuilder, end: Callable[[RequestBuilder], object]
) -> None:
    request = city.report()
    paused(request)
    end(request)
    ended = state(request)
    assert ended.paused_at is None
    assert ended.paused_seconds == (2 * DAY).total_seconds()
    assert ended.closed_at < ended.target_at, "it ended while its clock stood still: in time"
    assert pauses.resume_due(jurisdiction_id=city.id, now=NOON + 99 * DAY) == 0


def test_a_reason_lasts_so_long_in_all_however_often(city: CityBuilder) -> None:
    request = city.report("STREETLIGHT")
    paused(request, reason="weather", days=6)
    pauses.resume(request.on(BRAM, after=6 * DAY))
    with pytest.raises(BadInput, match="14 days in all; 8 are left"):
        paused(request, reason="weather", days=9, after=6 * DAY)
    paused(request, reason="parts", days=9, after=6 * DAY)


@pytest.mark.parametrize(
    ("reason", "days", "text", "why"),
    [
        ("holiday", 1, "We rest.", "Choose why"),
        ("", 1, "We rest.", "Choose why"),
        ("permit", -1, "Before.", "must lie ahead"),
        ("permit", 62, "Long.", "60 days in all"),
        ("permit", 1, " ", "plain words"),
    ],
)
def test_a_pause_that_says_too_little_or_wants_too_much(
    city: CityBuilder, reason: str, days: int, text: str, why: str
) -> None:
    request = city.report()
    with pytest.raises(BadInput, match=why):
        pauses.pause(request.on(BRAM), reason=reason, until=NOON + days * DAY, text=text)
    assert state(request).paused_at is None


def test_twice_at_once_without_a_target_and_after_the_end_it_cannot_be(city: CityBuilder) -> None:
    request = city.report()
    paused(request)
    with pytest.raises(MoveRefused, match="already"):
        paused(request)
    pauses.resume(request.on(BRAM))
    with pytest.raises(MoveRefused, match="running"):
        pauses.resume(request.on(BRAM))
    with pytest.raises(MoveRefused, match="closed"):
        paused(city.report().closed())
    untimed = city.report("ENCAMPMENT")
    with pytest.raises(MoveRefused, match="no target"):
        pauses.pause(untimed.on(DUNYA), reason="permit", until=NOON + DAY, text="We wait.")


@pytest.mark.parametrize("actor", [DUNYA, NILS, timeline.REPORTER])
def test_only_who_works_on_it_lets_the_clock_stand_still(city: CityBuilder, actor: timeline.Actor) -> None:
    request = city.report()
    with pytest.raises(NotAllowed):
        pauses.pause(request.on(actor), reason="permit", until=NOON + DAY, text="No.")


def test_another_service_counts_its_target_anew_with_what_the_clock_stood_still(city: CityBuilder) -> None:
    request, unpaused = city.report(), city.report()
    paused(request)
    for one in (request, unpaused):
        act.change_service(one.on(BRAM, after=2 * DAY), code="STREETLIGHT")
    assert state(request).unpaused_target_at == state(unpaused).target_at
    assert state(request).target_at == state(unpaused).target_at + 5 * DAY
    pauses.resume(request.on(BRAM, after=3 * DAY))
    assert state(request).target_at == state(unpaused).target_at + 3 * DAY


def test_a_city_names_its_own_reasons(city: CityBuilder) -> None:
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings["pauses"] = [{"code": "flood", "days": 3, "name": {"en": "waiting for the water to fall"}}]
    row.catalogue_version += 1
    row.save()
    request = city.report()
    with pytest.raises(BadInput, match="Choose why"):
        paused(request, reason="permit")
    paused(request, reason="flood", days=2)
    assert state(request).pause_reason == "flood"


def test_every_city_is_looked_at_when_the_time_comes(city: CityBuilder, other_city: CityBuilder) -> None:
    paused(city.report(), days=0.5)
    with clock.standing_at(datetime.fromisoformat("2026-12-24T12:00:00+00:00")):
        assert pauses.resume_all()[city.id] == 1
