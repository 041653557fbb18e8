"""
Triage as a person and as the worker meet it, in a city that holds many requests.

    python -m bench.triage [--requests 100000] [--reports 500] [--backlog 100000]

First by the web, one and four at once: what the words ask for (the page of suggestions), and the last step of the
form, in which the words are screened, the rules asked, the promise made and the number given. Each visitor walks the
whole form for each report, and only these two are timed. Then a backlog of reports that came in while no worker ran is
triaged by one worker: looked at for repeats, and everybody told. Half of the reports lie beside another one.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.create_requests import Sender
from bench.installation import home, served, share

SAID = (
    "deep hole in the asphalt by the bakery", "the street light is out since monday", "a hole where bikes turn",
    "pothole, it broke my wheel", "street light flickers all night", "crater in the road after the rain",
    "there is a hole and it smells of gas", "lamp dark at the corner", "big hole, cars swerve around it",
)  # fmt: skip
RULES = [
    {
        "code": "b1",
        "title": {"en": "Large first"},
        "when": {"answers": {"size": ["large"]}},
        "then": {"priority": "high"},
    },
    {
        "code": "b2",
        "title": {"en": "Danger first"},
        "when": {"services": ["POTHOLE"], "danger": True},
        "then": {"priority": "urgent"},
    },
    {
        "code": "b3",
        "title": {"en": "North yard"},
        "when": {"areas": [{"layer": "ward", "codes": ["1"]}]},
        "then": {"unit": "NORTH"},
    },
    {
        "code": "b4",
        "title": {"en": "Lamps in nine days"},
        "when": {"services": ["STREETLIGHT"]},
        "then": {"target": {"value": 9, "unit": "working_days"}},
    },
]
# As many as a person would see: half of the reports lie within metres of one that is there already.
WEST, SOUTH, WIDE = -93.3, 37.2, 0.09


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--reports", type=int, default=500)
    parser.add_argument("--backlog", type=int, default=100_000)
    parser.add_argument("--port", type=int, default=8396)
    options = parser.parse_args()
    with home() as environment:
        load = [sys.executable, "-m", "ombud", "demo", "--only-load"]
        subprocess.run(load, env=environment, check=True, stdout=subprocess.DEVNULL)
        os.environ.update(environment)
        _begin(options.requests)
        with served(environment, port=options.port):
            _by_web(options.port, 20, at_once=4)  # each worker of the server has read its catalogue after that
            web = {f"{n} at once": _by_web(options.port, options.reports, at_once=n) for n in (1, 4)}
        figures = {"requests": options.requests, "web": web, "backlog": _backlog(environment, options.backlog)}
    print(json.dumps(figures))


def _begin(requests: int) -> None:
    """Make the city that reports come into: its past, its rules, and what it promises."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "ombud.settings"
    import django

    django.setup()
    from django.db import connection

    from bench.many_requests import make_requests
    from ombud.kernel import clock
    from ombud.plumbing import walls
    from ombud.service_requests.commands import promises
    from ombud.triage.routing import commands as routing

    make_requests(requests)
    connection.ensure_connection()
    with walls.inside("springfield"):
        routing.load_rules(jurisdiction_id="springfield", raw=RULES, at=clock.now())
    promises.refresh_all()


def _place(dice: random.Random, known: list[tuple[float, float]]) -> tuple[float, float]:
    """Return where a report lies: beside one that is known, or somewhere."""
    if known and dice.random() < 0.5:
        lon, lat = dice.choice(known)
        return lon, lat + dice.uniform(2, 12) / 111_195
    known.append((WEST + dice.random() * WIDE, SOUTH + dice.random() * WIDE))
    return known[-1]


def _by_web(port: int, reports: int, *, at_once: int) -> dict[str, Any]:
    dice, known = random.Random(311 + at_once), list[tuple[float, float]]()
    asked, sent = list[float](), list[float]()

    def one(sender: Sender, number: int) -> None:
        words, (lon, lat) = dice.choice(SAID), _place(dice, known)
        query = urllib.parse.urlencode({"q": words})
        asked.append(_timed(lambda: sender.ask("GET", f"/springfield/report/?{query}")))
        path, page = _walked(sender, {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "method": "pin"}, words)
        sent.append(_timed(lambda: sender.post(path.replace("/check/", "/send/"), page)))

    began = time.perf_counter()
    _side_by_side([Sender(port) for _ in range(at_once)], reports, one)
    figures = {"suggestions": _told(asked), "sending": _told(sent), "seconds": round(time.perf_counter() - began)}
    print(f"web, {at_once} at once: {figures}", flush=True)
    return figures


def _walked(sender: Sender, where: dict[str, str], words: str) -> tuple[str, str]:
    """Walk the form to its last page; return its address and the page."""
    path = "/springfield/report/service/POTHOLE/"
    steps: list[dict[str, str]] = [{}, where, {"q.size": "small", "description": words, "stop_read": "1"}, {}]
    for told in steps:
        path = sender.post(path, sender.ask("GET", path)[2], **told)
        if path.endswith("/nearby/"):
            path = sender.post(path, sender.ask("GET", path)[2])
    return path, sender.ask("GET", path)[2]


def _side_by_side(senders: list[Sender], reports: int, one: Callable[[Sender, int], None]) -> None:
    failed: list[Exception] = []

    def work(at: int) -> None:
        try:
            for number in range(at, reports, len(senders)):
                one(senders[at], number)
        except Exception as failure:
            failed.append(failure)

    threads = [threading.Thread(target=work, args=(at,)) for at in range(len(senders))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def _told(took: list[float]) -> dict[str, float]:
    return {
        "n": len(took),
        "p50_ms": round(1000 * share(took, 0.5), 1),
        "p95_ms": round(1000 * share(took, 0.95), 1),
    }


def _backlog(environment: dict[str, str], reports: int) -> dict[str, Any]:
    """Let reports come in while no worker runs, and let one work them off."""
    from django.db import connection

    _begin_empty(connection)
    began = time.perf_counter()
    _come_in(reports)
    taken_in = time.perf_counter() - began
    waiting = _waiting(connection)
    worker = subprocess.Popen([sys.executable, "-m", "ombud", "worker"], env=environment, stdout=subprocess.DEVNULL)
    try:
        while (first := _waiting(connection)) == waiting:
            time.sleep(0.05)
        began = time.perf_counter()
        while left := _waiting(connection):
            time.sleep(0.5 if left > 1000 else 0.05)
        seconds = time.perf_counter() - began
    finally:
        worker.terminate()
        worker.wait(60)
    share_done = first / waiting
    figures = {
        "reports": reports,
        "reactions": waiting,
        "reports_a_second": round(reports * share_done / seconds, 1),
        "backlog_of_100000_minutes": round(100_000 * seconds / (reports * share_done) / 60, 1),
        "taken_in_a_second": round(reports / taken_in, 1),
    }
    print(f"backlog: {figures}", flush=True)
    return figures


def _come_in(reports: int) -> None:
    """Report so many things, through the door of every channel."""
    from uuid import uuid4

    from ombud.intake import commands as intake
    from ombud.intake.rules.place import Located
    from ombud.kernel import clock
    from ombud.kernel.geo import LonLat
    from ombud.plumbing import visit, walls

    dice, known, now = random.Random(311), list[tuple[float, float]](), clock.now()
    with walls.inside("springfield"), visit.begun():
        for n in range(reports):
            told = intake.Submission(
                client_id=uuid4(),
                service_code="POTHOLE",
                channel="phone",
                language="en",
                description=dice.choice(SAID),
                answers={"size": [dice.choice(("small", "large"))]},
                located=Located(method="pin", point=LonLat(*_place(dice, known))),
                email=f"sender-{n}@springfield.example" if n % 4 == 0 else "",
            )
            # Over the hours of a night, the last one now.
            at = now - timedelta(seconds=reports - n)
            intake.submit(jurisdiction_id="springfield", submission=told, at=at)


def _waiting(connection: Any) -> int:
    from ombud.plumbing import walls

    with walls.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'reactions' AND status = 'todo'")
        return int(cursor.fetchone()[0])


def _begin_empty(connection: Any) -> None:
    """Leave out what the reports by web have left: the worker that served them is gone."""
    from ombud.plumbing import walls

    with walls.as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'reactions' AND status = 'todo'")


if __name__ == "__main__":
    main()
