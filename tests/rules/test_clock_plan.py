"""Who hears when: shares of a target, quiet hours, turns past midnight, and two tries before the next name."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import BadInput
from ombud.triage.clocks.rules.plan import (
    Hours,
    Paging,
    Plan,
    Watch,
    due_steps,
    next_called,
    on_duty,
    read_plan,
    read_roster,
    told_at,
    written,
)

LA = ZoneInfo("America/Los_Angeles")
TOLD: dict[str, Any] = {
    "escalation": {
        "steps": [{"share": 1.5, "to": "heads"}, {"share": 0.75, "to": "assignee"}, {"share": 1, "to": "supervisor"}],
        "quiet": {"from": "21:00", "until": "07:00"},
    },
    "paging": {"roster": "nights"},
    "rosters": {
        "nights": [{"who": "a@x.example", "days": [4], "hours": {"from": "16:00", "until": "08:00"}}],
        "heads": [{"who": "h@x.example", "hours": {"from": "00:00", "until": "23:59"}}],
    },
}
PLAN = read_plan(TOLD)
instants = st.integers(0, 400 * 24 * 60).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m))
times = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def never(day: date) -> bool:
    return False


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LA)


@pytest.mark.parametrize(
    ("hours", "steps"), [(0, 0), (7.4, 0), (7.5, 1), (10, 2), (14.9, 2), (15, 3), (31, 3), (32, 2), (99, 0)]
)
def test_a_step_comes_when_its_share_has_gone_by(hours: float, steps: int) -> None:
    assert PLAN.escalation is not None
    asked = local(24, 8)
    now = asked + timedelta(hours=hours)
    due = due_steps(PLAN.escalation, asked=asked, target=asked + timedelta(hours=10), now=now)
    whole = ["assignee", "supervisor", "heads"]
    assert [step.to for step in due] == (whole[:steps] if hours < 31.5 else whole[3 - steps :] if steps else [])


@given(instants, times, times, st.sampled_from(["low", "normal", "high", "urgent"]))
def test_nobody_is_written_to_in_quiet_hours_but_for_what_is_urgent(
    now: datetime, since: time, until: time, priority: str
) -> None:
    quiet = Hours.model_validate({"from": since, "until": until})
    told = told_at(now, quiet=quiet, priority=priority, zone=LA)
    assert now <= told <= now + timedelta(hours=26)
    if priority == "urgent" or not quiet.holds(now.astimezone(LA).time()):
        assert told == now
    else:
        assert not quiet.holds(told.astimezone(LA).time())


def test_a_turn_goes_on_past_midnight_into_a_day_that_is_not_its_own() -> None:
    nights = PLAN.rosters["nights"]  # from Friday afternoon
    there = [local(27, 16), local(27, 23, 59), local(28, 0), local(28, 7, 59)]
    away = [local(27, 15, 59), local(28, 8), local(28, 16), local(27, 0), local(29, 3)]
    assert all(on_duty(nights, now=at, zone=LA, is_holiday=never) == ["a@x.example"] for at in there)
    assert not any(on_duty(nights, now=at, zone=LA, is_holiday=never) for at in away)


@given(st.lists(st.sampled_from("abcd"), unique=True), st.integers(1, 4), st.integers(1, 60))
def test_each_is_called_so_often_in_turn_and_then_nobody_more(duty: list[str], tries: int, minutes: int) -> None:
    paging = Paging(roster="nights", tries=tries, minutes=minutes)
    now, tried = local(24, 2), []
    for _ in range(40):
        who, everybody = next_called(paging, duty, tried, now=now)
        if everybody:
            break
        assert who is not None
        tried.append((who, now))
        assert next_called(paging, duty, tried, now=now + timedelta(minutes=minutes, seconds=-1)) == (None, False)
        now += timedelta(minutes=minutes)
    assert [who for who, _ in tried] == [who for who in duty for _ in range(tries)]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"paging": {"roster": "days"}, "rosters": TOLD["rosters"]}, "no roster called days"),
        ({"escalation": {"steps": []}}, "escalation.steps"),
        ({"escalation": {"steps": [{"share": 0, "to": "assignee"}]}}, "share"),
        ({"escalation": {"steps": [{"share": 1, "to": "owls"}]}}, "no roster called owls"),
        ({"rosters": {"n": [{"who": "a", "days": [7], "hours": {"from": "1:00", "until": "2:00"}}]}}, "rosters.n.0"),
        ({"paging": {"roster": "nights", "try": 3}, "rosters": TOLD["rosters"]}, "paging.try"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_plan(told)


def test_a_city_without_a_plan_tells_nobody() -> None:
    assert read_plan({"name": {"en": "X"}}) == Plan()


def test_a_watch_that_holds_all_day_does_so() -> None:
    hours = Hours.model_validate({"from": "08:00", "until": "08:00"})
    assert not any(Watch(who="a", hours=hours).holds(local(24, hour), is_holiday=never) for hour in range(24)), (
        "no time at all"
    )


THANKSGIVING = date(2026, 11, 26)
NIGHT_TURN = {"who": "a@x.example", "hours": {"from": "18:00", "until": "06:00"}}


@pytest.mark.parametrize(
    ("more", "at", "is_theirs"),
    [
        ({}, local(26, 20), True),
        ({"holidays": "never"}, local(26, 20), False),
        ({"holidays": "never"}, local(27, 5), False),  # it began on the holiday
        ({"holidays": "never"}, local(26, 5), True),  # it began on the day before
        ({"holidays": "only"}, local(26, 20), True),
        ({"holidays": "only"}, local(27, 5), True),
        ({"holidays": "only"}, local(27, 20), False),
        ({"first": "2026-11-27"}, local(27, 5), False),
        ({"first": "2026-11-26", "last": "2026-11-26"}, local(27, 5), True),
        ({"last": "2026-11-25"}, local(26, 20), False),
        ({"days": [3]}, local(27, 5), True),
        ({"days": [4]}, local(27, 5), False),
    ],
)
def test_a_turn_belongs_to_the_day_on_which_it_begins(more: dict[str, Any], at: datetime, is_theirs: bool) -> None:
    roster = read_roster([{**NIGHT_TURN, **more}])
    found = on_duty(roster, now=at, zone=LA, is_holiday=lambda day: day == THANKSGIVING)
    assert found == (["a@x.example"] if is_theirs else [])


@pytest.mark.parametrize(
    "wrong", [{"who": ""}, {"days": []}, {"days": [7]}, {"first": "2026-11-27", "last": "2026-11-26"}, {"hours": {}}]
)
def test_a_turn_that_cannot_be_kept_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        read_roster([{**NIGHT_TURN, **wrong}])


turns = st.builds(
    dict,
    who=st.sampled_from(["a@x.example", "b@x.example"]),
    days=st.sets(st.integers(0, 6), min_size=1).map(sorted),
    hours=st.tuples(times, times).map(lambda two: {"from": two[0].isoformat(), "until": two[1].isoformat()}),
    holidays=st.sampled_from(["too", "only", "never"]),
)


@given(st.lists(turns, max_size=5), instants)
def test_what_is_kept_calls_whom_was_meant(told: list[dict[str, Any]], now: datetime) -> None:
    roster = read_roster(told)
    again = read_roster(written(roster))
    holiday = now.astimezone(LA).date()
    both = [on_duty(one, now=now, zone=LA, is_holiday=lambda day: day == holiday) for one in (roster, again)]
    assert both[0] == both[1]
    assert set(both[0]) <= {turn["who"] for turn in told}
