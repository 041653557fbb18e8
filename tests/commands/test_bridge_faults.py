"""
Whatever happens on the way, both sides come to hold the same: nothing is lost, nothing is doubled.

Each schedule is drawn from a seed: people work on both sides while calls fail before or after they were done, pages
come twice, in another order or spoilt, and we die between any two steps. Then the weather clears, and both sides are
held against each other. `--soak` runs a thousand; a failure names its seed.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from ombud.connect.bridge import checking, commands, handlers, passing, pulling, sending, settling
from ombud.connect.bridge.models import FieldConflict, Held, Link, Push, Twin
from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRecord, FarRefused, Page
from ombud.kernel import clock
from ombud.service_requests import queries
from ombud.service_requests.commands import act, closing
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.rules.decisions import MoveRefused
from tests.bridge import YARA, Far, do_jobs, link_to
from tests.builders import BRAM, CityBuilder
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("fake_connector")
SHORT, LONG = 40, 1000
STEPS = 14


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(LONG if metafunc.config.getoption("--soak") else SHORT))


class Killed(BaseException):
    """We were killed here: nobody may catch it."""


class Weather(Far):
    """A far system in bad weather: any call may fail, before or after it was done, and pages come as they like."""

    chance: random.Random
    bad = True

    def _perhaps_fail(self, called: str, when: str) -> None:
        self.calls.append(called) if when == "before" else None
        if not self.bad or self.chance.random() > 0.18:
            return
        raise self.chance.choice(
            [FarDown("Down."), FarDown("Wait.", wait_seconds=5.0), FarNonsense("<html>"), Killed(), FarRefused("No.")]
            if called in ("create", "update", "say") and when == "before"
            else [FarDown("Down."), FarNonsense("<html>"), Killed()]
        )

    def _pages(self, numbers: list[str], called: str) -> Iterator[Page]:
        for page in super()._pages(numbers, called):
            yield page
            if self.bad and self.chance.random() < 0.3:
                again = [self._spoilt(record) for record in page.records] * 2
                self.chance.shuffle(again)
                yield Page(again, page.cursor)

    def _spoilt(self, record: FarRecord) -> FarRecord:
        if self.chance.random() < 0.8:
            return record
        return FarRecord(record.far_id, {**record.values, "STATE": "\x00??"}, record.changed_at, record.own_ref)


# Where we may die: just before or just after each of these.
STEPS_OF_OURS: list[tuple[Any, str]] = [
    (sending, "adopt"),
    (sending, "mark_due"),
    (sending, "_agree"),
    (sending, "_done"),
    (sending, "_asked_to_make"),
    (sending, "later"),
    (settling, "settle"),
    (settling, "_agree"),
    (passing, "hear"),
    (passing, "bring_in"),
    (pulling, "bring_in"),
    (pulling.Pull, "page"),
    (handlers, "_carry_over"),
]


@contextmanager
def dying(chance: random.Random) -> Iterator[None]:
    """Die at one of our own steps within the block, perhaps."""
    where, name = chance.choice(STEPS_OF_OURS)
    step: Callable[..., Any] = getattr(where, name)
    after = chance.random() < 0.5

    def dies(*args: Any, **more: Any) -> Any:
        if not after:
            raise Killed
        step(*args, **more)
        raise Killed

    if chance.random() < 0.5:
        yield
        return
    with patch.object(where, name, dies):
        yield


class Schedule:
    """One drawn course of events, and what both sides must hold at its end."""

    def __init__(self, seed: int, city: CityBuilder) -> None:
        self.chance = random.Random(seed)
        self.city = city
        self.far = Weather(page_size=self.chance.randint(1, 4), tells_own_ref=self.chance.random() < 0.7)
        self.far.chance = self.chance
        self.far.keeps_our_refs = self.chance.random() < 0.5
        self.at: datetime = NOON
        self.made_here: set[int] = set()
        self.said_here: Counter[str] = Counter()
        self.said_there: Counter[str] = Counter()
        self.deleted: set[str] = set()
        self.link: Link

    def play(self) -> None:
        """Let it all happen."""
        with clock.standing_at(self.at):
            self.link = link_to(self.far)
        for _ in range(STEPS):
            self.at += timedelta(seconds=self.chance.choice((1, 20, 70, 400, 4000)))
            with clock.standing_at(self.at):
                self._step()
        self.far.bad = False
        for _ in range(30):
            self.at += timedelta(hours=2)
            with clock.standing_at(self.at):
                if self._cleared_up():
                    return
        raise AssertionError(f"it never comes to rest: {self._unrest()}")

    def _step(self) -> None:
        what = self.chance.choice(
            [self._report, self._report, self._work_here, self._work_here, self._open_there, self._work_there]
            + [self._work_there, self._say_here, self._say_there, self._delete_there]
            + [self._turn] * 6
        )
        what()

    def _report(self) -> None:
        self.made_here.add(self.city.report(description=f"said at {self.at}").id)

    def _one_here(self) -> ServiceRequest | None:
        rows = list(ServiceRequest.objects.order_by("pk"))
        return self.chance.choice(rows) if rows else None

    def _work_here(self) -> None:
        if (row := self._one_here()) is None:
            return
        on = act.On(self.city.id, row.pk, BRAM, self.at)
        try:
            match self.chance.randrange(4):
                case 0:
                    closing.close(on, outcome=self.chance.choice(("fixed", "nothing_found")), text=f"done {self.at}")
                case 1:
                    act.reopen(on, text="not fixed")
                case 2:
                    act.assign(on, assignee_id=None, unit=self.chance.choice(("NORTH", "SOUTH")))
                case _:
                    act.accept(on)
        except MoveRefused:
            pass

    def _say_here(self) -> None:
        if (row := self._one_here()) is not None:
            words = f"from here {self.chance.random()}"
            act.reply(act.On(self.city.id, row.pk, BRAM, self.at), text=words)
            if Twin.objects.filter(request_id=row.pk).exists() or row.pk in self.made_here:
                self.said_here[words] += 1

    def _open_there(self) -> None:
        self.far.opened(at=self.at, TEXT=f"told {self.at}")

    def _one_there(self) -> str | None:
        numbers = sorted(n for n in self.far.records if n not in self.deleted)
        return self.chance.choice(numbers) if numbers else None

    def _work_there(self) -> None:
        if (number := self._one_there()) is None:
            return
        self.far.set(
            number,
            at=self.at,
            **self.chance.choice(
                [
                    {"STATE": "closed", "RESULT": "done", "COMMENT": f"c{self.at:%H%M%S}"},
                    {"STATE": "closed", "RESULT": "", "COMMENT": ""},
                    {"STATE": "open", "RESULT": "", "COMMENT": ""},
                    {"CREW": self.chance.choice(("NORTH", "SOUTH", "EAST"))},
                    {"PRIO": self.chance.choice("1234")},
                    {"ADDRESS": f"{self.chance.randint(1, 9)} Elm St"},
                    {"TEXT": f"other words {self.at}"},
                ]
            ),
        )

    def _say_there(self) -> None:
        if (number := self._one_there()) is not None:
            words = f"from there {self.chance.random()}"
            self.far.remark(number, words)
            self.said_there[words] += 1

    def _delete_there(self) -> None:
        if self.chance.random() < 0.3 and (number := self._one_there()) is not None:
            self.far.records[number].gone = True
            self.far.records[number].changed_at = self.at
            self.deleted.add(number)

    def _turn(self) -> None:
        """Read what is there and do what is due, in whatever weather, and die on the way perhaps."""
        with dying(self.chance):
            for work in (do_jobs, lambda: handlers.run(self.link.pk), do_jobs):
                try:
                    work()
                except Killed:
                    break

    def _cleared_up(self) -> bool:
        """Let a person do what is theirs to do, and say whether nothing is left to do."""
        before = RequestEvent.objects.count(), [dict(r.values) for r in self.far.records.values()]
        commands.send_all_again(jurisdiction_id=self.city.id, code="old", actor=YARA, at=self.at)
        for conflict in FieldConflict.objects.order_by("pk"):
            keep = self.chance.choice(("near", "far"))
            commands.resolve(jurisdiction_id=self.city.id, conflict_id=conflict.pk, keep=keep, actor=YARA, at=self.at)
        do_jobs()
        handlers.run(self.link.pk)
        do_jobs()
        after = RequestEvent.objects.count(), [dict(r.values) for r in self.far.records.values()]
        return before == after and not any(self._unrest().values())

    def _unrest(self) -> dict[str, Any]:
        return {
            "conflicts": list(FieldConflict.objects.values_list("field", "near", "far", "why")),
            "held": list(Held.objects.values_list("far_id", "unknown")),
            "due": list(Twin.objects.exclude(push=Push.IDLE).values_list("request_id", "far_id", "push", "trouble")),
            "trouble": Link.objects.get(pk=self.link.pk).trouble,
        }


def test_both_sides_come_to_hold_the_same(city: CityBuilder, seed: int) -> None:
    schedule = Schedule(seed, city)
    schedule.play()
    far, link = schedule.far, Link.objects.get(pk=schedule.link.pk)
    report = checking.compare(link)
    assert not report["different"], report["samples"]
    assert (report["missing_here"], report["missing_there"]) == ([], [])
    # Each is there once: what was made here, and what was made there.
    twins = dict(Twin.objects.values_list("request_id", "far_id"))
    assert set(twins) == set(ServiceRequest.objects.values_list("pk", flat=True))
    assert schedule.made_here <= set(twins)
    assert len(set(twins.values())) == len(twins)
    refs = Counter(r.own_ref for r in far.records.values() if r.own_ref)
    assert [ref for ref, n in refs.items() if n > 1] == []
    assert set(far.records) - set(twins.values()) <= schedule.deleted
    for row in ServiceRequest.objects.all():
        assert queries.replayed(row).status == row.status
        assert twins[row.pk] in schedule.deleted or queries.by_number(city.id, str(twins[row.pk])).pk == row.pk
    # Each remark stands on both sides once, but for what was said of a record that was deleted.
    living = [r for n, r in far.records.items() if n not in schedule.deleted]
    there = Counter(remark.text for record in living for remark in record.remarks)
    assert max(there.values(), default=1) == 1
    texts = RequestEvent.objects.filter(text__isnull=False, kind="replied").values_list("text__body", flat=True)
    assert max(Counter(texts).values(), default=1) == 1
    gone_with = {pk for pk, number in twins.items() if number in schedule.deleted}
    lost_here = set(there) - set(texts)
    assert lost_here == set()
    of_living = RequestEvent.objects.exclude(request_id__in=gone_with).filter(kind="replied")
    lost_there = schedule.said_here.keys() & set(of_living.values_list("text__body", flat=True)) - set(there)
    assert lost_there == set()
