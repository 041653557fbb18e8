"""Los Angeles joined with its four old systems by the mappings of the demo: there and back, once, and the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import LazySettings, settings

from ombud.catalog import queries as catalog_queries
from ombud.catalog.loading import load_folder
from ombud.connect import demo_links
from ombud.connect.bridge import checking, commands
from ombud.connect.bridge.models import FieldConflict, Held, Link, Twin
from ombud.connect.bridge.rules.mapping import read_mapping
from ombud.connect.legacy.graffiti import stand_in as graffiti
from ombud.connect.legacy.sanitation import stand_in as sanitation
from ombud.connect.legacy.street_lighting import stand_in as street_lighting
from ombud.connect.legacy.street_services import stand_in as street_services
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.geo import LonLat
from ombud.places import commands as places
from ombud.plumbing import walls
from ombud.service_requests import queries
from ombud.service_requests.commands import act
from ombud.service_requests.models import RequestEvent
from ombud.service_requests.timeline import REPORTER
from tests.bridge import YARA, do_jobs, turn
from tests.builders import CityBuilder, RequestBuilder
from tests.conftest import NOON

FOLDER = settings.OMBUD_DEMO_FOLDER / "los_angeles"
BRIDGES = FOLDER / "bridges"
LINKS = {link["code"]: link for link in yaml.safe_load((BRIDGES / "links.yaml").read_text())}
BERENDO = Located(method="pin", point=LonLat(-118.294017, 34.067639), address="356 S Berendo St, 90020")


@dataclass
class OldSystem:
    """One of the four, as its own people see it."""

    code: str
    address: str
    service: str
    answers: dict[str, list[str]]
    # Does what is done at night, where it has nights.
    night: Callable[[], object]
    # Makes one of an unknown kind, and one as its own people would.
    unknown: Callable[[], str]
    made_there: Callable[[], str]
    # Closes one of theirs as fixed, and says whether one was taken back.
    fix: Callable[[str], object]
    is_taken_back: Callable[[str], bool]
    sentence: str


@contextmanager
def _street_services(home: Path) -> Iterator[OldSystem]:
    with street_services.serving(home) as far:
        there = {"address": "1 MAIN ST", "lat": "34.05", "long": "-118.25"}
        yield OldSystem(
            code="street_services",
            address=far.url,
            service="BSS-POT",
            answers={"danger_now": ["no"], "ada_barrier": ["no"]},
            night=lambda: None,
            unknown=lambda: far.office.take({"type": "SMD-OLD1", **there}),
            made_there=lambda: far.office.take({"type": "UFD-PALM", **there}),
            fix=lambda number: far.office.change(number, {"status": "COMPLETE", "resolution": "R01"}),
            is_taken_back=lambda number: (far.office.look(number) or {"status": ""})["status"] == "CANCELLED",
            sentence="The crew repaired it.",
        )


@contextmanager
def _sanitation(home: Path) -> Iterator[OldSystem]:
    home.chmod(0o755)
    with sanitation.serving(home) as far:
        there: dict[str, Any] = {"addr": "1 MAIN ST", "x_coord": -118.25, "y_coord": 34.05}
        status = "SELECT stat_cd FROM sr_hdr WHERE sr_no = %s"
        yield OldSystem(
            code="sanitation",
            address=f"postgresql://{far.host}:{far.port}/sanstar",
            service="SAN-BULKY",
            answers={"items": ["sofa", "mattress"], "item_count": ["3"], "pickup_spot": ["curb"]},
            night=lambda: None,
            unknown=lambda: far.yards.take(sr_typ=199, **there),
            made_there=lambda: far.yards.take(sr_typ=110, **there),
            fix=lambda number: far.yards.change(number, stat_cd=90, rsln_cd=1),
            is_taken_back=lambda number: far.yards._db.execute(status, (number,)).fetchone() == {"stat_cd": 80},
            sentence="We picked it up.",
        )


@contextmanager
def _street_lighting(home: Path) -> Iterator[OldSystem]:
    nights = iter(range(1, 100))
    with street_lighting.serving(home) as far:
        there = {"address": "1 MAIN ST", "lat": "34.05", "lon": "-118.25", "pole": "P12"}
        yield OldSystem(
            code="street_lighting",
            address=f"sftp://{far.host}:{far.port} {far.host_key}",
            service="BSL-ONE",
            answers={"danger_now": ["no"], "working": ["no"], "details": ["P4711"]},
            night=lambda: far.shop.drop(name=f"{next(nights):03}"),
            unknown=lambda: far.shop.take({"type": "UGS", **there}),
            made_there=lambda: far.shop.take({"type": "SLM", **there}),
            fix=lambda number: far.shop.change(number, {"status": "DONE", "outcome": "WIRE"}),
            is_taken_back=lambda number: (far.shop.look(number) or {"status": ""})["status"] == "CANC",
            sentence="The crew replaced the wire.",
        )


@contextmanager
def _graffiti(home: Path) -> Iterator[OldSystem]:
    with graffiti.serving(home) as far:
        there = {"address": "1 MAIN ST", "location": {"lat": 34.05, "lng": -118.25}}
        yield OldSystem(
            code="graffiti",
            address=far.url,
            service="OCB-GRAF",
            answers={"surfaces": ["wall", "fence"], "removal_method": ["paint"], "threat": ["no"]},
            night=lambda: None,
            unknown=lambda: far.depot.take({"kind": "STICKER", **there}),
            made_there=lambda: far.depot.take(there),
            fix=lambda number: far.depot.change(number, {"state": "done", "result": "WSH", "contractor": "NEGB_ELA"}),
            is_taken_back=lambda number: (far.depot.look(number) or {"state": ""})["state"] == "cancelled",
            sentence="The crew washed it off.",
        )


@pytest.fixture
def la(_ground: None, settings: LazySettings) -> Iterator[CityBuilder]:
    settings.OMBUD_LINK_SECRETS = demo_links.secrets_of(LINKS.values())
    load_folder(FOLDER, at=NOON)
    with walls.inside("la"):
        places.load_boundaries(FOLDER / "boundaries", jurisdiction_id="la", at=NOON)
        yield CityBuilder("la")


@pytest.fixture(params=[_street_services, _graffiti, _sanitation, _street_lighting])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldSystem]:
    with request.param(tmp_path) as system:
        yield system


def _joined(old: OldSystem) -> Link:
    link = LINKS[old.code]
    text = (BRIDGES / f"{old.code}.yaml").read_text(encoding="utf-8")
    return demo_links.join("la", link, old.address, text)


def _report(la: CityBuilder, old: OldSystem) -> RequestBuilder:
    return la.report(
        old.service,
        located=BERENDO,
        answers=old.answers,
        description="In front of the bakery, since Sunday.",
        name="Ada Moreno",
        email="ada@example.org",
    )


def _told(link: Link, report: RequestBuilder, old: OldSystem) -> str:
    """Let what is due go out, with a night in between where it takes one, and return the number it has there."""
    do_jobs()
    old.night()
    turn(link)
    do_jobs(later=True)
    twin = Twin.objects.get(jurisdiction_id="la", link=link, request_id=report.id)
    assert (twin.trouble, twin.push) == ("", "idle")
    return str(twin.far_id)


def test_there_and_back(la: CityBuilder, old: OldSystem) -> None:
    theirs, strange = old.made_there(), old.unknown()
    old.night()
    link = turn(_joined(old))
    assert (link.trouble, Twin.objects.filter(link=link).count()) == ("", 1)
    assert queries.by_number("la", theirs).old_number == theirs

    # What nobody knows waits for a person, whole, until somebody says what it means.
    assert [held.far_id for held in Held.objects.filter(link=link)] == [strange]
    _what_it_means_is_said(old)
    turn(link)
    assert queries.by_number("la", strange).service_code == old.service

    # What is reported here is made there, and found here by the number it has there.
    # It was asked a while ago: a night went by before it was sent.
    with clock.standing_at(clock.now() - timedelta(hours=9)):
        report, second = _report(la, old), _report(la, old)
    asked_at = report.row.requested_at
    number, second_number = _told(link, report, old), _told(link, second, old)
    assert queries.by_number("la", number).pk == report.id
    assert queries.by_number("la", number).requested_at == asked_at

    # What is done there is told here, in the words of here.
    old.fix(number)
    old.night()
    turn(link)
    row = report.row
    assert (row.status, row.outcome) == ("closed", "fixed")
    assert old.sentence in [entry.text for entry in queries.story(row, audiences=["public", "reporter"])]

    # What is done here is done there.
    act.withdraw(second.on(REPORTER), text="It is gone.")
    do_jobs()
    old.night()
    turn(link)
    assert old.is_taken_back(second_number)

    # Again changes nothing on either side.
    events = RequestEvent.objects.count()
    for _ in range(2):
        old.night()
        assert turn(link).trouble == ""
    assert RequestEvent.objects.count() == events
    assert list(FieldConflict.objects.values_list("field", "why")) == []
    report_of_both = checking.compare(link)
    assert report_of_both["alike"], report_of_both["samples"]
    assert (report_of_both["here"], report_of_both["there"]) == (4, 4)
    assert report_of_both["sums_here"] == report_of_both["sums_there"]


def _what_it_means_is_said(old: OldSystem) -> None:
    """Let an administrator say what the kind means that nobody knew."""
    word = {"street_services": "SMD-OLD1", "sanitation": "199", "street_lighting": "UGS", "graffiti": "STICKER"}[
        old.code
    ]
    raw = yaml.safe_load((BRIDGES / f"{old.code}.yaml").read_text(encoding="utf-8"))
    kinds = raw["fields"]["service"]["in"]
    raw["fields"]["service"] |= {
        "out": {ours: theirs for theirs, ours in kinds.items()},
        "in": {**kinds, word: old.service},
    }
    commands.save_mapping(
        jurisdiction_id="la", code=old.code, text=yaml.safe_dump(raw), seen=None, reason="", actor=YARA, at=clock.now()
    )


def test_the_mappings_of_the_demo_fit_its_catalogue(la: CityBuilder) -> None:
    services = catalog_queries.city("la").services
    for code in LINKS:
        mapping = read_mapping((BRIDGES / f"{code}.yaml").read_text(encoding="utf-8"), services=services)
        for service in mapping.fields["service"].out:
            outcomes = {f"closed:{outcome}" for outcome in services[service].outcomes if outcome != "waiting_list"}
            assert outcomes <= set(mapping.fields["status"].out), (code, service)
