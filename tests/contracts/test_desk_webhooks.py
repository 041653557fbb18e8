"""Webhooks at the desk: for administrators, over HTTP, without script."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ombud.connect.webhooks.models import WebhookDelivery, WebhookEndpoint
from ombud.kernel import clock
from ombud.opendata.rules.public_event import NAMES
from ombud.web.desk import webhook_words
from tests.builders import CityBuilder
from tests.desk import Staff
from tests.ports import free_port
from tests.receiver import Receiver, receiving
from tests.webhooks import Worker, fresh, listen_at

LIST = "/springfield/desk/webhooks/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_one_is_added_its_secret_shown_once_and_events_arrive(
    city: CityBuilder, desk: Staff, receiver: Receiver
) -> None:
    assert "No webhooks yet" in words(desk.yara.get(LIST))
    told = {"name": "Street works", "url": receiver.url, "names": ["submitted"], "services": ["POTHOLE"]}
    answer = desk.yara.post(LIST + "add/", told)
    secret = re.findall(r"whsec_[\w+/=]+", answer.content.decode())[0]
    assert "no-store" in answer.headers["Cache-Control"]
    receiver.secrets = [secret]
    endpoint = WebhookEndpoint.objects.get()
    page = desk.yara.get(f"{LIST}{endpoint.pk}/").content.decode()
    assert "whsec_" not in page
    hole = city.report().accepted()
    Worker().work()
    assert (receiver.types(), receiver.unsigned) == (["submitted"], 0)
    shown = words(desk.yara.get(f"{LIST}{endpoint.pk}/"))
    for said in (hole.number, "Delivered", "It took it: 204 in", "only when a request was made; Pothole"):
        assert said in shown, said
    assert "Street works" in words(desk.yara.get(LIST))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"url": "nonsense"}, "begins with https:// or http://"),
        ({"url": "http://10.0.0.1/hook"}, "10.0.0.1 is on a network that is not public."),
        ({"url": "http://[::ffff:169.254.169.254]/"}, "is on a network that is not public."),
        ({"url": "http://1.1.1.1/"}, "it is on the public Internet"),
        ({"url": "https://ada:pw@example.org/"}, "without a user name"),
        ({"names": ["noted"]}, "Select a valid choice"),
        ({"services": ["NOTHING"]}, "Select a valid choice"),
    ],
)
def test_one_half_described_is_refused_and_what_was_typed_kept(
    desk: Staff, receiver: Receiver, typed: dict[str, Any], said: str
) -> None:
    told = {"name": "Street works", "url": receiver.url, "names": ["closed"]}
    answer = desk.yara.post(LIST + "add/", told | typed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="closed"' in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_it_is_changed_paused_tried_out_and_removed(city: CityBuilder, desk: Staff, receiver: Receiver) -> None:
    endpoint = listen_at(receiver)
    at = f"{LIST}{endpoint.pk}/"
    desk.yara.post(at + "edit/", {"name": "Roads", "url": receiver.url, "agencies": ["STREETS"]})
    assert (fresh(endpoint).name, fresh(endpoint).agencies, fresh(endpoint).names) == ("Roads", ["STREETS"], [])
    edited = desk.yara.get(at + "edit/").content.decode()
    assert 'value="STREETS"' in edited
    desk.yara.post(at + "do/", {"do": "pause"})
    assert "Paused" in words(desk.yara.get(at))
    city.report()
    Worker().work()
    assert receiver.came == []
    assert "Waiting 1" in words(desk.yara.get(at))
    assert "It took it: 204 in" in words(desk.yara.post(at + "do/", {"do": "test"}, follow=True))
    receiver.answering = lambda line, came: line.answer("418 Teapot", body=b"<script>alert(1)</script>short and stout")
    answer = desk.yara.post(at + "do/", {"do": "test"}, follow=True)
    assert "It answered 418 in" in words(answer)
    assert "short and stout" in words(answer)
    assert "<script>alert" not in answer.content.decode()
    desk.yara.post(at + "do/", {"do": "resume"})
    assert fresh(endpoint).state == "on"
    assert "One event that waits is not sent." in words(desk.yara.get(at + "remove/"))
    desk.yara.post(at + "remove/")
    assert not WebhookEndpoint.objects.exists()
    assert desk.yara.get(at).status_code == 404


def test_a_new_secret_is_shown_and_the_old_one_said_to_go_on(desk: Staff, receiver: Receiver) -> None:
    endpoint = listen_at(receiver)
    answer = desk.yara.post(f"{LIST}{endpoint.pk}/do/", {"do": "rotate"})
    new = re.findall(r"whsec_[\w+/=]+", answer.content.decode())[0]
    assert new not in receiver.secrets
    assert "for 24 hours" in words(answer)
    assert "two are in use" in words(desk.yara.get(f"{LIST}{endpoint.pk}/"))


def test_what_was_given_up_is_found_and_sent_again(city: CityBuilder, desk: Staff, receiver: Receiver) -> None:
    endpoint = listen_at(receiver)
    at = f"{LIST}{endpoint.pk}/"
    receiver.answering = lambda line, came: line.answer("500 Broken", body=b"out of paper")
    hole = city.report()
    worker = Worker()
    worker.work_until(clock.now() + timedelta(days=4))
    page = words(desk.yara.get(at))
    for said in (
        "Off: it took nothing for three days",
        "Given up",
        "It answered 500 in",
        "out of paper",
        "tries before",
    ):
        assert said in page, said
    assert "Off:" in words(desk.yara.get(LIST))
    delivery = WebhookDelivery.objects.get()
    again = f"{at}again/{delivery.pk}/"
    assert "Switch it on first." in words(desk.yara.post(again, follow=True))
    desk.yara.post(at + "do/", {"do": "resume"})
    receiver.answering = lambda line, came: line.answer()
    assert "sent once more" in words(desk.yara.post(again, follow=True))
    assert "waits to be sent already" in words(desk.yara.post(again, follow=True))
    worker.work()
    assert receiver.types() == ["submitted"]
    assert hole.number in words(desk.yara.get(at + "?show=delivered"))
    assert hole.number not in words(desk.yara.get(at + "?show=given_up")).partition("How it went")[2]


def test_nobody_there_is_said_in_words(desk: Staff, receiver: Receiver) -> None:
    endpoint = listen_at(receiver)
    WebhookEndpoint.objects.update(url=f"http://127.0.0.1:{free_port()}/")
    answer = desk.yara.post(f"{LIST}{endpoint.pk}/do/", {"do": "test"}, follow=True)
    assert "127.0.0.1 does not answer." in words(answer)


def test_a_long_log_has_pages(city: CityBuilder, desk: Staff, receiver: Receiver) -> None:
    endpoint = listen_at(receiver)
    for _ in range(51):
        city.report()
    Worker().work()
    at = f"{LIST}{endpoint.pk}/"
    first = desk.yara.get(at).content.decode()
    older = re.findall(r'href="(\?[^"]*after=\d+)"', first)[0].replace("&amp;", "&")
    second = desk.yara.get(at + older).content.decode()
    assert (first.count("Send again"), second.count("Send again")) == (50, 1)


@pytest.mark.parametrize("asked", ["?after=x", "?after=-1", "?after=" + "9" * 40, "?show=nothing", "?show=%00"])
def test_odd_questions_get_the_page(desk: Staff, receiver: Receiver, asked: str) -> None:
    endpoint = listen_at(receiver)
    assert desk.yara.get(f"{LIST}{endpoint.pk}/{asked}").status_code == 200


def test_only_administrators_of_this_city_see_them(desk: Staff, receiver: Receiver) -> None:
    endpoint = listen_at(receiver)
    paths = ["", "add/", *(f"{endpoint.pk}/{end}" for end in ("", "edit/", "do/", "remove/", "again/1/"))]
    for path in paths:
        for who in (desk.bram, desk.gus, desk.nils, desk.cato, desk.outsider):
            assert who.post(LIST + path, {"do": "pause"}).status_code in (403, 405), path
            assert who.get(LIST + path).status_code in (403, 405), path
        assert desk.stranger.get(LIST + path).status_code in (302, 405), path
    assert fresh(endpoint).state == "on"
    for unknown in ("999999", "9" * 30):
        assert desk.yara.get(f"{LIST}{unknown}/").status_code == 404
        assert desk.yara.post(f"{LIST}{unknown}/again/{unknown}/").status_code == 404


def test_every_event_has_its_words() -> None:
    assert set(webhook_words.NAMES) == set(NAMES) - {"imported"}
