"""The event feed: public facts only, in an order that never changes, for those who read on from a cursor."""

import base64
import contextlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import BadInput
from ombud.opendata import events
from ombud.service_requests import feed
from ombud.service_requests.commands import act
from ombud.service_requests.timeline import REPORTER
from tests.builders import BRAM, GUS, CityBuilder
from tests.receiver import receiving
from tests.webhooks import Worker, listen_at

ADA = {"name": "Ada", "email": "ada@mail.example"}


@pytest.fixture(autouse=True)
def _all_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    # A test is one transaction that is never over, and nothing it wrote would be settled.
    monkeypatch.setattr(feed.commit_order, "settled", lambda: 2**62)


def read(after: str = "", *, city: str = "springfield", **asked: Any) -> dict[str, Any]:
    answer = Client().get(f"/{city}/api/v1/events", {"after": after, **asked})
    assert answer.status_code == 200, answer.content
    return answer.json()


def types(page: dict[str, Any]) -> list[str]:
    return [event["type"].removeprefix("service_request.") for event in page["events"]]


def test_what_happened_is_read_in_order_and_once(city: CityBuilder) -> None:
    hole = city.report().accepted()
    first = read()
    assert types(first) == ["submitted", "accepted"]
    assert (first["more"], first["events"][0]["data"]["service_request_id"]) == (False, hole.number)
    again = read(first["cursor"])
    assert again == {"events": [], "cursor": first["cursor"], "more": False}
    hole.closed("fixed")
    assert types(read(first["cursor"])) == ["closed"]


def test_pages_follow_each_other(city: CityBuilder) -> None:
    for _ in range(5):
        city.report().accepted()
    seen, cursor, more = [], "", True
    while more:
        page = read(cursor, limit=3)
        seen += [event["id"] for event in page["events"]]
        cursor, more = page["cursor"], page["more"]
    assert len(seen) == len(set(seen)) == 10
    assert seen == [event["id"] for event in read()["events"]]


def test_now_begins_at_the_end(city: CityBuilder) -> None:
    city.report()
    page = read("now")
    assert page["events"] == []
    assert read(page["cursor"])["events"] == []


def test_an_event_is_the_same_as_the_body_of_its_webhook(city: CityBuilder) -> None:
    with receiving() as receiver:
        listen_at(receiver)
        hole = city.report()
        act.schedule(hole.on(BRAM), start=hole.on(BRAM).at, end=hole.on(BRAM, after=timedelta(hours=2)).at)
        act.transfer(hole.on(GUS), agency="SANITATION", text="Yours.")
        Worker().work()
        assert receiver.types() == ["submitted", "scheduled", "transferred"]
        assert [came for _, came in receiver.taken] == read()["events"]


def test_nothing_of_hidden_requests_is_read_nor_anything_that_is_not_public(city: CityBuilder) -> None:
    for service in ("BULKY", "BARKING"):
        city.report(service, description="canary", **ADA).closed("fixed", by=GUS)
    hole = city.report(description="canary", **ADA)
    act.note(hole.on(BRAM), text="canary")
    act.reply(hole.on(BRAM), text="canary", question=True)
    act.answer(hole.on(REPORTER), text="canary")
    hole.closed("fixed", text="canary")
    page = read()
    assert types(page) == ["submitted", "closed"]
    assert not any(word in json.dumps(page) for word in ("canary", "Ada", "ada@"))


def test_a_request_that_was_hidden_leaves_its_number_and_no_more(city: CityBuilder) -> None:
    hole = city.report().accepted()
    act.change_service(hole.on(GUS), code="BARKING", text="The dog.")
    hole.closed("fixed", by=GUS)
    page = read()
    assert types(page) == ["hidden"]
    assert page["events"][0]["data"] == {"jurisdiction_id": "springfield", "service_request_id": hole.number}


def test_another_citys_events_are_not_there(city: CityBuilder, other_city: CityBuilder) -> None:
    city.report()
    assert read(city=other_city.id)["events"] == []


def test_behind_many_that_are_not_public_a_page_may_be_short_and_the_cursor_goes_on(
    city: CityBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_LOOKED_AT", 4)
    for _ in range(6):
        city.report("BARKING", **ADA)
    city.report()
    pages = [read(limit=2)]
    while pages[-1]["more"]:
        pages.append(read(pages[-1]["cursor"], limit=2))
    assert len(pages) > 1
    assert [kind for page in pages for kind in types(page)] == ["submitted"]


@pytest.mark.parametrize(
    "asked",
    [
        *({"after": text} for text in ("x", "é", "\x00", "MS4xLjE", "a" * 81, "=", "MQ", "now ", "LTE")),
        *({"after": base64.urlsafe_b64encode(t).decode()} for t in (b"1.1", b"1.x.1", b"1.-1.1", b"2.1.1")),
        *({"after": base64.urlsafe_b64encode(t).decode().rstrip("=")} for t in (b"1.%d.1" % 2**63, b"1.1.1.1")),
        *({"limit": text} for text in ("0", "501", "-1", "x", "1.5", "9" * 30)),
    ],
    ids=str,
)
def test_what_is_no_cursor_is_refused_in_words(city: CityBuilder, asked: dict[str, str]) -> None:
    answer = Client().get("/springfield/api/v1/events", asked)
    if asked.get("after") == "MS4xLjE":  # this one is: behind the first event of the first transaction
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    assert answer.json()["message"]


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_every_cursor_is_read_as_it_was_written(written_in: int, event_id: int) -> None:
    position = feed.Position(written_in, event_id)
    assert events._read(events._written(position)) == position


@given(st.text(max_size=90))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(BadInput):
        assert events._written(events._read(text)) == text
