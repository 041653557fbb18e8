"""A developer gets a key by themselves, tries it, and loses it when they revoke it."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from standardwebhooks import Webhook

from ombud.kernel import clock
from ombud.people import api_keys
from ombud.plumbing import walls
from ombud.web.developers.guide import CHECK_SIGNATURE
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.desk import Staff
from tests.open311 import Door, door


def ask(name: str = "Pothole Pal", email: str = "dev@example.org") -> str:
    """Ask for a key and return the path of the link that came by mail."""
    answer = Client().post("/sandbox/developers/keys/", {"name": name, "email": email})
    assert answer.status_code == 200
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_a_key_is_asked_for_confirmed_shown_once_used_and_revoked(sandbox: Door) -> None:
    link, browser = ask(), Client()
    assert mail.outbox[-1].to == ["dev@example.org"]
    assert "Show my key" in browser.get(link).content.decode()
    shown = browser.post(link).content.decode()
    key = re.search(r"ombud_[A-Za-z0-9_-]{32}", shown)
    assert key
    entrance = Door("sandbox", key[0])
    number = entrance.report()
    page = browser.get(link).content.decode()
    assert number in page
    assert key[0] not in page
    with walls.inside("sandbox"):
        program = api_keys.program("sandbox", key[0])
    assert program is not None
    assert (program.channel, program.rights) == ("pothole-pal", {"report", "update"})
    assert browser.post(f"{link}revoke/").status_code == 302
    assert entrance.post(service_code="HOLE", lat=1, long=1).status_code == 403
    assert browser.post(link).status_code == 422


def test_a_key_nobody_confirmed_does_not_work_and_its_link_runs_out(sandbox: Door) -> None:
    link = ask()
    with walls.inside("sandbox"):
        assert api_keys.program("sandbox", "") is None
    with clock.standing_at(NOON + api_keys.CONFIRM_WITHIN * 2):
        assert "run out" in Client().post(link).content.decode()


@pytest.mark.parametrize(
    ("name", "email", "names"),
    [
        ("", "dev@example.org", "name"),
        ("App", "nobody", "mail"),
        ("App", "", "mail"),
        ("x" * 90, "d@example.org", "80"),
    ],
)
def test_what_is_wrong_is_told_and_no_letter_is_sent(sandbox: Door, name: str, email: str, names: str) -> None:
    before = len(mail.outbox)
    answer = Client().post("/sandbox/developers/keys/", {"name": name, "email": email})
    assert answer.status_code == 422
    assert names in answer.content.decode()
    assert len(mail.outbox) == before


def test_nobody_is_flooded_with_letters(sandbox: Door) -> None:
    for n in range(5):
        ask(name=f"App {n}")
    assert Client().post("/sandbox/developers/keys/", {"name": "App", "email": "dev@example.org"}).status_code == 422


def test_a_link_of_another_city_or_a_forged_one_opens_nothing(sandbox: Door) -> None:
    link = ask()
    assert Client().get(link.replace("/sandbox/", "/springfield/")).status_code == 404
    assert Client().get(link[:-3] + "xxx/").status_code == 404


def test_the_guide_says_what_is_true_of_this_city(sandbox: Door) -> None:
    page = Client().get("/springfield/developers/").content.decode()
    assert "http://testserver/springfield/open311/v2" in page
    assert "attribute[size]=small" in page
    assert 'href="/sandbox/developers/"' in page
    assert "nobody lives here" in Client().get("/sandbox/developers/").content.decode()
    assert "/sandbox/developers/" in Client().get("/").content.decode()


def test_an_administrator_narrows_and_revokes_keys(city: CityBuilder, desk: Staff) -> None:
    entrance = door("springfield")
    with walls.inside("springfield"):
        (row,) = api_keys.listed("springfield")
    assert "A test" in desk.yara.get("/springfield/desk/keys/").content.decode()
    change = f"/springfield/desk/keys/{row.pk}/change/"
    assert desk.yara.post(change, {"rights": ["update"], "writes_per_hour": "5"}).status_code == 302
    refused = entrance.post(service_code="POTHOLE", lat=37.21, long=-93.29, attribute__size="small")
    assert refused.status_code == 403
    assert "right" in desk.yara.get(f"/springfield/desk/keys/{row.pk}/").content.decode()
    desk.yara.post(change, {"do": "revoke"})
    assert entrance.post(service_code="POTHOLE").json()[0]["description"].startswith("api_key: this key is not known")
    assert desk.bram.get("/springfield/desk/keys/").status_code == 403


def test_the_guide_checks_signatures_as_we_make_them(sandbox: Door) -> None:
    secret, body = "whsec_YSBzZWNyZXQgZm9yIHRoZSBtYW51YWwgb25seSEhISE=", '{"type":"test"}'
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(int(NOON.timestamp()))}
    headers["webhook-signature"] = Webhook(secret).sign("evt_1", NOON, body)
    learnt: dict[str, Any] = {}
    exec(CHECK_SIGNATURE, learnt)  # noqa: S102  what the page tells people to run
    assert learnt["is_genuine"](secret, headers, body.encode())
    assert not learnt["is_genuine"](secret, headers, b"something else")
    page = Client().get("/springfield/developers/").content.decode()
    assert "service_request.closed" in page
