"""Single sign-on: the provider says who somebody is, Ombud what they may do; whoever is unknown gets nothing."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from ombud.people.models import Account
from ombud.people.rules.permissions import Role
from ombud.web import live
from tests import provider
from tests.builders import CityBuilder
from tests.ports import free_port
from tests.resident import words_of

WAY = "/springfield/accounts/oidc/city/login/"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture(scope="module")
def organisation() -> Iterator[str]:
    with provider.running() as url:
        yield url


def signs_people_in(settings: Any, url: str) -> None:
    app = {
        "provider_id": "city",
        "name": "City sign-in",
        "client_id": "ombud",
        "secret": "between us",
        "settings": {"server_url": url},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


@pytest.fixture(autouse=True)
def _on(settings: Any, organisation: str) -> None:
    signs_people_in(settings, organisation)


@pytest.fixture
def carla(city: CityBuilder) -> Account:
    return city.employs("Carla", Role.CALL_TAKER)


def come_by(subject: str, *, client: Client | None = None, say: dict[str, str] | None = None, query: str = "") -> Any:
    """Go to the provider, be there whom it says, come back, and return the last answer."""
    client = client or Client()
    away = client.get(WAY + query)
    assert away.status_code == 302, words_of(away)
    back = _sent_back(away["Location"], say or {"sub": subject})
    return client.get(f"{urlsplit(back).path}?{urlsplit(back).query}", follow=True)


def _sent_back(url: str, told: dict[str, str]) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    with pytest.raises(urllib.error.HTTPError) as answer:
        opener.open(urllib.request.Request(url, data=urlencode(told).encode()))
    with answer.value:
        return str(answer.value.headers["Location"])


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_whom_an_administrator_added_is_in_and_asked_for_a_second_factor(carla: Account) -> None:
    client = Client()
    answer = come_by("carla", client=client)
    assert is_in(client)
    assert "How you sign in" in words_of(answer), "the desk opened without a second factor"


def test_nor_is_one_asked_for_where_the_provider_does(carla: Account, settings: Any) -> None:
    settings.OMBUD_OIDC_SECOND_FACTOR = True
    answer = come_by("carla")
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == "/springfield/desk/"


def test_and_the_queue_is_live_for_them(carla: Account, settings: Any) -> None:
    client = Client()
    come_by("carla", client=client)
    cookies = f"sessionid={client.cookies['sessionid'].value}".encode()
    scope = {"path": "/springfield/live", "headers": [(b"host", b"localhost"), (b"cookie", cookies)]}
    assert live.authorise(scope) is None
    settings.OMBUD_OIDC_SECOND_FACTOR = True
    assert live.authorise(scope) is not None


def test_a_password_alone_is_not_enough_because_the_provider_has_a_second_factor(carla: Account, settings: Any) -> None:
    settings.OMBUD_OIDC_SECOND_FACTOR = True
    client = Client()
    client.force_login(carla, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/springfield/desk/").status_code == 302


def test_what_they_may_do_is_said_by_ombud_alone(carla: Account, settings: Any) -> None:
    settings.OMBUD_OIDC_SECOND_FACTOR = True
    client = Client()
    come_by("carla", client=client)
    assert client.get("/springfield/desk/").status_code == 200
    assert client.get("/springfield/desk/staff/").status_code == 403, "the provider made an administrator"
    assert client.get("/shelbyville/desk/").status_code == 403, "staff of one city came into the other"


def test_who_is_unknown_here_gets_nothing(carla: Account) -> None:
    client = Client()
    answer = come_by("stranger", client=client)
    assert answer.status_code == 403
    assert "nobody has added you here" in words_of(answer)
    assert not is_in(client)
    assert not Account.objects.filter(email__startswith="stranger").exists()


@pytest.mark.parametrize("subject", ["unsure", "unsure-in-words", "silent", "nameless"])
def test_an_address_that_the_provider_did_not_verify_is_nobodys(carla: Account, subject: str) -> None:
    client = Client()
    answer = come_by(subject, client=client)
    assert answer.status_code == 403
    assert "Ask them to verify it" in words_of(answer)
    assert not is_in(client)


def test_true_may_be_said_in_words_and_the_address_in_capitals(carla: Account) -> None:
    client = Client()
    come_by("sure-in-words", client=client)
    assert is_in(client)


def test_who_left_is_unknown(carla: Account) -> None:
    Account.objects.filter(pk=carla.pk).update(is_active=False)
    client = Client()
    assert come_by("carla", client=client).status_code == 403
    assert not is_in(client)


def test_the_password_stays_as_it_was(carla: Account) -> None:
    come_by("carla")
    carla.refresh_from_db()
    assert carla.check_password("correct horse battery staple")


def test_nobody_ties_another_identity_to_their_account(carla: Account, city: CityBuilder) -> None:
    client = Client()
    client.force_login(city.employs("Gus", Role.DISPATCHER))
    answer = come_by("carla", client=client, query="?process=connect")
    assert answer.status_code == 403
    assert not carla.socialaccount_set.exists()  # type: ignore[attr-defined]


def test_who_changes_their_mind_is_told_so(carla: Account) -> None:
    answer = come_by("carla", say={"action": "deny"})
    assert answer.status_code == 403
    assert "did not work" in words_of(answer)


def test_an_answer_nobody_asked_for_is_refused(carla: Account) -> None:
    away = Client().get(WAY)
    back = urlsplit(_sent_back(away["Location"], {"sub": "carla"}))
    another = Client()
    answer = another.get(f"{back.path}?{back.query}", follow=True)
    assert answer.status_code == 403
    assert not is_in(another)


def test_a_provider_that_does_not_answer_is_said_in_a_sentence(city: CityBuilder, settings: Any) -> None:
    signs_people_in(settings, f"http://127.0.0.1:{free_port()}")
    answer = Client().get(WAY, follow=True)
    assert answer.status_code == 502
    assert "did not work" in words_of(answer)


def test_without_the_setting_there_is_no_such_way(city: CityBuilder, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert Client().get(WAY).status_code == 404
    assert "oidc" not in Client().get("/springfield/accounts/login/").content.decode()


@pytest.mark.parametrize("page", ["email/", "3rdparty/", "signup/", "social/connections/", "confirm-email/"])
def test_pages_for_those_who_sign_themselves_up_are_not_here(carla: Account, page: str) -> None:
    client = Client()
    client.force_login(carla)
    assert client.get(f"/springfield/accounts/{page}").status_code == 404
