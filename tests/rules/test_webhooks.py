"""Webhooks as pure rules: signatures, what an answer means, how long it is tried, who wants what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from ombud.connect.webhooks.rules import signing
from ombud.connect.webhooks.rules.trying import (
    LONGEST_HOLD,
    LONGEST_WISH,
    TRIED_FOR,
    WAITS,
    Gone,
    Refused,
    Taken,
    held_until,
    judged,
    next_try,
)
from ombud.connect.webhooks.rules.wanted import Wanted, before_and_now, wants
from ombud.opendata.rules.public_event import HIDDEN

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DICE = st.floats(0, 1)


@given(st.binary(min_size=24, max_size=64), st.text(), st.integers(0, 10**12))
def test_a_signature_is_what_the_specifications_own_library_expects(secret: bytes, text: str, n: int) -> None:
    body = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
    headers = signing.headers(f"evt_{n}", datetime.now(UTC), body, [secret])
    Webhook(signing.shown(secret)).verify(body, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.shown(secret)).verify(body + b" ", headers, json_parse=False)


def test_during_a_rotation_either_secret_fits_and_no_third() -> None:
    new, old, other = (bytes([n]) * 32 for n in (1, 2, 3))
    headers = signing.headers("evt_1", datetime.now(UTC), b"{}", [new, old])
    for secret in (new, old):
        Webhook(signing.shown(secret)).verify(b"{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.shown(other)).verify(b"{}", headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_two_hundred_and_what_is_like_it_is_taken(status: int) -> None:
    assert judged(status, {"retry-after": "60"}, now=NOON) == Taken()


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 307, 400, 401, 404, 409, 422, 500, 502, 504, 599])
def test_everything_else_is_tried_again(status: int) -> None:
    assert judged(status, {"retry-after": "60"}, now=NOON) == Refused()


def test_gone_is_gone() -> None:
    assert judged(410, {}, now=NOON) == Gone()


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 7 ", timedelta(seconds=7)),
        ("Tue, 24 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Tue, 24 Nov 2026 12:05:00", timedelta(minutes=5)),
        ("999999999999999999999", None),
        ("86400000", LONGEST_WISH),
        ("Fri, 24 Nov 2028 12:00:00 GMT", LONGEST_WISH),
        *((said, None) for said in ("", "0", "-5", "soon", "Tue, 24 Nov 2026 11:00:00 GMT", "1.5", "32 Nov")),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_wish_to_be_left_alone(said: str, wait: timedelta | None, status: int) -> None:
    assert judged(status, {"retry-after": said}, now=NOON) == Refused(wait)


@given(st.lists(DICE, min_size=40, max_size=40))
def test_what_is_always_refused_is_tried_for_three_days_and_then_given_up(dice: list[float]) -> None:
    now, tries = NOON, 1
    while again := next_try(tries, created_at=NOON, now=now, dice=dice[tries]):
        assert now < again <= NOON + TRIED_FOR
        now, tries = again, tries + 1
    assert now == NOON + TRIED_FOR
    assert 10 <= tries <= 13


@given(st.integers(1, 30), DICE)
def test_waits_grow_and_are_spread_by_a_fifth(failures: int, dice: float) -> None:
    again = next_try(failures, created_at=NOON, now=NOON, dice=dice)
    wait = WAITS[min(failures, len(WAITS)) - 1]
    assert again is not None
    assert NOON + wait * 0.8 <= again <= NOON + wait * 1.2
    assert list(WAITS) == sorted(WAITS)


@given(st.integers(0, 100), DICE)
def test_an_endpoint_is_left_alone_from_the_third_failure_on_an_hour_at_most(failures: int, dice: float) -> None:
    until = held_until(failures, now=NOON, dice=dice)
    assert (until is None) == (failures < 3)
    assert until is None or NOON < until <= NOON + LONGEST_HOLD * 1.2
    assert held_until(failures, now=NOON, dice=dice, wish=timedelta(hours=5)) == NOON + timedelta(hours=5)


ROADS = Wanted(names=frozenset({"closed"}), services=frozenset({"POTHOLE"}), agencies=frozenset({"STREETS"}))


@pytest.mark.parametrize(
    ("wanted", "name", "services", "agencies", "answer"),
    [
        (Wanted(), "closed", {"X"}, {"Y"}, True),
        (ROADS, "closed", {"POTHOLE"}, {"STREETS"}, True),
        (ROADS, "submitted", {"POTHOLE"}, {"STREETS"}, False),
        (ROADS, "closed", {"TREE"}, {"STREETS"}, False),
        (ROADS, "closed", {"POTHOLE"}, {"PARKS"}, False),
        (ROADS, "closed", {"TREE", "POTHOLE"}, {"PARKS", "STREETS"}, True),
        (ROADS, HIDDEN, {"POTHOLE"}, {"STREETS"}, False),
        (Wanted(services=frozenset({"POTHOLE"})), HIDDEN, {"SECRET"}, {"PARKS"}, True),
    ],
)
def test_who_wants_what(wanted: Wanted, name: str, services: set[str], agencies: set[str], answer: bool) -> None:
    assert wants(wanted, name=name, services=services, agencies=agencies) is answer


@pytest.mark.parametrize(
    ("kind", "facts", "services", "agencies"),
    [
        ("submitted", {}, {"POTHOLE"}, {"STREETS"}),
        ("transferred", {"before": "PARKS"}, {"POTHOLE"}, {"STREETS", "PARKS"}),
        ("service_changed", {"before": "TREE", "before_agency": "PARKS"}, {"POTHOLE", "TREE"}, {"STREETS", "PARKS"}),
        ("service_changed", {}, {"POTHOLE"}, {"STREETS"}),
        ("promise_moved", {"before": "2026-11-24"}, {"POTHOLE"}, {"STREETS"}),
    ],
)
def test_where_it_came_from_counts_too(
    kind: str, facts: dict[str, object], services: set[str], agencies: set[str]
) -> None:
    assert before_and_now(kind, facts, service="POTHOLE", agency="STREETS") == (services, agencies)
