"""Whatever is tried, the status follows the map, and a decision is either whole or refused."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import OmbudError
from ombud.service_requests.rules import decisions
from ombud.service_requests.rules.decisions import NewRoute
from ombud.service_requests.rules.lifecycle import ENDED, MOVES, Kind, Outcome, State, Status, applied, written

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
BEGUN = applied(State(), {"service_code": "POTHOLE", "agency": "STREETS", "requested_at": NOW})
ANY = frozenset(Outcome)


def _close(state: State, n: int) -> decisions.Decision:
    outcome = list(Outcome)[n % len(Outcome)]
    return decisions.close(
        state,
        outcome=outcome,
        allowed=ANY if n % 3 else frozenset({Outcome.FIXED}),
        at=NOW + timedelta(hours=n),
        closer_id=n % 4,
        referred_to="STATE" if n % 2 else "",
        duplicate_of="SP-1" if n % 2 else "",
        photo_needed=n % 5 == 0,
        has_photo=n % 7 == 0,
    )


TRIES: dict[str, Any] = {
    "accept": lambda s, n: decisions.accept(s, assignee_id=n % 4 or None),
    "assign": lambda s, n: decisions.assign(s, assignee_id=n % 4 or None),
    "schedule": lambda s, n: decisions.schedule(s, start=NOW, end=NOW + timedelta(hours=n - 3)),
    "put_on_list": lambda s, n: decisions.put_on_list(s, programme="p", known={"p"}, position=1),
    "close": _close,
    "reopen": lambda s, n: decisions.reopen(s, by_reporter=n % 2 == 0, at=NOW + timedelta(days=n), not_fixed_days=14),
    "withdraw": lambda s, n: decisions.withdraw(s, at=NOW),
    "transfer": lambda s, n: decisions.transfer(s, agency=("STREETS", "SANITATION")[n % 2]),
    "change_service": lambda s, n: decisions.change_service(
        s,
        code=("POTHOLE", "LAMP")[n % 2],
        version=1,
        route=NewRoute("STREETS"),
        visibility="public",
        targets={"target_at": None},
    ),
    "send_back": lambda s, n: decisions.send_back(
        s, reason=("other_area", "bored")[n % 2], to=("", "SANITATION")[n % 2]
    ),
    "correct_place": lambda s, n: decisions.correct_place(
        s, place_id=n, route=NewRoute("STREETS", unit=("", "NORTH")[n % 2]), targets={"target_at": None}
    ),
    "prioritise": lambda s, n: decisions.prioritise(s, priority=("low", "highest")[n % 2]),
    "move_promise": lambda s, n: decisions.move_promise(s, expected_from=NOW, expected_to=NOW),
    "inspect": lambda s, n: decisions.inspect(s, finding=("confirmed", "lost")[n % 2]),
    "ask": lambda s, n: decisions.ask(s),
    "answer": lambda s, n: decisions.answer(s),
    "join": lambda s, n: decisions.join(s, incident_id=n % 3 + 1, joined="SP-2"),
    "leave": lambda s, n: decisions.leave(s),
    "rate": lambda s, n: decisions.rate(s, score=n % 5),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(TRIES)), st.integers(0, 20)), max_size=40))
def test_whatever_is_tried_the_status_follows_the_map(tries: list[tuple[str, int]]) -> None:
    state = BEGUN
    for verb, n in tries:
        try:
            decision = TRIES[verb](state, n)
        except OmbudError:
            continue
        after = applied(state, decision.changes)
        assert after.status is state.status or after.status in MOVES[state.status]
        # What the database checks too: an end has a time and, but for a withdrawal, an outcome.
        assert (after.closed_at is not None) == (after.status in ENDED)
        assert after.outcome is not None or after.status is not Status.CLOSED
        assert after.bounces >= state.bounces
        assert after.reopened >= state.reopened
        state = after


@given(st.lists(st.tuples(st.sampled_from(sorted(TRIES)), st.integers(0, 20)), max_size=20))
def test_a_decision_written_down_and_read_again_says_the_same(tries: list[tuple[str, int]]) -> None:
    state = again = BEGUN
    for verb, n in tries:
        try:
            decision = TRIES[verb](state, n)
        except OmbudError:
            continue
        state = applied(state, decision.changes)
        again = applied(again, json.loads(json.dumps(written(decision.changes))))
        json.dumps(decision.facts)
        assert again == state


@pytest.mark.parametrize("verb", sorted(TRIES))
def test_nothing_but_these_can_be_done_to_what_has_ended(verb: str) -> None:
    closed = applied(BEGUN, decisions.close(BEGUN, outcome=Outcome.FIXED, allowed=ANY, at=NOW, closer_id=1).changes)
    withdrawn = applied(BEGUN, decisions.withdraw(BEGUN, at=NOW).changes)
    for ended, possible in (
        (closed, {"reopen", "answer", "join", "rate"}),
        (withdrawn, {"answer", "join", "rate"}),
    ):
        done = False
        for n in range(21):
            try:
                TRIES[verb](ended, n)
                done = True
            except OmbudError:
                pass
        assert done == (verb in possible)


def test_every_status_can_be_reached_and_only_two_are_ends() -> None:
    reached = {Status.RECEIVED}.union(*MOVES.values())
    assert reached == set(Status) == set(MOVES)
    assert {s for s in Status if applied(State(), {"status": s}).is_open} == set(Status) - ENDED


@pytest.mark.parametrize("outcome", [Outcome.UNSTATED, Outcome.WAITING_LIST])
def test_an_unstated_end_and_a_waiting_list_are_no_closing(outcome: Outcome) -> None:
    with pytest.raises(OmbudError):
        decisions.close(BEGUN, outcome=outcome, allowed=ANY, at=NOW, closer_id=1)


@given(st.integers(0, 60), st.integers(0, 30))
def test_a_reporter_may_say_not_fixed_within_the_days_of_the_service(after: int, days: int) -> None:
    closed = applied(BEGUN, decisions.close(BEGUN, outcome=Outcome.FIXED, allowed=ANY, at=NOW, closer_id=7).changes)
    ask = {"at": NOW + timedelta(days=after), "not_fixed_days": days}
    assert decisions.reopen(closed, by_reporter=False, **ask).kind is Kind.REOPENED
    if after <= days:
        assert decisions.reopen(closed, by_reporter=True, **ask).facts["not_fixed"]
    else:
        with pytest.raises(decisions.MoveRefused):
            decisions.reopen(closed, by_reporter=True, **ask)


@given(st.none() | st.integers(1, 3), st.none() | st.integers(1, 3))
def test_it_goes_to_someone_other_than_the_closer(assignee: int | None, closer: int | None) -> None:
    begun = applied(BEGUN, {"assignee_id": assignee})
    closed = applied(
        begun, decisions.close(begun, outcome=Outcome.FIXED, allowed=ANY, at=NOW, closer_id=closer).changes
    )
    again = applied(closed, decisions.reopen(closed, by_reporter=True, at=NOW, not_fixed_days=1).changes)
    assert again.assignee_id is None or again.assignee_id != closer
