"""How Open311 is read and written: instants, parameters, statuses, two forms of one tree."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.connect.open311.rules import statuses
from ombud.connect.open311.rules.asked import Parameters, Wrong, decimal, point, read_asked
from ombud.connect.open311.rules.instants import read_instant, written
from ombud.connect.open311.rules.writing import write
from ombud.service_requests.rules.lifecycle import ENDED, Outcome, Status
from tests.open311 import as_texts, spark

LA = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
INSTANTS = st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1 < at.year < 9999)
READABLE = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-05-04T09:30:00Z", "2026-05-04T09:30:00+00:00"),
        ("2026-05-04T09:30:00+02:00", "2026-05-04T07:30:00+00:00"),
        ("2026-05-04T09:30:00.123456789-05:00", "2026-05-04T14:30:00.123456+00:00"),
        ("2026-05-04 09:30:00-06:00", "2026-05-04T15:30:00+00:00"),
        ("2026-05-04T09:30:00 02:00", "2026-05-04T07:30:00+00:00"),
        ("2026-05-04T09:30:00+0200", "2026-05-04T07:30:00+00:00"),
        ("2026-05-04t09:30z", "2026-05-04T09:30:00+00:00"),
        ("2026-05-04", "2026-05-04T07:00:00+00:00"),
        ("2026-05-04T09:30:00", "2026-05-04T16:30:00+00:00"),
    ],
)
def test_an_instant_is_read_as_clients_write_it(text: str, meant: str) -> None:
    assert read_instant(text, zone=LA) == datetime.fromisoformat(meant)


def test_the_end_of_a_day_is_its_last_instant() -> None:
    # The day on which clocks go back has 25 hours.
    assert written(read_instant("2026-11-01", zone=LA, last=True)) == "2026-11-02T07:59:59Z"


@pytest.mark.parametrize(
    "text",
    [
        "30 February",
        "2026-02-30",
        "0000-01-01",
        "2026-05-04T25:00:00Z",
        "2026-05-04T09:30:00+99:99",
        "",
        "now",
        "9999-12-31T23:59:59-12:00",
        "2026-05-0\u0664",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_instant(text, zone=LA)


@given(INSTANTS)
def test_what_we_write_we_read(at: datetime) -> None:
    assert read_instant(written(at), zone=LA) == at.replace(microsecond=0)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_instants_or_numbers(text: str) -> None:
    sent = Parameters.of([("lat", [text]), ("long", [text]), ("start_date", [text]), ("page", [text])], [])
    for read in (
        lambda: decimal(sent, "lat"),
        lambda: point(sent),
        lambda: read_asked(sent, zone=LA, now=NOW),
    ):
        with suppress(Wrong):
            read()


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2027, 1, 1)), st.integers(0, 200))
def test_spans_of_up_to_ninety_days_are_taken(first: date, days: int) -> None:
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = start + timedelta(days=days)
    sent = Parameters.of([("start_date", [written(start)]), ("end_date", [written(end)])], [])
    if days <= 90:
        asked = read_asked(sent, zone=LA, now=NOW)
        assert (asked.since, asked.until) == (start, end)
    else:
        with pytest.raises(Wrong, match="90 days"):
            read_asked(sent, zone=LA, now=NOW)


def test_the_body_wins_and_empty_says_nothing() -> None:
    sent = Parameters.of([("a", ["1"]), ("b", [" "]), ("c", ["x", "y,z"])], [("a", ["2"]), ("d", [""])])
    assert (sent.one("a"), sent.one("b"), sent.many("c"), sent.one("d")) == ("2", "", ("x", "y", "z"), "")


@given(st.sampled_from([*statuses.CLOSING, *statuses.OPENING, statuses.UNCHANGED]), st.sampled_from(Status))
def test_a_word_closes_opens_or_leaves(word: str, now: Status) -> None:
    status, outcome = statuses.told(word, now=now)
    if word in statuses.CLOSING:
        assert (status, outcome) == (Status.CLOSED, statuses.CLOSING[word])
    elif word == statuses.UNCHANGED:
        assert status is None
    elif now in ENDED:
        assert status is Status.ACCEPTED
    else:
        assert status != now
        assert status not in ENDED


@given(st.sampled_from(Status), st.sampled_from([None, *Outcome]))
def test_every_state_has_a_word_that_agrees_with_its_two_fold_status(status: Status, outcome: Outcome | None) -> None:
    word = statuses.finer(status, outcome or "")
    assert (word in statuses.CLOSING) == (statuses.projected(status) == "closed")


LEAVES = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(READABLE, max_size=20)
REQUESTS = st.lists(
    st.fixed_dictionaries(
        {
            "service_request_id": st.text(READABLE, min_size=1, max_size=12),
            "description": LEAVES,
            "lat": st.none() | st.floats(-90, 90),
            "extended_attributes": st.fixed_dictionaries(
                {"channel": LEAVES, "media_urls": st.lists(st.text(READABLE, min_size=1, max_size=9), max_size=3)}
            ),
            "attributes": st.lists(st.fixed_dictionaries({"code": LEAVES, "value": LEAVES}), max_size=3),
        }
    ),
    max_size=4,
)


@given(REQUESTS)
def test_json_and_xml_of_the_same_records_are_equal(requests: list[dict[str, Any]]) -> None:
    as_json, as_xml = (write("service_requests", requests, form) for form in ("json", "xml"))  # type: ignore[arg-type]
    assert spark(as_xml) == as_texts(json.loads(as_json))


@given(st.text(max_size=40))
def test_any_text_at_all_can_be_written_in_both_forms(text: str) -> None:
    tree = [{"description": text}]
    in_json = json.loads(write("service_requests", tree, "json"))[0]["description"]
    in_xml = spark(write("service_requests", tree, "xml"))[0]["description"] or ""
    # Whoever reads XML reads every line end as one character.
    assert in_xml == in_json.replace("\r\n", "\n").replace("\r", "\n")
