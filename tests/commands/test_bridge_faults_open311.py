"""
The same over real HTTP: an Open311 server in some dialect that dies, answers HTML or half of what it should, and loses
the answers to what it did, while we die between our own steps. `--soak` runs three hundred schedules.
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings

from ombud.connect.bridge import checking, commands, handlers
from ombud.connect.bridge.models import FieldConflict, Held, Link, Push, Twin
from ombud.kernel import clock
from ombud.service_requests.commands import act, closing
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.rules.decisions import MoveRefused
from tests import open311_far
from tests.bridge import YARA, do_jobs
from tests.builders import BRAM, CityBuilder
from tests.commands.test_bridge_faults import Killed, dying
from tests.commands.test_bridge_open311 import MAPPING
from tests.conftest import NOON
from tests.open311_far import KEY, City, served

SHORT, LONG = 6, 300
STEPS = 12
FAULTS = ["html", "half", "down", "500", "429", "503"]
DIALECTS = [set(), {"xml only"}, {"wrapped", "numbers"}, {"small pages"}, {"duplicates"}, {"repeats the last page"}]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(LONG if metafunc.config.getoption("--soak") else SHORT))


@pytest.fixture
def far() -> Iterator[City]:
    with served(City(now=NOON)) as city:
        yield city


@pytest.fixture(autouse=True)
def _secret(settings: LazySettings) -> None:
    settings.OMBUD_LINK_SECRETS = {"OMBUD_LINK_SPRINGFIELD_COUNTY": KEY}


class Schedule:
    """One drawn course of events between us and a server."""

    def __init__(self, seed: int, city: CityBuilder, far: City) -> None:
        self.chance = random.Random(seed)
        self.city, self.far, self.at = city, far, NOON
        self.updates = self.chance.random() < 0.7
        own_ref = self.chance.choice(("description", "external_id"))
        far.dialect = {*self.chance.choice(DIALECTS), "knows external_id"}
        with clock.standing_at(NOON):
            commands.save_link(
                jurisdiction_id=city.id,
                code="county",
                name="County",
                connector="open311",
                settings=open311_far.settings(far, own_ref=own_ref, updates=self.updates, page_size=20),
                secrets={"api_key": "OMBUD_LINK_SPRINGFIELD_COUNTY"},
                every_seconds=60,
                actor=YARA,
            )
            commands.save_mapping(
                jurisdiction_id=city.id, code="county", text=MAPPING, seen=None, reason="", actor=YARA, at=NOON
            )
            commands.set_mode(jurisdiction_id=city.id, code="county", mode="both", actor=YARA, at=NOON)
        self.link = Link.objects.get(code="county")

    def play(self) -> None:
        """Let it all happen, and then let the weather clear."""
        for _ in range(STEPS):
            self._later(self.chance.choice((5, 70, 500)))
            with clock.standing_at(self.at):
                self.chance.choice([self._report, self._work_here, self._work_there, self._turn, self._turn])()
        self.far.faults.clear()
        for _ in range(25):
            self._later(7200)
            with clock.standing_at(self.at):
                if self._at_rest():
                    return
        raise AssertionError(f"it never comes to rest: {self._unrest()}")

    def _later(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)
        self.far.now = self.at

    def _report(self) -> None:
        self.city.report(description=f"said {self.chance.random()}")

    def _work_here(self) -> None:
        rows = list(ServiceRequest.objects.order_by("pk"))
        if not rows:
            return
        on = act.On(self.city.id, self.chance.choice(rows).pk, BRAM, self.at)
        try:
            match self.chance.randrange(3):
                case 0:
                    closing.close(on, outcome="fixed", text=f"done {self.chance.random()}")
                case 1:
                    act.reopen(on, text="not fixed")
                case _:
                    act.reply(on, text=f"from here {self.chance.random()}")
        except MoveRefused:
            pass

    def _work_there(self) -> None:
        numbers = sorted(self.far.requests)
        match self.chance.randrange(4):
            case 0:
                self.far.opened(description="there")
            case 1 if numbers and self.updates:
                self.far.tell(self.chance.choice(numbers), f"from there {self.chance.random()}")
            case 2 if numbers:
                self.far.set(self.chance.choice(numbers), status="closed", status_notes="c")
            case 3 if numbers:
                self.far.set(self.chance.choice(numbers), status="open", status_notes=None)

    def _turn(self) -> None:
        if self.chance.random() < 0.6:
            many = self.chance.randint(1, 3)
            self.far.faults += [f"GET {fault}" for fault in self.chance.sample(FAULTS, many)]
        if self.chance.random() < 0.5:
            self.far.faults.append(f"POST {self.chance.choice([*FAULTS, 'lost', 'lost', 'lost'])}")
        with dying(self.chance):
            for work in (do_jobs, lambda: handlers.run(self.link.pk), do_jobs):
                try:
                    work()
                except Killed:
                    break

    def _at_rest(self) -> bool:
        before = RequestEvent.objects.count(), len(self.far.requests), len(self.far.updates)
        commands.send_all_again(jurisdiction_id=self.city.id, code="county", actor=YARA, at=self.at)
        for conflict in FieldConflict.objects.order_by("pk"):
            keep = self.chance.choice(("near", "far"))
            commands.resolve(jurisdiction_id=self.city.id, conflict_id=conflict.pk, keep=keep, actor=YARA, at=self.at)
        do_jobs()
        handlers.run(self.link.pk)
        do_jobs()
        after = RequestEvent.objects.count(), len(self.far.requests), len(self.far.updates)
        return before == after and not any(self._unrest())

    def _unrest(self) -> list[object]:
        return [
            list(FieldConflict.objects.values_list("field", "near", "far", "why")),
            list(Held.objects.values_list("far_id", "unknown")),
            list(Twin.objects.exclude(push=Push.IDLE).values_list("far_id", "push", "trouble")),
            Link.objects.get(pk=self.link.pk).trouble,
        ]


def test_nothing_is_lost_or_doubled_over_the_wire(city: CityBuilder, far: City, seed: int) -> None:
    schedule = Schedule(seed, city, far)
    schedule.play()
    twins = dict(Twin.objects.values_list("request_id", "far_id"))
    assert set(twins) == set(ServiceRequest.objects.values_list("pk", flat=True))
    assert sorted(twins.values()) == sorted(far.requests)
    with clock.standing_at(schedule.at):
        report = checking.compare(Link.objects.get(pk=schedule.link.pk))
    assert (report["missing_here"], report["missing_there"]) == ([], [])
    # Nobody can take back the words of a status by the standard, nor without updates a status.
    assert set(report["different"]) <= ({"sentence"} if schedule.updates else {"status", "sentence"}), report["samples"]
    there = Counter(u["description"] for u in far.updates if "from" in u["description"])
    here = Counter(RequestEvent.objects.filter(kind="replied").values_list("text__body", flat=True))
    assert max(there.values(), default=1) == max(here.values(), default=1) == 1
    if schedule.updates:
        assert {words for words in here if words.startswith("from")} == set(there)
