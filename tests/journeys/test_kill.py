"""
Accepted means kept: while processes are killed at random, no report that got a number is lost and none doubled.

A real installation is sent reports by four at once, through the real form and by Open311 in turn, each trying again
with the same draft, or the same content, until it has an answer. Meanwhile web workers, the web server, the worker,
the supervisor, and processes of the database down to its postmaster are killed with SIGKILL. What must hold at the end
is said by each test.

Of letters no more can be promised than SMTP allows: a letter is handed over and then marked as sent, and no
transaction spans both. Killed in between, the worker hands it over again; it then carries the same Message-ID.
"""

import json
import mailbox
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg
import pytest

from ombud.plumbing import embedded_postgres
from ombud.wiring import CARRY, GATHER, PAGE, REACTIONS
from tests.ports import free_port
from tests.receiver import Receiver, receiving

SEED = 311
SENDERS = 4
API_KEY = "ombud_demo-key-for-trying-things-out"
PATIENCE = 240.0  # seconds that one report may take, kills included
KINDS = ("web worker", "worker", "web server", "database backend", "supervisor", "database")
LETTERS_AT_ONCE = 8  # to one webhook
JOBS_AT_ONCE = 4  # of the worker: so many letters may be between sending and marking when it is killed


@dataclass
class Installation:
    """An installation of its own, started again by the test when its supervisor is gone, as systemd would."""

    home: Path
    port: int
    environment: dict[str, str]
    supervisor: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    def run(self, *command: str) -> str:
        """Run one command to its end, and return what it said."""
        ombud = [sys.executable, "-m", "ombud"]
        return subprocess.run([*ombud, *command], env=self.environment, check=True, capture_output=True).stdout.decode()

    def keep_up(self) -> None:
        """Start the supervisor if it does not run."""
        if self.supervisor is None or self.supervisor.poll() is not None:
            with (self.home / "said.txt").open("ab") as said:
                self.supervisor = subprocess.Popen(
                    [sys.executable, "-m", "ombud", "serve", "--port", str(self.port), "--workers", "2"],
                    env=self.environment,
                    stdout=said,
                    stderr=said,
                )

    def processes(self, kind: str) -> list[psutil.Process]:
        """Return what can be killed: web workers, the web server, the worker, the supervisor, the database."""
        try:
            if kind in ("database", "database backend"):
                return self._of_the_database(backends=kind == "database backend")
            top = psutil.Process(self.supervisor.pid) if self.supervisor else None
            children = top.children() if top else []
            web = [p for p in children if "granian" in " ".join(p.cmdline())]
            return {
                "supervisor": [top] if top else [],
                "web server": web,
                "web worker": [p for w in web for p in w.children()],
                "worker": [p for p in children if p.cmdline()[-1:] == ["worker"]],
            }[kind]
        except psutil.NoSuchProcess:
            return []

    def _of_the_database(self, *, backends: bool) -> list[psutil.Process]:
        pid = embedded_postgres.status(self.home).pid
        if not pid:
            return []
        postmaster = psutil.Process(pid)
        return [p for p in postmaster.children() if _serves_us(p)] if backends else [postmaster]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what the database answers to its owner, who sees every city."""
        at = embedded_postgres.django_database(self.home)
        with psycopg.connect(host=at["HOST"], port=at["PORT"], user=at["USER"], dbname=at["NAME"]) as connection:
            return connection.execute(statement).fetchall()


def _serves_us(process: psutil.Process) -> bool:
    """Whether a process of PostgreSQL is one that answers a connection of ours."""
    return bool(re.match(r"postgres: \w+ ombud ", " ".join(process.cmdline())))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class NotYet(Exception):
    """No answer, or one that says to try again."""


class Visitor:
    """One person with a browser that keeps cookies and tries again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = CookieJar()
        self.open = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(self.cookies)).open

    def visit(self, path: str, told: dict[str, str] | None = None) -> str:
        """Get a page, or send a form; return where the answer sends on to. Raises NotYet."""
        data = None
        if told is not None:
            token = next((c.value or "" for c in self.cookies if c.name == "csrftoken"), "")
            data = urlencode({**told, "csrfmiddlewaretoken": token}).encode()
        try:
            with self.open(urllib.request.Request(self.url + path, data=data), timeout=20):
                return ""
        except urllib.error.HTTPError as answer:
            if answer.code == 302:
                return answer.headers["Location"]
            if answer.code >= 500:
                raise NotYet from answer
            raise AssertionError(f"{path} answered {answer.code}: {answer.read()[-2000:]!r}") from answer
        except (OSError, HTTPException) as gone:
            raise NotYet from gone

    def insist(self, path: str, told: dict[str, str] | None = None) -> str:
        """Visit until there is an answer."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                return self.visit(path, told)
            except NotYet:
                time.sleep(0.3)
        raise AssertionError(f"{path}: no answer within {PATIENCE:.0f} s")

    def report(self, email: str) -> tuple[str, str]:
        """Walk through the form and return the draft's id and the number."""
        service = "/springfield/report/service/POTHOLE/"
        self.insist(service)
        draft = re.findall(r"/report/([0-9a-f-]{36})/", self.insist(service, {}))[0]
        step = f"/springfield/report/{draft}"
        self.insist(f"{step}/place/", {"address": "Main Street by the bakery"})
        self.insist(f"{step}/details/", {"q.size": "small", "description": "A hole."})
        self.insist(f"{step}/contact/", {"email": email})
        # A double tap: both copies travel at once.
        with ThreadPoolExecutor(2) as taps:
            answers = list(taps.map(lambda _: self.insist(f"{step}/send/", {}), range(2)))
        numbers = {re.findall(r"/r/([^/]+)/", answer)[0] for answer in answers}
        assert len(numbers) == 1, "sent twice at once, a report got two numbers"
        return draft, numbers.pop()

    def report_by_open311(self, email: str) -> str:
        """Send a report as a program does, until it has its number."""
        told = {
            "api_key": API_KEY,
            "service_code": "POTHOLE",
            "attribute[size]": "small",
            "address_string": "Main Street by the bakery",
            "email": email,
        }
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            # Nobody asks for cookies, tokens or redirections there.
            try:
                data = urlencode(told).encode()
                address = f"{self.url}/springfield/open311/v2/requests.json"
                with urllib.request.urlopen(address, data=data, timeout=20) as answer:
                    return str(json.load(answer)[0]["service_request_id"])
            except urllib.error.HTTPError as refused:
                if refused.code < 500:
                    raise AssertionError(f"{refused.code}: {refused.read()[-2000:]!r}") from refused
            except (OSError, HTTPException, ValueError):
                pass
            time.sleep(0.3)
        raise AssertionError(f"no number within {PATIENCE:.0f} s")


@dataclass
class Siege:
    """The senders and what is killed under them; and what they were told."""

    installation: Installation
    wanted: int
    kills: Sequence[str]
    told: dict[str, str] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    begun: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lay(self) -> None:
        """Send everything, killing on the way."""
        senders = [threading.Thread(target=self._send_on) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        dice = random.Random(SEED)
        kills = iter(enumerate(self.kills, 1))
        at, kind = next(kills)
        while any(sender.is_alive() for sender in senders):
            self.installation.keep_up()
            if kind and len(self.told) >= at * self.wanted // (len(self.kills) + 1):
                time.sleep(dice.random() * 0.4)
                if self._kill(kind, dice):
                    at, kind = next(kills, (0, ""))
            time.sleep(0.1)
        for sender in senders:
            sender.join()

    def _send_on(self) -> None:
        while True:
            with self._lock:
                # However quick the machine, the last kill meets somebody who is sending.
                if self.begun >= self.wanted and sum(self.killed.values()) == len(self.kills):
                    return
                n, self.begun = self.begun, self.begun + 1
            try:
                email, visitor = f"reporter-{n}@mail.example", Visitor(self.installation.url)
                # Every other one is sent by a program, which is known again by what it sends.
                sending, number = visitor.report(email) if n % 2 else (email, visitor.report_by_open311(email))
                self.told[sending] = number
            except Exception as broken:
                self.trouble.append(repr(broken))
                return

    def _kill(self, kind: str, dice: random.Random) -> bool:
        victims = self.installation.processes(kind)
        if not victims:
            return False
        victim = dice.choice(victims)
        victim.kill()
        self.killed[kind] += 1
        if kind == "supervisor" and self.installation.supervisor:
            self.installation.supervisor.wait()
        return True

    def drain(self) -> None:
        """Wait until the worker has nothing left to do."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            self.installation.keep_up()
            with suppress(psycopg.OperationalError):  # the database was killed last
                if not self.installation.rows(_LEFT):
                    return
            time.sleep(0.5)


_LEFT = "SELECT task_name, status, attempts FROM procrastinate_jobs WHERE queue_name <> 'upkeep'"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("kill")
    home.chmod(0o755)
    port = free_port()
    environment = {
        **os.environ,
        "OMBUD_HOME": str(home),
        "OMBUD_DEMO_FOLDER": str(Path(__file__).parent.parent / "cities"),
        "OMBUD_PUBLIC_URL": f"http://localhost:{port}",
        "OMBUD_REPORTS_PER_HOUR": "1000000",
    }
    environment.pop("DATABASE_URL", None)
    here = Installation(home, port, environment)
    here.run("demo", "--only-load", "--without-requests", "--port", str(port))
    try:
        yield here
    finally:
        if here.supervisor and here.supervisor.poll() is None:
            here.supervisor.terminate()
            here.supervisor.wait(30)
        here.run("database", "stop")


# As an administrator does at the desk.
_ADD_WEBHOOK = """
from ombud.connect.webhooks.commands import manage
from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests.timeline import SYSTEM
with walls.inside("springfield"):
    told = manage.Told(name="Siege", url="{url}")
    print(manage.add(jurisdiction_id="springfield", told=told, actor=SYSTEM, at=clock.now())[1])
"""


@pytest.fixture(scope="module")
def receiver(installation: Installation) -> Iterator[Receiver]:
    """Somebody who is told of everything by webhook."""
    with receiving() as receiver:
        said = installation.run("shell", "--no-imports", "--command", _ADD_WEBHOOK.format(url=receiver.url))
        receiver.secrets.append(said.strip())
        yield receiver


@pytest.fixture(scope="module")
def siege(installation: Installation, receiver: Receiver, request: pytest.FixtureRequest) -> Siege:
    """Reports sent under fire, and the worker given time to finish."""
    soak = request.config.getoption("soak")
    kinds = list(KINDS)
    if soak:
        dice = random.Random(SEED)
        kinds = dice.choices(KINDS, weights=(4, 4, 2, 2, 1, 2), k=40)
    siege = Siege(installation, 2000 if soak else 90, kinds)
    installation.keep_up()
    siege.lay()
    siege.drain()
    return siege


def test_everybody_got_an_answer(siege: Siege) -> None:
    assert siege.trouble == []
    assert len(siege.told) == siege.begun >= siege.wanted
    assert sum(siege.killed.values()) == len(siege.kills), "the siege was over before everything was killed"


def test_every_number_given_out_is_kept_and_none_is_there_twice(siege: Siege) -> None:
    kept = siege.installation.rows(
        "SELECT client_id::text, number FROM ombud_service_request WHERE jurisdiction_id = 'springfield'"
    )
    assert sorted(number for _, number in kept) == sorted(siege.told.values())
    by_form = {sending: number for sending, number in siege.told.items() if "@" not in sending}
    assert by_form.items() <= dict(kept).items()
    contacts = siege.installation.rows("SELECT email FROM ombud_contact_point WHERE jurisdiction_id = 'springfield'")
    assert len(contacts) == siege.begun, "contact data is kept that belongs to no request"


def test_every_reaction_happened_exactly_once(siege: Siege) -> None:
    events = siege.installation.rows(
        "SELECT id FROM ombud_request_event WHERE kind = 'submitted' AND jurisdiction_id = 'springfield'"
    )
    reactions = siege.installation.rows(
        "SELECT event_id, handler FROM ombud_reaction WHERE jurisdiction_id = 'springfield'"
    )
    messages = siege.installation.rows(
        "SELECT event_id FROM ombud_message WHERE sent_at IS NOT NULL AND jurisdiction_id = 'springfield'"
    )
    assert len(events) == siege.begun
    # Nothing is joined to this city, it calls nobody at night, and no storm is on.
    needed = [handler for handler in REACTIONS["submitted"] if handler not in (CARRY, GATHER, PAGE)]
    assert sorted(reactions) == sorted((event, handler) for (event,) in events for handler in needed)
    assert sorted(messages) == sorted(events)


def test_no_job_is_left_behind(siege: Siege) -> None:
    assert siege.installation.rows(_LEFT) == []


def test_every_letter_was_sent_and_few_twice(siege: Siege, request: pytest.FixtureRequest) -> None:
    box = mailbox.Maildir(siege.installation.home / "mailbox", create=False)
    sent = Counter((letter["Message-ID"], letter["To"]) for letter in box)
    assert {to for _, to in sent} == {f"reporter-{n}@mail.example" for n in range(siege.begun)}
    assert len(sent) == siege.begun, "a letter sent again has another Message-ID"
    repeats = sum(sent.values()) - len(sent)
    # Not `record_property`: where a JUnit report is written it warns, and a warning is an error here.
    request.node.user_properties.append(("repeated letters", str(repeats)))
    # Each kill of the worker, or of the database beneath it, catches at most the letters it was just handing over.
    kills = sum(siege.killed[kind] for kind in ("worker", "supervisor", "database backend", "database"))
    assert repeats <= JOBS_AT_ONCE * kills


def test_every_report_was_told_by_webhook_and_few_twice(siege: Siege, receiver: Receiver) -> None:
    told = Counter(came["data"]["service_request_id"] for _, came in receiver.taken)
    assert set(told) == set(siege.told.values())
    assert receiver.unsigned == 0
    assert len({taken_id for taken_id, _ in receiver.taken}) == siege.begun, "sent again it has another id"
    kills = sum(siege.killed[kind] for kind in ("worker", "supervisor", "database backend", "database"))
    assert sum(told.values()) - siege.begun <= LETTERS_AT_ONCE * kills


def test_who_reads_the_event_feed_gets_every_report_once(siege: Siege) -> None:
    siege.installation.keep_up()
    numbers, cursor, more = Counter[str](), "", True
    while more:
        page = _read_events(siege.installation.url, cursor)
        told = [event["data"] for event in page["events"] if event["type"] == "service_request.submitted"]
        numbers.update(data["service_request_id"] for data in told)
        cursor, more = page["cursor"], page["more"]
    assert numbers == Counter(siege.told.values())


def _read_events(url: str, cursor: str) -> dict[str, Any]:
    address = f"{url}/springfield/api/v1/events?" + urlencode({"after": cursor, "limit": 37})
    for _ in range(100):
        with suppress(OSError, HTTPException), urllib.request.urlopen(address, timeout=20) as answer:
            return dict(json.load(answer))
        time.sleep(0.2)
    raise AssertionError("the event feed does not answer")
