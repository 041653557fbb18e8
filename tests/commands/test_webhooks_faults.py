"""
Webhooks under fire: receivers that are down, slow, broken, busy or rude, workers killed in between, pauses.

Each schedule is made of its seed. Whatever happens in it, in the end every event was taken at least once, those of one
request in order, and nothing came while the webhook was paused or off.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.db import transaction

from ombud.connect.webhooks import letters
from ombud.connect.webhooks.commands import deliver, manage
from ombud.connect.webhooks.models import WebhookEndpoint
from ombud.kernel import clock
from ombud.opendata import events
from ombud.service_requests.commands import act
from ombud.service_requests.models import RequestEvent
from tests.builders import GUS, CityBuilder, RequestBuilder
from tests.far_host import Line
from tests.receiver import Receiver, receiving
from tests.webhooks import YARA, Killed, Worker, fresh, listen_at

SLICE, ALL = 12, 1_000
PATIENCE = 0.15  # seconds a letter may take here, so that slow receivers are slow quickly
HTML = b"<!doctype html><title>Gateway</title><h1>Bad gateway</h1>" + b"<p>x</p>" * 500


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "SECONDS", PATIENCE)


def dies(line: Line) -> None:
    line.say("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf of")
    line.connection.close()


def slow(line: Line) -> None:
    time.sleep(PATIENCE * 2)
    line.answer()


def drips(line: Line) -> None:
    line.say("HTTP/1.1 200 OK\r\n")
    for _ in range(20):
        line.say("X: y\r\n")
        time.sleep(PATIENCE / 5)


FAULTS: dict[str, Callable[[Line], None]] = {
    "broken": lambda line: line.answer("500 Internal Server Error", body=HTML, Content_Type="text/html"),
    "html": lambda line: line.answer("404 Not Found", body=HTML, Content_Type="text/html; charset=latin-1"),
    "busy": lambda line: line.answer("429 Too Many Requests", Retry_After="1800"),
    "closed": lambda line: line.answer("503 Busy", Retry_After=format_datetime(clock.now() + timedelta(hours=2))),
    "moved": lambda line: line.answer("301 Moved", Location="http://127.0.0.1:1/elsewhere"),
    "packed": lambda line: line.answer("200 OK", body=b"no gzip", Content_Encoding="gzip"),
    "hangs up": lambda line: line.connection.close(),
    "no http": lambda line: line.say("hello there\r\n\r\n"),
    "dies": dies,
    "slow": slow,
    "drips": drips,
}


@dataclass
class Schedule:
    """One city, one webhook, and two days of whatever the dice say."""

    city: CityBuilder
    receiver: Receiver
    dice: random.Random
    worker: Worker = field(default_factory=Worker)
    requests: list[RequestBuilder] = field(default_factory=list)
    mode: str = "up"
    sending: bool = True
    wrongly_sent: list[str] = field(default_factory=list)
    lives: int = 0

    def run(self) -> WebhookEndpoint:
        """Let two days go by, then everything be well again, and return the webhook."""
        endpoint, at = listen_at(self.receiver), clock.now()
        self.receiver.answering = self.answer
        for _ in range(self.dice.randint(8, 20)):
            at += timedelta(minutes=self.dice.choice((0, 0, 1, 7, 45, 200)))
            with clock.standing_at(at):
                self.act(endpoint)
                self.worker.work()
        self.mode, self.lives = "up", 0
        with clock.standing_at(at):
            self.let(endpoint, send=True)
            self.worker.work_until(at + timedelta(days=2))
        return endpoint

    def answer(self, line: Line, came: dict[str, Any]) -> None:
        """Answer as the present mode has it."""
        if not self.sending:
            self.wrongly_sent.append(came["id"])
        mode = self.dice.choice(("up", *FAULTS)) if self.mode == "flaky" else self.mode
        if mode == "up":
            line.answer("204 No Content")
        else:
            FAULTS[mode](line)

    def act(self, endpoint: WebhookEndpoint) -> None:
        """Do one thing that may happen."""
        match self.dice.choice(("ask", "ask", "work", "work", "work", "mode", "mode", "pause", "kill")):
            case "mode":
                self.mode = self.dice.choice(("up", "flaky", *FAULTS))
            case "pause":
                self.let(endpoint, send=not self.sending)
            case "kill":
                self.lives = self.dice.randint(1, 3)
            case "work" if self.requests:
                work_on(self.dice.choice(self.requests))
            case _:
                self.requests.append(self.city.report())

    def let(self, endpoint: WebhookEndpoint, *, send: bool) -> None:
        """Pause the webhook, or let it go on."""
        about = {"jurisdiction_id": self.city.id, "endpoint_id": endpoint.pk, "actor": YARA}
        if send:
            self.sending = True
            manage.resume(**about, at=clock.now())  # type: ignore[arg-type]
        else:
            manage.pause(**about)  # type: ignore[arg-type]
            self.sending = False


def work_on(request: RequestBuilder) -> None:
    """Move a request on by whatever is possible now."""
    if request.row.status == "closed":
        act.reopen(request.on(GUS), text="Not yet.")
    elif request.row.status == "received":
        request.accepted(by=GUS)
    else:
        request.closed("fixed", by=GUS, after=timedelta(0))


class Over(Exception):
    """The schedule is over; what it wrote is taken back."""


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> list[Schedule]:
    """Kill the worker between sending and writing down, as often as the present schedule says."""
    present: list[Schedule] = []
    keep = deliver.keep_replies

    def keep_or_die(*told: Any, **more: Any) -> None:
        if present and present[-1].lives:
            present[-1].lives -= 1
            raise Killed
        keep(*told, **more)

    monkeypatch.setattr(deliver, "keep_replies", keep_or_die)
    return present


def test_in_the_end_everything_was_taken_in_order_and_nothing_while_it_was_paused(
    city: CityBuilder, receiver: Receiver, killing: list[Schedule], request: pytest.FixtureRequest
) -> None:
    seeds = range(ALL if request.config.getoption("soak") else SLICE)
    repeats = sent = 0
    for seed in seeds:
        receiver.came.clear()
        receiver.taken.clear()
        receiver.secrets.clear()
        with suppress(Over), transaction.atomic():
            schedule = Schedule(city, receiver, random.Random(seed))
            killing.append(schedule)
            endpoint = schedule.run()
            hold(schedule, fresh(endpoint), seed)
            raise Over
        sent += len(receiver.taken)
        repeats += len(receiver.taken) - len({taken_id for taken_id, _ in receiver.taken})
    assert sent > len(seeds)
    assert repeats, "no worker was killed after a letter was taken: the test shows nothing"


def hold(schedule: Schedule, endpoint: WebhookEndpoint, seed: int) -> None:
    """Hold a schedule to what is promised."""
    where, receiver = f"seed {seed}", schedule.receiver
    happened = list(RequestEvent.objects.in_city("springfield").select_related("request").order_by("request_id", "seq"))
    expected: dict[str, list[str]] = {}
    for event in happened:
        if events.public_event(event):
            expected.setdefault(event.request.number, []).append(events.event_id(event.jurisdiction_id, event.pk))
    first_taken: dict[str, list[str]] = {}
    for taken_id, came in receiver.taken:
        order = first_taken.setdefault(came["data"]["service_request_id"], [])
        if taken_id not in order:
            order.append(taken_id)
    assert first_taken == expected, where
    assert schedule.wrongly_sent == [], where
    assert receiver.unsigned == 0, where
    assert (endpoint.state, endpoint.failures) == ("on", 0), where


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_sent_to_one_that_is_gone(city: CityBuilder, receiver: Receiver, seed: int) -> None:
    dice, worker = random.Random(seed), Worker()
    endpoint = listen_at(receiver)
    gone_from = dice.randint(1, 5)
    receiver.answering = lambda line, _: line.answer("410 Gone" if len(receiver.came) >= gone_from else "200 OK")
    at: datetime = clock.now()
    for _ in range(12):
        at += timedelta(minutes=dice.choice((0, 3, 90)))
        with clock.standing_at(at):
            city.report()
            worker.work()
    worker.work_until(at + timedelta(days=4))
    assert len(receiver.came) == gone_from
    assert fresh(endpoint).state == "off"
    with clock.standing_at(at + timedelta(days=4)):
        manage.resume(jurisdiction_id=city.id, endpoint_id=endpoint.pk, actor=YARA, at=clock.now())
        receiver.answering = lambda line, _: line.answer()
        hole = city.report()
        worker.work()
    assert [came["data"]["service_request_id"] for _, came in receiver.came[gone_from:]] == [hole.number]


def test_one_that_is_off_the_net_and_comes_back_gets_everything(city: CityBuilder) -> None:
    worker = Worker()
    with receiving() as first:
        endpoint = listen_at(first)
        secrets, port = first.secrets, first.host.port
        city.report()
        worker.work()
    for _ in range(4):
        city.report()
    worker.work_until(clock.now() + timedelta(hours=3))
    with receiving(port=port) as again:
        again.secrets = secrets
        with clock.standing_at(clock.now() + timedelta(hours=3)):
            worker.work_until(clock.now() + timedelta(hours=9))
        assert again.types() == ["submitted"] * 4
        assert again.unsigned == 0
    assert fresh(endpoint).failures == 0
