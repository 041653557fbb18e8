"""Two cities of ours joined by Open311: the client of one and the endpoint of the other understand each other."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import LazySettings
from django.test import Client

from ombud.connect.bridge import commands
from ombud.connect.bridge.models import Link
from ombud.connect.legacy.calling import Line
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from ombud.plumbing.outgoing import Answer
from ombud.service_requests import queries
from ombud.service_requests.commands import act, closing
from ombud.service_requests.models import ServiceRequest
from tests import open311
from tests.bridge import YARA, do_jobs, turn
from tests.builders import BRAM, MAIN_STREET, CityBuilder, staff
from tests.commands.test_bridge_open311 import MAPPING
from tests.conftest import NOON

GUS_THERE = staff(Role.DISPATCHER, account_id=21)
# Each city takes only points of its own; an address in words is taken by both.
SAME_WORDS = (
    MAPPING.replace("{HOLE: POTHOLE}", "{POTHOLE: POTHOLE}")
    .replace("attribute[SIZE]", "attribute[size]")
    .replace("  point: {far: [long, lat], direction: out}\n", "")
)
HERE = Located(method="address", point=MAIN_STREET, address="1 Main Street")


@pytest.fixture
def link(city: CityBuilder, other_city: CityBuilder, settings: LazySettings) -> Iterator[Link]:
    """A link from Springfield to Shelbyville; only the network between them is left out."""
    key = open311.door("shelbyville", rights=("report", "update", "status")).key
    settings.OMBUD_LINK_SECRETS = {"OMBUD_LINK_SPRINGFIELD_TWIN_CITY": key}
    client = Client()

    def ask(_: Line, method: str, path: str, *, params: Any = None, form: Any = None, **__: Any) -> Answer:
        call = client.get if method == "GET" else client.post
        told = call(f"/shelbyville/open311/v2/{path}", params if method == "GET" else form)
        return Answer(told.status_code, told.headers, told.content, path)

    commands.save_link(
        jurisdiction_id=city.id,
        code="twin",
        name="Shelbyville",
        connector="open311",
        settings={
            "url": "https://shelbyville.example/shelbyville/open311/v2",
            "timezone": "America/Los_Angeles",
            "own_ref": "external_id",
            "updates": True,
        },
        secrets={"api_key": "OMBUD_LINK_SPRINGFIELD_TWIN_CITY"},
        every_seconds=60,
        actor=YARA,
    )
    commands.save_mapping(
        jurisdiction_id=city.id, code="twin", text=SAME_WORDS, seen=None, reason="", actor=YARA, at=NOON
    )
    commands.set_mode(jurisdiction_id=city.id, code="twin", mode="both", actor=YARA, at=NOON)
    with patch.object(Line, "ask", ask):
        yield Link.objects.get(code="twin")


def there(number: str | None) -> ServiceRequest:
    with walls.inside("shelbyville"):
        return queries.by_number("shelbyville", str(number))


def test_a_request_goes_there_and_its_end_comes_back(city: CityBuilder, link: Link) -> None:
    request = city.report(located=HERE, description="A hole", answers={"size": ["large"]})
    do_jobs()
    link.refresh_from_db()
    number = request.row.old_number
    assert number
    far = there(number)
    assert (far.service_code, far.status, far.form.answers[0]["value"]) == ("POTHOLE", "received", "large")
    with clock.standing_at(NOON + timedelta(minutes=5)):
        with walls.inside("shelbyville"):
            closing.close(
                act.On("shelbyville", far.pk, GUS_THERE, clock.now()), outcome="fixed", text="We filled your hole."
            )
        turn(link)
    assert (request.row.status, request.row.outcome) == ("closed", "unstated")
    with clock.standing_at(NOON + timedelta(minutes=9)):
        events = request.row.version
        link = turn(link)
        assert (request.row.version, link.trouble) == (events, "")


def test_our_end_and_words_go_there_once(city: CityBuilder, link: Link) -> None:
    request = city.report(located=HERE)
    do_jobs()
    act.reply(request.on(BRAM), text="We told Shelbyville.")
    request.closed("fixed", text="They filled it.")
    do_jobs()
    with clock.standing_at(NOON + timedelta(hours=3)):
        turn(link)
    far = there(request.row.old_number)
    with walls.inside("shelbyville"):
        story = [e.text for e in queries.story(far, audiences=["public", "reporter", "staff"]) if e.text]
    assert far.status == "closed"
    assert story.count("They filled it.") == story.count("We told Shelbyville.") == 1
    assert (request.row.status, request.row.outcome) == ("closed", "fixed")
