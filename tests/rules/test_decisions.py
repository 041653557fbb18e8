"""What each verb refuses and what it changes, case by case; the properties over all of them are beside this."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ombud.kernel.errors import BadInput
from ombud.service_requests.rules import decisions
from ombud.service_requests.rules.decisions import TRIAGE_UNIT, Decision, MoveRefused, NewRoute
from ombud.service_requests.rules.lifecycle import DONE, MOVES, Kind, Outcome, State, Status, applied

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = State(service_code="POTHOLE", service_version=2, agency="STREETS", assignee_id=7, unit="crew-1")
BOOKED = replace(OPEN, status=Status.SCHEDULED, scheduled_from=NOW, scheduled_to=NOW + DAY)
CLOSED = replace(
    BOOKED, status=Status.CLOSED, outcome=Outcome.REFERRED_TO, closed_at=NOW, closed_by_id=7, referred_to="STATE"
)
WITHDRAWN = replace(OPEN, status=Status.WITHDRAWN, closed_at=NOW)
GOOD: dict[str, Any] = {"outcome": Outcome.FIXED, "allowed": frozenset(Outcome), "at": NOW, "closer_id": 7}
SERVICE: dict[str, Any] = {
    "version": 3,
    "route": NewRoute("STREETS"),
    "visibility": "public",
    "targets": {"target_at": NOW},
}


def test_the_map_is_this_one() -> None:
    """Spelled out, so that a way that is lost or opened is seen here."""
    said = {status.value: "".join(sorted(to.value[0] for to in MOVES[status])) for status in Status}
    assert said == {
        "received": "acosw",
        "accepted": "cosw",
        "scheduled": "acow",
        "on_list": "acsw",
        "closed": "a",
        "withdrawn": "",
    }
    assert frozenset({"fixed", "made_safe"}) == DONE


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ("unit", lambda: decisions.assign(OPEN, assignee_id=1, unit="crew-9", units={"crew-2"})),
        ("scheduled_to", lambda: decisions.schedule(OPEN, start=NOW, end=NOW)),
        ("programme", lambda: decisions.put_on_list(OPEN, programme="x", known={"p"}, position=1)),
        ("position", lambda: decisions.put_on_list(OPEN, programme="p", known={"p"}, position=0)),
        ("position", lambda: decisions.put_on_list(OPEN, programme="p", known={"p"}, position=1_000_000)),
        ("outcome", lambda: decisions.close(OPEN, **GOOD | {"allowed": frozenset({Outcome.MADE_SAFE})})),
        ("outcome", lambda: decisions.close(OPEN, **GOOD | {"outcome": Outcome.UNSTATED})),
        ("outcome", lambda: decisions.close(OPEN, **GOOD | {"outcome": Outcome.WAITING_LIST})),
        ("referred_to", lambda: decisions.close(OPEN, **GOOD | {"outcome": Outcome.REFERRED_TO})),
        ("duplicate_of", lambda: decisions.close(OPEN, **GOOD | {"outcome": Outcome.DUPLICATE_OF})),
        ("photo", lambda: decisions.close(OPEN, **GOOD, photo_needed=True)),
        ("agency", lambda: decisions.transfer(OPEN, agency="STREETS")),
        ("service", lambda: decisions.change_service(OPEN, code="POTHOLE", **SERVICE)),
        ("reason", lambda: decisions.send_back(OPEN, reason="bored", to="")),
        ("priority", lambda: decisions.prioritise(OPEN, priority="highest")),
        ("finding", lambda: decisions.inspect(OPEN, finding="lost")),
        ("number", lambda: decisions.join(replace(OPEN, incident_id=5), incident_id=5, joined="SP-2")),
        ("", lambda: decisions.leave(OPEN)),
        ("score", lambda: decisions.rate(CLOSED, score=0)),
        ("score", lambda: decisions.rate(CLOSED, score=4)),
    ],
)
def test_it_is_refused_at_its_field(field: str, refused: Callable[[], Decision]) -> None:
    with pytest.raises(BadInput) as said:
        refused()
    assert said.value.field == field


@pytest.mark.parametrize(
    ("allowed", "changes"),
    [
        (lambda: decisions.accept(OPEN, assignee_id=3), {"status": "accepted", "assignee_id": 3}),
        (lambda: decisions.accept(OPEN), {"status": "accepted"}),
        (lambda: decisions.assign(OPEN, assignee_id=3), {"status": "accepted", "assignee_id": 3}),
        (lambda: decisions.assign(BOOKED, assignee_id=None), {"assignee_id": None}),
        # A unit that left the list stays where it is until somebody chooses another.
        (lambda: decisions.assign(BOOKED, assignee_id=7, unit="crew-1"), {"assignee_id": 7, "unit": "crew-1"}),
        (lambda: decisions.assign(BOOKED, assignee_id=7, unit=""), {"assignee_id": 7, "unit": ""}),
        (
            lambda: decisions.assign(BOOKED, assignee_id=7, unit="crew-2", units={"crew-2"}),
            {"assignee_id": 7, "unit": "crew-2"},
        ),
        (
            lambda: decisions.schedule(BOOKED, start=NOW + DAY, end=NOW + 2 * DAY),
            {"status": "scheduled", "scheduled_from": NOW + DAY, "scheduled_to": NOW + 2 * DAY},
        ),
        (
            lambda: decisions.put_on_list(OPEN, programme="p", known={"p"}, position=999_999),
            {"status": "on_list", "outcome": "waiting_list"},
        ),
        (lambda: decisions.withdraw(replace(OPEN, awaiting_reporter=True), at=NOW),
         {"status": "withdrawn", "closed_at": NOW, "awaiting_reporter": False}),
        (
            lambda: decisions.transfer(replace(OPEN, bounces=2), agency="SANITATION"),
            {"agency": "SANITATION", "assignee_id": None, "unit": "", "bounces": 3},
        ),
        (
            lambda: decisions.change_service(OPEN, code="LAMP", **SERVICE),
            {"service_code": "LAMP", "service_version": 3, "visibility": "public", "target_at": NOW},
        ),
        (
            lambda: decisions.change_service(OPEN, code="LAMP", **SERVICE | {"route": NewRoute("LIGHTS")}),
            {
                "service_code": "LAMP", "service_version": 3, "visibility": "public", "target_at": NOW,
                "agency": "LIGHTS", "assignee_id": None, "unit": "", "bounces": 1,
            },
        ),
        (
            lambda: decisions.change_service(OPEN, code="LAMP", **SERVICE | {"route": NewRoute("STREETS", "NORTH", 9)}),
            {
                "service_code": "LAMP", "service_version": 3, "visibility": "public", "target_at": NOW,
                "assignee_id": 9, "unit": "NORTH",
            },
        ),
        (
            lambda: decisions.correct_place(
                OPEN, place_id=4, route=NewRoute("LIGHTS", "NORTH"), targets={"target_at": NOW}
            ),
            {"place_id": 4, "target_at": NOW, "agency": "LIGHTS", "unit": "NORTH", "assignee_id": None, "bounces": 1},
        ),
        (
            lambda: decisions.send_back(OPEN, reason="other_area", to="CITY"),
            {"agency": "CITY", "unit": TRIAGE_UNIT, "assignee_id": None, "bounces": 1},
        ),
        # What was sent back was counted then.
        (
            lambda: decisions.transfer(replace(OPEN, bounces=1, unit=TRIAGE_UNIT), agency="SANITATION"),
            {"agency": "SANITATION", "assignee_id": None, "unit": "", "bounces": 1},
        ),
        (lambda: decisions.ask(OPEN), {"awaiting_reporter": True}),
        (lambda: decisions.join(OPEN, incident_id=5, joined="SP-2"), {"incident_id": 5}),
        (lambda: decisions.leave(replace(OPEN, incident_id=5)), {"incident_id": None}),
        (lambda: decisions.rate(CLOSED, score=1), {}),
        (lambda: decisions.rate(CLOSED, score=3), {}),
    ],
)  # fmt: skip
def test_it_changes_this_and_nothing_else(allowed: Callable[[], Decision], changes: dict[str, Any]) -> None:
    assert allowed().changes == changes


@pytest.mark.parametrize("outcome", [Outcome.MADE_SAFE, Outcome.NOTHING_FOUND])
def test_a_photo_is_asked_for_only_where_it_is_said_to_be_fixed(outcome: Outcome) -> None:
    assert decisions.close(OPEN, **GOOD | {"outcome": outcome}, photo_needed=True).kind is Kind.CLOSED
    assert decisions.close(OPEN, **GOOD, photo_needed=True, has_photo=True).kind is Kind.CLOSED


def test_a_closing_writes_down_how_and_by_whom() -> None:
    decision = decisions.close(replace(OPEN, awaiting_reporter=True), **GOOD | {"outcome": Outcome.DUPLICATE_OF},
                               duplicate_of="SP-1")  # fmt: skip
    after = applied(replace(OPEN, awaiting_reporter=True), decision.changes)
    assert (after.status, after.outcome, after.closed_at, after.closed_by_id) == ("closed", "duplicate_of", NOW, 7)
    assert not after.awaiting_reporter
    assert decision.facts == {"duplicate_of": "SP-1"}


@pytest.mark.parametrize(("days", "by_reporter", "opens"), [(14, True, True), (15, True, False), (900, False, True)])
def test_a_reporter_has_the_services_days_to_say_that_it_is_not_fixed(
    days: int, by_reporter: bool, opens: bool
) -> None:
    def reopen() -> Decision:
        return decisions.reopen(CLOSED, by_reporter=by_reporter, at=NOW + days * DAY, not_fixed_days=14)

    if not opens:
        with pytest.raises(MoveRefused, match="more than 14 days"):
            reopen()
        return
    after = applied(CLOSED, reopen().changes)
    assert (after.status, after.outcome, after.closed_at, after.referred_to) == ("accepted", None, None, "")
    assert (after.scheduled_from, after.scheduled_to, after.reopened) == (None, None, 1)
    assert after.assignee_id is None, "whoever closed it has it again"


def test_reopened_it_stays_with_an_assignee_who_did_not_close_it() -> None:
    decision = decisions.reopen(replace(CLOSED, closed_by_id=8), by_reporter=True, at=NOW, not_fixed_days=14)
    assert decision.changes["assignee_id"] == 7
    assert decision.facts == {"closed_as": "referred_to", "not_fixed": True, "closed_by": 8}


def test_an_answer_ends_the_waiting_and_else_it_is_a_comment() -> None:
    assert decisions.answer(OPEN).kind is Kind.COMMENTED
    answered = decisions.answer(replace(OPEN, awaiting_reporter=True))
    assert (answered.kind, answered.changes) == (Kind.ANSWERED, {"awaiting_reporter": False})


@pytest.mark.parametrize("ended", [CLOSED, WITHDRAWN], ids=["closed", "withdrawn"])
@pytest.mark.parametrize(
    "verb",
    [
        lambda s: decisions.accept(s),
        lambda s: decisions.assign(s, assignee_id=1),
        lambda s: decisions.schedule(s, start=NOW, end=NOW + DAY),
        lambda s: decisions.put_on_list(s, programme="p", known={"p"}, position=None),
        lambda s: decisions.close(s, **GOOD),
        lambda s: decisions.withdraw(s, at=NOW),
        lambda s: decisions.transfer(s, agency="SANITATION"),
        lambda s: decisions.change_service(s, code="LAMP", **SERVICE),
        lambda s: decisions.prioritise(s, priority="low"),
        lambda s: decisions.move_promise(s, expected_from=NOW, expected_to=NOW),
        lambda s: decisions.inspect(s, finding="confirmed"),
        lambda s: decisions.ask(s),
    ],
)
def test_what_ended_is_left_alone(verb: Callable[[State], Decision], ended: State) -> None:
    with pytest.raises(MoveRefused):
        verb(ended)


def test_only_what_is_closed_is_opened_again_and_only_what_ended_is_rated() -> None:
    for state in (OPEN, WITHDRAWN):
        with pytest.raises(MoveRefused, match="Only a closed"):
            decisions.reopen(state, by_reporter=False, at=NOW, not_fixed_days=14)
    with pytest.raises(MoveRefused, match="not closed yet"):
        decisions.rate(OPEN, score=2)
