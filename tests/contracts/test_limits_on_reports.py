"""Who sends too much is asked to wait: it cannot be dodged, it says how long, and nothing typed is lost."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from ombud.service_requests import secret_link
from ombud.service_requests.models import ServiceRequest
from tests.builders import CityBuilder
from tests.resident import Resident, pinned, words_of

AT_ONCE = 3
FORGED: dict[str, Callable[[int], dict[str, str]]] = {
    "one address": lambda n: {"X-Forwarded-For": f"198.51.100.{n}"},
    "a list of addresses": lambda n: {"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.{n}, 10.0.0.{n}"},
    "an address of the sixth version": lambda n: {"X-Forwarded-For": f"2001:db8:{n}::1"},
    "words": lambda n: {"X-Forwarded-For": f"who-knows-{n}"},
    "other headers": lambda n: {
        "X-Real-IP": f"198.51.100.{n}",
        "Forwarded": f"for=198.51.100.{n}",
        "CF-Connecting-IP": f"198.51.100.{n}",
        "True-Client-IP": f"198.51.100.{n}",
    },
}


@pytest.fixture(autouse=True)
def _few(settings: LazySettings, city: CityBuilder) -> None:
    settings.OMBUD_REPORTS_PER_HOUR = AT_ONCE
    settings.OMBUD_TRUSTED_PROXIES = 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ombud_rate_limit")


def ready(resident: Resident) -> str:
    """Return a draft that only needs to be sent."""
    draft = resident.begin()
    resident.fill(draft, place=pinned(), details={"q.size": "small", "description": "typed-and-kept"}, contact={})
    return draft


def send(resident: Resident, draft: str, **headers: Any) -> Any:
    return resident.client.post(resident.at(draft, "send"), **headers)


def test_so_many_are_taken_and_then_one_is_asked_to_wait() -> None:
    answers = [send(ada, ready(ada)) for ada in (Resident() for _ in range(AT_ONCE + 2))]
    assert [a.status_code for a in answers] == [302] * AT_ONCE + [429] * 2
    assert ServiceRequest.objects.count() == AT_ONCE


def test_the_refusal_says_how_long_and_that_nothing_is_lost() -> None:
    for _ in range(AT_ONCE):
        ada = Resident()
        send(ada, ready(ada))
    late = Resident()
    draft = ready(late)
    answer = send(late, draft)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600 / AT_ONCE + 1
    assert "Nothing is lost" in words_of(answer)
    for step in ("details", "check"):
        assert "typed-and-kept" in late.client.get(late.at(draft, step)).content.decode()


def test_after_the_wait_the_same_draft_goes_through() -> None:
    for _ in range(AT_ONCE):
        ada = Resident()
        send(ada, ready(ada))
    late = Resident()
    draft = ready(late)
    assert send(late, draft).status_code == 429
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ombud_rate_limit SET full_at = full_at - interval '1 hour'")
    number, _ = late.send(draft)
    kept = ServiceRequest.objects.get(number=number)
    assert kept.client_id == uuid.UUID(draft)
    assert kept.form.description == "typed-and-kept"


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_address_does_not_help(how: str) -> None:
    answers = [
        send(ada, ready(ada), headers=FORGED[how](n)) for n, ada in enumerate(Resident() for _ in range(AT_ONCE + 2))
    ]
    assert [a.status_code for a in answers] == [302] * AT_ONCE + [429] * 2


def test_behind_our_proxy_what_it_adds_counts_and_what_was_there_before_does_not(settings: LazySettings) -> None:
    settings.OMBUD_TRUSTED_PROXIES = 1
    dodging = [
        send(ada, ready(ada), headers={"X-Forwarded-For": f"192.0.2.{n}, 203.0.113.9"})
        for n, ada in enumerate(Resident() for _ in range(AT_ONCE + 1))
    ]
    assert [a.status_code for a in dodging] == [302] * AT_ONCE + [429]
    neighbour = Resident()
    assert send(neighbour, ready(neighbour), headers={"X-Forwarded-For": "203.0.113.10"}).status_code == 302


def test_another_city_or_another_session_does_not_help(other_city: CityBuilder) -> None:
    for _ in range(AT_ONCE):
        ada = Resident()
        send(ada, ready(ada))
    elsewhere = Resident("shelbyville")
    draft = elsewhere.begin()
    elsewhere.fill(draft, place=pinned(-92.95), details={"q.size": "small"}, contact={})
    assert send(elsewhere, draft).status_code == 429


def test_looking_is_never_limited() -> None:
    for _ in range(AT_ONCE + 1):
        ada = Resident()
        draft = ready(ada)
        send(ada, draft)
    for path in ("/springfield/", "/springfield/requests/", ada.at(draft, "check")):
        assert ada.client.get(path).status_code == 200


@pytest.mark.parametrize(("door", "told", "times"), [("say/", "text", 60), ("not-fixed/", "text", 20)])
def test_what_a_reporter_says_later_has_its_own_limit(city: CityBuilder, door: str, told: str, times: int) -> None:
    link = f"/springfield{secret_link.path(city.id, city.report().number)}"
    ada = Resident()
    codes = [
        ada.client.post(f"{link}{door}", {told: ""}, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(times + 1)
    ]
    assert codes == [422] * times + [429]


def test_following_has_its_own_limit(city: CityBuilder) -> None:
    number = city.report().number
    codes = [
        Resident().client.post(f"/springfield/r/{number}/follow/", {"email": f"n{n}@mail.example"}).status_code
        for n in range(21)
    ]
    assert codes == [302] * 20 + [429]
