"""Live events are for the staff of the city, signed in."""

import re

import pytest
from django.test import Client

from ombud.plumbing.live import Grant
from ombud.web.live import MOST_MISSED, authorise
from tests.builders import CityBuilder
from tests.desk import Staff


def scope(client: Client | None, path: str = "/springfield/live", cookie: str = "") -> dict[str, object]:
    session = client.cookies.get("sessionid") if client else None
    cookie = cookie or (f"theme=dark; sessionid={session.value}" if session else "")
    return {"path": path, "headers": [(b"host", b"localhost"), (b"cookie", cookie.encode())]}


def test_staff_of_the_city_hear_of_the_queue(city: CityBuilder, desk: Staff) -> None:
    granted = authorise(scope(desk.nils))
    assert isinstance(granted, Grant)
    assert granted.city == "springfield"
    assert granted.of(frozenset({"queue", "request:5", "other"})) == {"queue", "request:5"}


@pytest.mark.parametrize("path", ["/shelbyville/live", "/nowhere/live", "/", ""])
def test_nobody_hears_another_city(city: CityBuilder, desk: Staff, path: str) -> None:
    assert authorise(scope(desk.bram, path)) is None


def test_strangers_hear_nothing(city: CityBuilder, desk: Staff) -> None:
    assert authorise(scope(None)) is None
    assert authorise(scope(None, cookie="sessionid=made-up")) is None
    assert authorise(scope(None, cookie="sessionid")) is None
    assert authorise(scope(desk.outsider)) is None


def test_who_signed_out_hears_nothing_more(city: CityBuilder, desk: Staff) -> None:
    asked = scope(desk.bram)
    desk.bram.logout()
    assert authorise(asked) is None


def test_what_came_between_the_page_and_its_stream_is_told(city: CityBuilder, desk: Staff) -> None:
    page = desk.gus.get("/springfield/desk/").content.decode()
    asked = re.search(r'data-url="/springfield/live\?(topics=queue&amp;since=\d+)"', page)
    assert asked, "the page does not say when it was made"
    query = asked[1].replace("&amp;", "&").encode()
    report = city.report()
    granted = authorise({**scope(desk.gus), "query_string": query})
    assert granted
    told = granted.missed()
    assert told is not None
    assert told[-1] == {"city": "springfield", "topic": "queue", "request_id": report.id, "kind": "submitted"}
    for _ in range(MOST_MISSED):
        city.report()
    assert granted.missed() is None, "a storm is not told one by one"


@pytest.mark.parametrize("query", [b"", b"since=", b"since=soon", b"since=%D9%A1", b"since=-1", b"since=" + b"9" * 40])
def test_who_says_no_moment_missed_nothing(city: CityBuilder, desk: Staff, query: bytes) -> None:
    city.report()
    granted = authorise({**scope(desk.gus), "query_string": query})
    assert granted
    assert granted.missed() == []
