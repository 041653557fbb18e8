"""Live events are for the staff of the city, signed in."""

import pytest
from django.test import Client

from ombud.plumbing.live import Grant
from ombud.web.live import authorise
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
