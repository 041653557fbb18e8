"""Sending analyses in tests, and what the worker then does."""

import json
import re
from datetime import timedelta
from typing import Any

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from ombud.kernel import clock
from ombud.opendata.analyses import handlers
from ombud.plumbing import walls
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.desk import Staff
from tests.published import publish

DATA = "/springfield/data/"
ANALYSES = f"{DATA}analyses/"
DESK = "/springfield/desk/analyses/"
TOLD = {
    "title": "Potholes lead",
    "claim": "There are four reports of potholes.",
    "how": "exactly",
    "author": "Ada Moreno",
    "affiliation": "The Springfield Shopper",
    "email": "ada@mail.example",
    "agreed": "on",
}
SOQL = "SELECT count(*) AS n WHERE service_code = 'POTHOLE'"
LATER = NOON + timedelta(days=6)
NOTEBOOK = json.dumps(
    {"nbformat": 4, "cells": [{"cell_type": "code", "source": "print('<b>bold</b>')", "outputs": [{"text": "canary"}]}]}
).encode()
REVIEW = {"opinion": "reproduces", "words": "I ran it.", "interest": "none", "agreed": "on"}


def work() -> list[str]:
    """Do what jobs of analyses were deferred for, and what those defer; return the names of what was done."""
    done: list[str] = []
    while names := _work_once():
        done += names
    return done


def _work_once() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE args->>'handler' LIKE 'ombud.opendata.analyses.%%'"
            " RETURNING id, args->>'city', (args->>'subject_id')::bigint, args->>'handler'"
        )
        waiting = sorted(cursor.fetchall())
    for _id, city, subject_id, handler in waiting:
        with walls.inside(city):
            getattr(handlers, handler.rpartition(".")[2])(subject_id)
    return [handler.rpartition(".")[2] for *_rest, handler in waiting]


def hidden(page: str) -> dict[str, str]:
    """Return what a form carries unseen."""
    named = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: value.replace("&amp;", "&") for name, value in named if name != "csrfmiddlewaretoken"}


def looked(record: str, **told: str) -> Any:
    """Look at the result of a query, and return the answer of the page."""
    return Client().post(f"{ANALYSES}new/", {"dataset": record, "soql": SOQL, "do": "look", **told})


def sent(record: str, **told: str) -> Any:
    """Look at the result of a query, then send the analysis; return the answer of the page."""
    given = {**TOLD, "dataset": record, "soql": SOQL, **told}
    kept = hidden(looked(record, **given).content.decode())
    return Client().post(f"{ANALYSES}new/", {**given, **kept, "do": "send"})


def letter(to: str) -> str:
    """Return the path of the last link that a letter to somebody has below the links of analyses."""
    work()
    last = next(one for one in reversed(mail.outbox) if one.to == [to])
    found = re.search(r"http://[^/]+(/springfield/data/analyses/(?:mine|review)/\S+)", str(last.body))
    assert found, last.body
    return found[1]


def confirmed(record: str, **told: str) -> str:
    """Send an analysis and confirm it, and return the path of its author's page."""
    answer = sent(record, **told)
    assert answer.status_code == 200, answer.content.decode()
    link = letter(told.get("email", TOLD["email"]))
    assert Client().post(link, {"do": "confirm"}).status_code == 302
    return link


def code_of(desk: Client, title: str = TOLD["title"]) -> str:
    """Return the code of an analysis, from the desk's list."""
    page = desk.get(DESK).content.decode()
    found = re.search(rf'/desk/analyses/([a-z0-9]{{4}}-[a-z0-9]{{4}})/">{re.escape(title)}', page)
    assert found, page
    return found[1]


def shown(record: str, desk: Client, *, featured: bool = False, **told: str) -> str:
    """Send an analysis, confirm it, let it through, and return its code."""
    confirmed(record, **told)
    code = code_of(desk, told.get("title", TOLD["title"]))
    desk.post(f"{DESK}{code}/let-through/", {"featured": "1"} if featured else {})
    return code


def told(code: str, *, status: int = 200) -> Any:
    """Return what programs are told of an analysis."""
    answer = Client().get(f"{ANALYSES}{code}.json")
    assert answer.status_code == status
    return answer.json()


def look_again(at: Any) -> list[str]:
    """Let the clock's routine and the worker do what is due."""
    with clock.standing_at(at):
        handlers.queue_due_all()
        return work()


def change(city: CityBuilder, *, at: Any = LATER) -> None:
    """Report another pothole, and publish."""
    city.report("POTHOLE")
    publish(city, at=at)


def send_notebook(record: str, **more: Any) -> Any:
    """Send a claim that rests on a notebook."""
    given = {**TOLD, "dataset": record, "notebook_link": "https://git.example/a.ipynb", "do": "send", **more}
    return Client().post(f"{ANALYSES}new/?kind=notebook", given)


def notebook_shown(record: str, desk: Staff) -> tuple[str, str]:
    """Send a notebook, confirm it, let it through; return its code and its author's link."""
    file = SimpleUploadedFile("potholes.ipynb", NOTEBOOK)
    assert send_notebook(record, file=file, notebook_hash="abcdef1").status_code == 200
    link = letter(TOLD["email"])
    Client().post(link, {"do": "confirm"})
    code = code_of(desk.yara)
    desk.yara.post(f"{DESK}{code}/let-through/")
    return code, link


def invited(desk: Staff, code: str) -> str:
    """Ask somebody to review an analysis, and return the link they are sent."""
    who = {"name": "Dr Rosa Lindt", "affiliation": "University of Springfield", "email": "rosa@mail.example"}
    assert desk.yara.post(f"{DESK}{code}/invite/", who).status_code == 302
    return letter("rosa@mail.example")
