"""
No interleaving of merge, split, reopen, transfer and close loses a follower, an event or a clock.

One after the other against a model of who is with whom; and several at once, each on its own connection.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.plumbing import walls
from ombud.service_requests import queries, timeline
from ombud.service_requests.commands import act, attach, closing, incidents
from ombud.service_requests.commands.act import On
from ombud.service_requests.models import Follower, RequestEvent, RequestText, ServiceRequest
from ombud.service_requests.timeline import REPORTER, SYSTEM
from ombud.triage.likeness import commands as likeness
from tests.builders import CityBuilder, RequestBuilder
from tests.conftest import NOON

HOW_MANY = 6
CLOCKS = ("requested_at", "target_at", "expected_from", "expected_to")
EVENT = ("pk", "request_id", "seq", "kind", "at", "actor_kind", "changes", "facts", "text_id")


class Undo(Exception):
    """Rolls a run back."""


class Storm:
    """Some reports of one city, what is done to them, and what must be true whatever that is."""

    def __init__(self, city: CityBuilder) -> None:
        self.city = city
        self.at = NOON
        self.reports = [city.report(name="Ada", email=f"ada{i}@mail.example") for i in range(HOW_MANY)]
        # With whom each is, as a person would keep it on paper.
        self.with_whom: dict[int, frozenset[int]] = {r.id: frozenset({r.id}) for r in self.reports}
        self.clocks = {r.id: self.clock(r) for r in self.reports}
        self.followers: dict[int, tuple[Any, ...]] = {}
        self.events: dict[int, tuple[Any, ...]] = {}
        self.texts: dict[int, str] = {}
        self.reopened: Counter[int] = Counter()
        self.check()

    def clock(self, report: RequestBuilder) -> tuple[Any, ...]:
        row = report.row
        return tuple(getattr(row, name) for name in CLOCKS)

    def on(self, report: RequestBuilder) -> On:
        return On(self.city.id, report.id, SYSTEM, self.at)

    def attempt(self, verb: str, i: int, j: int) -> None:
        """Do one thing; what is refused is as if it were never tried."""
        self.at += timedelta(minutes=7)
        report, other = self.reports[i], self.reports[j]
        try:
            with transaction.atomic():
                getattr(self, verb)(report, other)
        except OmbudError:
            pass
        self.check()

    def merge(self, report: RequestBuilder, other: RequestBuilder) -> None:
        incidents.merge(
            jurisdiction_id=self.city.id,
            request_id=report.id,
            with_number=other.number,
            actor=SYSTEM,
            at=self.at,
            why={"score": 0.9},
        )
        self.together(report, other)

    def together(self, report: RequestBuilder, other: RequestBuilder) -> None:
        all_of_them = self.with_whom[report.id] | self.with_whom[other.id]
        self.with_whom |= dict.fromkeys(all_of_them, all_of_them)

    def split(self, report: RequestBuilder, other: RequestBuilder) -> None:
        before = self.with_whom[report.id]
        incidents.split(jurisdiction_id=self.city.id, request_id=report.id, actor=SYSTEM, at=self.at)
        # Who came with it may have gone back with it; the two halves are what there was before.
        half = frozenset(m.pk for m in queries.incident_members(report.row))
        assert report.id in half < before
        self.with_whom |= dict.fromkeys(half, half) | dict.fromkeys(before - half, before - half)

    def close(self, report: RequestBuilder, other: RequestBuilder) -> None:
        closing.close(self.on(report), outcome="fixed", text="We filled the hole.")

    def close_as_repeated(self, report: RequestBuilder, other: RequestBuilder) -> None:
        closing.close(self.on(report), outcome="duplicate_of", text="Reported before.", duplicate_of=other.number)
        self.together(report, other)

    def close_incident(self, report: RequestBuilder, other: RequestBuilder) -> None:
        closed = closing.close_incident(self.on(report), outcome="made_safe", text="We put a plate on it.")
        assert {e.request_id for e in closed} <= self.with_whom[report.id]
        assert all(r.row.status == "closed" for r in self.reports if r.id in self.with_whom[report.id])

    def reopen(self, report: RequestBuilder, other: RequestBuilder) -> None:
        act.reopen(On(self.city.id, report.id, REPORTER, self.at), text="It is still there.")
        self.reopened[report.id] += 1

    def transfer(self, report: RequestBuilder, other: RequestBuilder) -> None:
        agency = "SANITATION" if report.row.agency == "STREETS" else "STREETS"
        act.transfer(self.on(report), agency=agency, text="It is theirs.")

    def follow(self, report: RequestBuilder, other: RequestBuilder) -> None:
        point = Follower.objects.get(request_id=other.id, is_reporter=True).contact_point_id
        attach.follow(jurisdiction_id=self.city.id, request_id=report.id, contact_point_id=int(point or 0), at=self.at)

    def stop(self, report: RequestBuilder, other: RequestBuilder) -> None:
        one = Follower.objects.filter(request_id=report.id).order_by("-pk").first()
        attach.stop_following(jurisdiction_id=self.city.id, follower_id=one.pk if one else 0, at=self.at)

    def reply(self, report: RequestBuilder, other: RequestBuilder) -> None:
        act.reply(self.on(report), text="We are on our way.", question=True)

    def come_back(self, report: RequestBuilder, other: RequestBuilder) -> None:
        incidents.report_again(
            jurisdiction_id=self.city.id, request_id=report.id, earlier_number=other.number, actor=SYSTEM, at=self.at
        )

    def not_come_back(self, report: RequestBuilder, other: RequestBuilder) -> None:
        likeness.not_come_back(jurisdiction_id=self.city.id, request_id=report.id, actor=SYSTEM, at=self.at)

    def check(self) -> None:
        ids = [r.id for r in self.reports]
        rows = {row.pk: row for row in ServiceRequest.objects.in_city(self.city.id).filter(pk__in=ids)}
        events = list(RequestEvent.objects.filter(request_id__in=ids).order_by("request_id", "seq"))
        self.nothing_is_lost(ids, events)
        members: dict[int, set[int]] = {}
        for pk, row in rows.items():
            story = [e for e in events if e.request_id == pk]
            assert timeline.replay(story) == timeline.state_of(row)
            assert [e.seq for e in story] == list(range(1, row.version + 1))
            assert tuple(getattr(row, name) for name in CLOCKS) == self.clocks[pk], "a clock was lost"
            assert row.reopened == self.reopened[pk]
            assert (row.closed_at is None) == (row.status != "closed")
            members.setdefault(row.incident_id or -pk, set()).add(pk)
        assert {frozenset(group) for group in members.values()} == set(self.with_whom.values())
        assert all(len(group) > 1 for incident, group in members.items() if incident > 0), "an incident of one"
        one = rows[ids[len(events) % HOW_MANY]]
        assert len(queries.incident_members(one)) == len(self.with_whom[one.pk])
        assert {f.pk for f in queries.followers(one, whole_incident=True)} == {
            pk
            for pk, (request_id, _, _, stopped) in self.followers.items()
            if request_id in self.with_whom[one.pk] and not stopped
        }, "a follower is not told"

    def nothing_is_lost(self, ids: list[int], events: list[RequestEvent]) -> None:
        followers = {
            f.pk: (f.request_id, f.contact_point_id, f.is_reporter, f.stopped_at is not None)
            for f in Follower.objects.filter(request_id__in=ids)
        }
        for pk, (request_id, contact, reporter, stopped) in self.followers.items():
            assert followers[pk][:3] == (request_id, contact, reporter), "a follower was lost"
            assert followers[pk][3] or not stopped
        self.followers = followers
        now = {e.pk: tuple(getattr(e, name) for name in EVENT) for e in events}
        assert all(now.get(pk) == event for pk, event in self.events.items()), "an event was lost or changed"
        self.events = now
        texts = dict(RequestText.objects.filter(request_id__in=ids).values_list("pk", "body"))
        assert texts.items() >= self.texts.items(), "a text was lost"
        self.texts = texts


VERBS = sorted(
    name
    for name in vars(Storm)
    if not name.startswith("_") and name not in ("clock", "on", "attempt", "together", "check", "nothing_is_lost")
)
acts = st.lists(
    st.tuples(
        st.sampled_from([*VERBS, "merge", "merge", "split"]),
        st.integers(0, HOW_MANY - 1),
        st.integers(0, HOW_MANY - 1),
    ),
    min_size=8,
    max_size=20,
)


def test_nobody_and_nothing_is_lost(city: CityBuilder, request: pytest.FixtureRequest) -> None:
    examples = 600 if request.config.getoption("soak") else 12

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(acts)
    def whatever(told: list[tuple[str, int, int]]) -> None:
        try:
            with transaction.atomic():
                storm = Storm(city)
                for one in told:
                    storm.attempt(*one)
                raise Undo
        except Undo:
            pass

    whatever()


def test_each_of_these_can_succeed(city: CityBuilder) -> None:
    """The runs above prove nothing of what is always refused."""
    before = {
        "split": ["merge"],
        "reopen": ["close"],
        "come_back": ["close other"],
        "not_come_back": ["close other", "come_back"],
        "stop": ["follow"],
    }
    for verb in VERBS:
        try:
            with transaction.atomic():
                storm = Storm(city)
                for name in [*before.get(verb, []), verb]:
                    count = len(storm.events)
                    first, second = (1, 0) if name == "close other" else (0, 1)
                    storm.attempt(name.removesuffix(" other"), first, second)
                    assert len(storm.events) > count, f"{name} did nothing"
                raise Undo
        except Undo:
            pass


@pytest.fixture
def owner() -> Iterator["psycopg.Connection[Any]"]:
    """The tables' owner on a connection of its own, who takes away what the threads left."""
    at = connection.settings_dict
    with psycopg.connect(
        dbname=at["NAME"], user=at["USER"], host=at["HOST"], port=at["PORT"], password=at["PASSWORD"], autocommit=True
    ) as owner:
        yield owner


TOWN = "shelbyville"
LEFT = (
    "ombud_request_event", "ombud_follower", "ombud_request_text", "ombud_request_form", "ombud_likeness",
    "ombud_service_request", "ombud_request_place", "ombud_incident",
)  # fmt: skip


def _in_thread(work: Callable[[], None]) -> list[BaseException]:
    """Do something on a thread's own connection, and commit it."""
    trouble: list[BaseException] = []

    def run() -> None:
        try:
            with clock.standing_at(NOON), walls.inside(TOWN):
                work()
        except BaseException as error:
            trouble.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return trouble if not thread.is_alive() else [TimeoutError("it hangs")]


@pytest.mark.usefixtures("_ground")
def test_several_at_once_wait_for_each_other(
    owner: "psycopg.Connection[Any]", other_city: CityBuilder, request: pytest.FixtureRequest
) -> None:
    """Each thread holds what it needs in the same order; in another one PostgreSQL would break them up."""
    turns = 200 if request.config.getoption("soak") else 15
    reports: list[RequestBuilder] = []
    try:
        assert not _in_thread(lambda: reports.extend(other_city.report() for _ in range(5)))
        trouble: list[BaseException] = []

        def work(seed: int) -> None:
            trouble.extend(_in_thread(lambda: _acts(seed, turns, reports)))

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not trouble, trouble
        assert not _in_thread(lambda: _is_whole(reports))
    finally:
        owner.execute("SET session_replication_role = replica")  # else nobody may delete history
        for table in LEFT:
            owner.execute(f"DELETE FROM {table} WHERE jurisdiction_id = %s", [TOWN])
        owner.execute("DELETE FROM procrastinate_jobs WHERE args->>'city' = %s", [TOWN])


def _acts(seed: int, turns: int, reports: list[RequestBuilder]) -> None:
    dice = random.Random(seed)
    for turn in range(turns):
        one, other = dice.sample(reports, 2)
        on = On(TOWN, one.id, SYSTEM, NOON + timedelta(minutes=turn))
        common = {"jurisdiction_id": TOWN, "request_id": one.id, "actor": SYSTEM, "at": on.at}
        try:
            match dice.choice(["merge", "merge", "split", "close", "close_incident", "reopen"]):
                case "merge":
                    incidents.merge(**common, with_number=other.number)
                case "split":
                    incidents.split(**common)
                case "close":
                    closing.close(on, outcome="duplicate_of", text="Reported before.", duplicate_of=other.number)
                case "close_incident":
                    closing.close_incident(on, outcome="fixed", text="Done.")
                case "reopen":
                    act.reopen(on, text="Still there.")
        except OmbudError:
            pass


def _is_whole(reports: list[RequestBuilder]) -> None:
    sizes: Counter[int] = Counter()
    for row in ServiceRequest.objects.in_city(TOWN).filter(pk__in=[r.id for r in reports]):
        assert queries.replayed(row) == timeline.state_of(row)
        events = list(RequestEvent.objects.in_city(TOWN).filter(request=row).order_by("seq"))
        assert [e.seq for e in events] == list(range(1, row.version + 1))
        if row.incident_id:
            sizes[row.incident_id] += 1
    assert all(n > 1 for n in sizes.values()), f"an incident of one: {sizes}"
