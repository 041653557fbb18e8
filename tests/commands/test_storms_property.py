"""
Whatever is switched, reported and done in whatever order: no storm loses a report, a follower, an event or a clock.

Each run is told by a list of tries, inside a transaction that is rolled back. Beside it runs a plain model of when a
storm was on, which says what must have been gathered.
"""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.service_requests import queries as requests
from ombud.service_requests import timeline
from ombud.service_requests.commands import act, attach, incidents
from ombud.service_requests.models import Follower, RequestEvent, ServiceRequest
from ombud.service_requests.rules.lifecycle import State
from ombud.service_requests.storms import commands, handlers, queries
from ombud.service_requests.storms.models import Storm, StormReport
from ombud.web import storming
from tests.builders import GUS, MAIN_STREET, CityBuilder, RequestBuilder
from tests.commands.test_storms import SUE, terms
from tests.conftest import NOON

SERVICES = ("POTHOLE", "STREETLIGHT", "ENCAMPMENT")
DATES = {"expected_from": None, "expected_to": None}
# Storms and reports come up more often, so that most runs have some of both.
TRIED = (
    *("begin", "begin", "begin", "report", "report", "report", "report"),
    *("end", "longer", "go_round", "close", "reopen", "merge", "split", "follow"),
)
tries = st.lists(
    st.tuples(
        st.sampled_from(TRIED),
        st.integers(0, 11),
        st.integers(0, 5),
    ),
    min_size=4,
    max_size=14,
)


@dataclass
class Run:
    """One city with its storms, and what must be true of them."""

    city: CityBuilder
    now: datetime = NOON
    made: list[RequestBuilder] = field(default_factory=list)
    # Of each storm its services, its first and its last second.
    spans: dict[int, tuple[set[str], datetime, datetime]] = field(default_factory=dict)
    asked: dict[int, tuple[str, datetime]] = field(default_factory=dict)

    def do(self, what: str, n: int, hours: int) -> None:
        """Let time go by, and try something; a refusal is fine."""
        self.now += timedelta(hours=hours, minutes=7)
        with clock.standing_at(self.now):
            try:
                with transaction.atomic():
                    getattr(self, what)(n)
            except OmbudError:
                return

    def begin(self, n: int) -> None:
        services = [code for i, code in enumerate(SERVICES) if n & (1 << i)]
        told = terms(services=services, hours=1 + n)
        storm = commands.begin(jurisdiction_id=self.city.id, terms=told, actor=SUE, at=self.now)
        self.spans[storm.pk] = (set(services), self.now, storm.ends_at)

    def end(self, n: int) -> None:
        storm = Storm.objects.get(ended_at=None) if Storm.objects.filter(ended_at=None).exists() else None
        if storm is None:
            return
        commands.end(jurisdiction_id=self.city.id, storm_id=storm.pk, why="over", actor=SUE, at=self.now)
        services, began, _ = self.spans[storm.pk]
        self.spans[storm.pk] = (services, began, self.now)
        handlers.clear_up(storm.pk)

    def longer(self, n: int) -> None:
        for storm in Storm.objects.filter(ended_at=None):
            told: dict[str, Any] = {"storm_id": storm.pk, "hours": 1 + n, "why": "more", "actor": SUE, "at": self.now}
            commands.prolong(jurisdiction_id=self.city.id, **told)
            services, began, _ = self.spans[storm.pk]
            self.spans[storm.pk] = (services, began, self.now + timedelta(hours=1 + n))

    def go_round(self, n: int) -> None:
        handlers.go_round()

    def report(self, n: int) -> None:
        service = SERVICES[n % 3]
        made = self.city.report(service, when=self.now, at=MAIN_STREET, email=f"{len(self.made)}@mail.example")
        self.made.append(made)
        self.asked[made.id] = (service, self.now)
        event = RequestEvent.objects.get(request_id=made.id, seq=1)
        if queries.is_on(self.city.id) and n < 6:  # the others' jobs are lost, and made good in the end
            handlers.gather(event.pk)

    def one(self, n: int) -> RequestBuilder:
        """Return one of those that were made; raises OmbudError where there is none."""
        if not self.made:
            raise OmbudError("none")
        return self.made[n % len(self.made)]

    def close(self, n: int) -> None:
        self.one(n).closed("nothing_found", by=GUS)

    def reopen(self, n: int) -> None:
        act.reopen(self.one(n).on(GUS), text="still there")

    def merge(self, n: int) -> None:
        one, other = self.one(n), self.one(n + 1)
        numbers: dict[str, Any] = {"request_id": one.id, "with_number": other.number}
        incidents.merge(jurisdiction_id=self.city.id, **numbers, actor=GUS, at=self.now)

    def split(self, n: int) -> None:
        incidents.split(jurisdiction_id=self.city.id, request_id=self.one(n).id, actor=GUS, at=self.now)

    def follow(self, n: int) -> None:
        reporter = requests.reporter_of(self.one(n + 1).row)
        person: dict[str, Any] = {"contact_point_id": reporter.contact_point_id if reporter else None}
        attach.follow(jurisdiction_id=self.city.id, request_id=self.one(n).id, **person, at=self.now)

    def kept(self) -> "Kept":
        """Return what must never be lost."""
        rows = ServiceRequest.objects.filter(pk__in=[made.id for made in self.made])
        ids = [row.pk for row in rows]
        return Kept(
            states={row.pk: replace(timeline.state_of(row), **DATES) for row in rows},
            events=dict(RequestEvent.objects.filter(request__in=ids).values_list("pk", "kind")),
            followers=set(Follower.objects.filter(request__in=ids).values_list("pk", "request_id", "stopped_at")),
            links=set(StormReport.objects.values_list("storm_id", "request_id")),
        )


@dataclass
class Kept:
    """The requests but for their dates, and all that hangs on them."""

    states: dict[int, State]
    events: dict[int, str]
    followers: set[tuple[Any, ...]]
    links: set[tuple[int, int]]


def held(run: Run, what: str, before: Kept) -> None:
    """Hold what is there now against what was there before something was tried."""
    after = run.kept()
    assert before.events.items() <= after.events.items()
    assert before.followers <= after.followers
    assert before.links <= after.links
    assert before.states.keys() <= after.states.keys()
    if what in ("begin", "end", "longer", "go_round"):
        assert after.states == before.states, f"{what} changed a request"
        new = {kind for pk, kind in after.events.items() if pk not in before.events}
        assert new <= {"promise_moved"}


def clear(run: Run) -> None:
    """Let all be over, and hold what was gathered against the model."""
    run.now += timedelta(hours=200)
    with clock.standing_at(run.now):
        handlers.go_round()
        for storm in queries.left_to_tell(run.city.id):
            handlers.clear_up(storm.pk)
        city = catalog.city(run.city.id)
        assert queries.current(city, run.now) is None
        assert storming.banner(city) is None
        assert storming.short_form(city, city.service("POTHOLE"), MAIN_STREET) is None
        assert queries.left_to_tell(run.city.id) == []
    expected = {
        (storm, pk)
        for storm, (services, began, ends) in run.spans.items()
        for pk, (service, at) in run.asked.items()
        if service in services and began <= at < ends
    }
    assert set(StormReport.objects.values_list("storm_id", "request_id")) == expected
    for made in run.made:
        row = made.row
        told = requests.replayed(row)
        assert told == timeline.state_of(row), [f.name for f in fields(State)]
        assert (row.number, row.requested_at) == (made.number, run.asked[made.id][1])


def test_no_switching_loses_anything(city: CityBuilder, request: pytest.FixtureRequest) -> None:
    examples = 400 if request.config.getoption("soak") else 15

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples < 100,
        phases=[Phase.explicit, Phase.generate, Phase.shrink] if examples > 100 else [Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(tries)
    def holds(told: list[tuple[str, int, int]]) -> None:
        with transaction.atomic():
            run = Run(city)
            for what, n, hours in told:
                before = run.kept()
                run.do(what, n, hours)
                held(run, what, before)
            clear(run)
            transaction.set_rollback(True)

    holds()
