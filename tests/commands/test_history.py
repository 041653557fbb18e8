"""
Whatever is tried, by whomever, in whatever order: the row is its timeline, and a refusal leaves no trace.

Each run reports three things with planted contact data and free text, then tries commands at random, inside a
transaction that is rolled back.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ombud.kernel.errors import OmbudError
from ombud.service_requests import queries, timeline
from ombud.service_requests.commands import act, attach, closing, incidents, pauses, photos
from ombud.service_requests.commands.act import On
from ombud.service_requests.commands.attach import StoredPhoto
from ombud.service_requests.models import Follower, RequestEvent, RequestPhoto
from ombud.service_requests.rules.lifecycle import MOVES, Kind, State, Status
from ombud.service_requests.rules.photo_boxes import Box, What
from ombud.service_requests.timeline import REPORTER, SYSTEM, Actor
from tests.builders import BRAM, BRAMS_COLLEAGUE, CALL_TAKER, DUNYA, GUS, NILS, CityBuilder, RequestBuilder
from tests.conftest import NOON
from tests.photos import searched, stored

# Each stands in one field that people fill in; none may turn up in history.
PLANTED = {
    "name": "Zebedee Quillfeather",
    "email": "zq-canary@mail.example",
    "phone": "+12135550147",
    "description": "the-description-canary",
    "answer": "the-answer-canary",
    "note_on_place": "the-place-canary",
    "text": "the-text-canary",
}
NOBODY = Actor("staff", account_id=99)
ACTORS = (REPORTER, BRAM, BRAMS_COLLEAGUE, DUNYA, GUS, NILS, CALL_TAKER, SYSTEM, NOBODY)
BY_LINK = frozenset({Kind.ANSWERED, Kind.COMMENTED, Kind.REOPENED, Kind.WITHDRAWN, Kind.RATED, Kind.PHOTO_ADDED})
TABLES = (
    "ombud_service_request",
    "ombud_request_event",
    "ombud_request_text",
    "ombud_request_form",
    "ombud_request_photo",
    "ombud_request_place",
    "ombud_incident",
    "ombud_follower",
    "ombud_contact_point",
    "ombud_message",
    "procrastinate_jobs",
)


@dataclass
class Try:
    """One attempt: on which request, by whom, seeing what, and with which of its arguments."""

    on: On
    number: str
    other: str
    choice: int

    def of(self, *choices: Any) -> Any:
        """Return one of some arguments."""
        return choices[self.choice % len(choices)]

    @property
    def text(self) -> str:
        """A sentence, nothing, or too much."""
        return self.of(PLANTED["text"], "  ", f"{PLANTED['text']}\x00\u202e", "x" * 5000)

    @property
    def keywords(self) -> dict[str, Any]:
        """What commands about two requests take."""
        on = self.on
        return {
            "jurisdiction_id": on.jurisdiction_id,
            "request_id": on.request_id,
            "actor": on.actor,
            "at": on.at,
            "seen": on.seen,
        }


@cache
def _view() -> str:
    return stored("springfield").view_key


def _stored(digit: str) -> StoredPhoto:
    return StoredPhoto("o", _view(), "t", 10, 10, digit * 64)


def _photo(t: Try) -> None:
    kept = _stored(t.of("1", "2"))
    keywords = {k: v for k, v in t.keywords.items() if k != "seen"}
    photo_id = attach.add_photo(**keywords, photo=kept, stage=t.of("before", "after"))
    searched(t.on.jurisdiction_id, photo_id)


def _cover(t: Try) -> None:
    photo = RequestPhoto.objects.filter(request_id=t.on.request_id).first()
    photos.cover(
        jurisdiction_id=t.on.jurisdiction_id,
        photo_id=photo.pk if photo else 0,
        boxes=[Box(What.FACE, 100, 100, t.of(200, 2000), 200)],
        actor=t.on.actor,
        at=t.on.at,
    )


def _show(t: Try) -> None:
    photo = RequestPhoto.objects.filter(request_id=t.on.request_id).first()
    photos.show(
        jurisdiction_id=t.on.jurisdiction_id,
        photo_id=photo.pk if photo else 0,
        shown=t.of(True, False),
        actor=t.on.actor,
        at=t.on.at,
    )


def _stop(t: Try) -> None:
    follower = Follower.objects.filter(request_id=t.on.request_id).first()
    attach.stop_following(jurisdiction_id=t.on.jurisdiction_id, follower_id=follower.pk if follower else 0, at=t.on.at)


def _schedule(t: Try) -> None:
    start = t.on.at + timedelta(days=2)
    act.schedule(t.on, start=start, end=start + timedelta(hours=t.of(4, -4, 0)))


def _close(t: Try) -> None:
    outcome, more = t.of(
        ("fixed", {}),
        ("nothing_found", {}),
        ("duplicate_of", {"duplicate_of": t.other}),
        ("duplicate_of", {"duplicate_of": t.number}),
        ("referred_to", {"referred_to": "STATE"}),
        ("referred_to", {"referred_to": "NOWHERE"}),
        ("waiting_list", {}),
        ("done", {"photo": _stored("3")}),
    )
    closing.close(t.on, outcome=outcome, text=PLANTED["text"], **more)


VERBS: dict[str, Callable[[Try], Any]] = {
    "accept": lambda t: act.accept(t.on),
    "assign": lambda t: act.assign(t.on, assignee_id=t.of(11, None, 13)),
    "schedule": _schedule,
    "inspect": lambda t: act.inspect(t.on, finding=t.of("confirmed", "not_found", "lost"), text=t.text),
    "put_on_list": lambda t: act.put_on_list(t.on, programme="RESURFACING", position=2027, text=t.text),
    "close": _close,
    "close again": _close,
    "close_incident": lambda t: closing.close_incident(t.on, outcome=t.of("fixed", "made_safe", "no"), text=t.text),
    "reopen": lambda t: act.reopen(t.on, text=t.text),
    "withdraw": lambda t: act.withdraw(t.on, text=t.text),
    "transfer": lambda t: act.transfer(t.on, agency=t.of("SANITATION", "STREETS", "FIRE"), text=t.text),
    "change_service": lambda t: act.change_service(t.on, code=t.of("BARKING", "POTHOLE", "NO_SUCH"), text=t.text),
    "prioritise": lambda t: act.prioritise(t.on, priority=t.of("urgent", "low", "higher"), text=t.text),
    "note": lambda t: act.note(t.on, text=t.text),
    "reply": lambda t: act.reply(t.on, text=t.text, question=t.of(True, False)),
    "answer": lambda t: act.answer(t.on, text=t.text),
    "rate": lambda t: act.rate(t.on, score=t.of(1, 3, 0, 9)),
    "merge": lambda t: incidents.merge(**t.keywords, with_number=t.of(t.other, t.other, t.number, "SP-0000-000")),
    "split": lambda t: incidents.split(**t.keywords),
    "pause": lambda t: pauses.pause(
        t.on, reason=t.of("resident", "weather", "lunch"), until=t.on.at + timedelta(days=t.of(3, 0, 20)), text=t.text
    ),
    "resume": lambda t: pauses.resume(t.on),
    "photo": _photo,
    "show photo": _show,
    "cover photo": _cover,
    "stop following": _stop,
}


@dataclass
class Run:
    """Three reports in one city, and what is tried on them."""

    city: CityBuilder
    reports: list[RequestBuilder] = field(default_factory=list)

    def begin(self) -> None:
        """Report three things, with something planted in every field."""
        for service in ("POTHOLE", "POTHOLE", "BULKY"):
            located = self.city.submission(service).located
            located = type(located)(
                method="pin", point=located.point, address="1 Main St", note=PLANTED["note_on_place"]
            )
            self.reports.append(
                self.city.report(
                    service,
                    located=located,
                    answers={"size": ["large"], "depth": [PLANTED["answer"]]} if service == "POTHOLE" else {},
                    **{k: PLANTED[k] for k in ("name", "email", "phone", "description")},
                )
            )

    def attempt(self, verb: str, actor: Actor, which: int, choice: int, stale: bool) -> None:
        """Try one command; where it is refused nothing may have changed."""
        report, other = self.reports[which], self.reports[(which + 1) % 3]
        before = report.row
        seen = before.version - 1 if stale else self._seen(before.version, choice)
        on = On(self.city.id, report.id, actor, NOON + timedelta(hours=choice * 30), seen)
        traces = fingerprint()
        newest = max(RequestEvent.objects.values_list("pk", flat=True))
        try:
            VERBS[verb](Try(on, report.number, other.number, choice))
        except OmbudError:
            assert fingerprint() == traces, f"{verb} was refused and left a trace"
            return
        written = RequestEvent.objects.filter(pk__gt=newest)
        if verb != "stop following":  # that goes by a signed link of its own
            assert actor is not NOBODY
            assert not written.filter(actor_id=NILS.account_id).exists()
        if actor is REPORTER:
            assert set(written.filter(actor_kind="reporter").values_list("kind", flat=True)) <= BY_LINK

    @staticmethod
    def _seen(version: int, choice: int) -> int | None:
        return version if choice % 2 else None

    def check(self) -> None:
        """Hold every report against its timeline."""
        for report in self.reports:
            row = report.row
            events = list(RequestEvent.objects.filter(request_id=report.id).order_by("seq"))
            assert queries.replayed(row) == timeline.state_of(row)
            assert [e.seq for e in events] == list(range(1, row.version + 1))
            assert_moves_follow_the_map(events)
            assert_the_clock_is_whole(timeline.state_of(row))


def assert_moves_follow_the_map(events: list[RequestEvent]) -> None:
    """Hold each change of status of a timeline against the map."""
    now = Status.RECEIVED
    for event in events:
        then = Status(event.changes.get("status", now))
        assert then is now or then in MOVES[now], f"{event.kind} moved from {now} to {then}"
        now = then


def assert_the_clock_is_whole(state: State) -> None:
    """Hold a request's pause against the rules: only while it is open, with a limit, and never to anybody's gain."""
    assert (state.paused_at is None) == (state.paused_until is None) == (not state.pause_reason)
    assert state.paused_at is None or state.is_open
    if state.unpaused_target_at and state.target_at:
        assert state.target_at >= state.unpaused_target_at


def fingerprint() -> dict[str, str]:
    """Return a digest of every table that a command may write."""
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} AS t"
                for table in TABLES
            )
        )
        return dict(cursor.fetchall())


def history_as_text() -> str:
    """Return every event and every job, whole, in lower case."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(row_to_json(e)::text, ' ') FROM ombud_request_event AS e"
            " UNION ALL SELECT string_agg(row_to_json(j)::text, ' ') FROM procrastinate_jobs AS j"
        )
        return " ".join(text or "" for (text,) in cursor.fetchall()).lower()


class Undo(Exception):
    """Rolls a run back."""


# Who may do most things, the first report and the arguments that fit come up more often, so that stories go on.
tries = st.lists(
    st.tuples(
        st.sampled_from(sorted(VERBS)),
        st.sampled_from([GUS, SYSTEM, GUS, *ACTORS]),
        st.sampled_from([0, 0, 0, 1, 2]),
        st.just(0) | st.integers(0, 23),
        st.sampled_from([False] * 9 + [True]),
    ),
    min_size=6,
    max_size=16,
)


def test_the_row_is_its_timeline_whatever_is_tried(city: CityBuilder, request: pytest.FixtureRequest) -> None:
    examples = 1500 if request.config.getoption("soak") else 25

    # No shrinking: it takes minutes against a database, and sixteen commands can be read as they are.
    phases = (Phase.explicit, Phase.reuse, Phase.generate)

    @settings(max_examples=examples, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))
    @given(tries)
    def whatever(told: list[tuple[str, Actor, int, int, bool]]) -> None:
        try:
            with transaction.atomic():
                run = Run(city)
                run.begin()
                for one in told:
                    run.attempt(*one)
                    run.check()
                history = history_as_text()
                found = [where for where, planted in PLANTED.items() if planted.lower() in history]
                assert not found, f"history tells what belongs to a person: {found}"
                raise Undo
        except Undo:
            pass

    whatever()


@pytest.mark.parametrize("outcome", ["done", "unstated", "duplicate_of", "referred_to"])
def test_a_refused_closing_keeps_not_even_its_photo(city: CityBuilder, outcome: str) -> None:
    run = Run(city)
    run.begin()
    traces = fingerprint()
    for close in (closing.close, closing.close_incident):
        with pytest.raises(OmbudError):
            close(On(city.id, run.reports[0].id, GUS, NOON), outcome=outcome, text="Done.", photo=_stored("3"))
    assert fingerprint() == traces


def test_every_command_can_succeed(city: CityBuilder) -> None:
    """The runs above prove nothing of a command that is always refused."""
    done: set[str] = set()
    for verb in VERBS:
        for before in ([], ["accept"], ["close"], ["photo"], ["merge"], ["pause"]):
            try:
                with transaction.atomic():
                    run = Run(city)
                    run.begin()
                    for name in [*before, verb]:
                        report, other = run.reports[0], run.reports[1]
                        actor = GUS if name in ("close", "merge") else REPORTER if name in ("photo", "rate") else SYSTEM
                        VERBS[name](Try(On(city.id, report.id, actor, NOON), report.number, other.number, 0))
                    done.add(verb)
                    raise Undo
            except (Undo, OmbudError):
                pass
    assert done == set(VERBS)


@pytest.mark.parametrize(
    "verb", sorted(set(VERBS) - {"answer", "reopen", "withdraw", "rate", "photo", "stop following"})
)
def test_the_link_of_a_reporter_opens_no_door_of_staff(city: CityBuilder, verb: str) -> None:
    run = Run(city)
    run.begin()
    report, other = run.reports[0], run.reports[1]
    before = json.dumps(timeline.state_of(report.row).__getstate__(), default=str)
    with pytest.raises(OmbudError):
        VERBS[verb](Try(On(city.id, report.id, REPORTER, NOON), report.number, other.number, 0))
    assert json.dumps(timeline.state_of(report.row).__getstate__(), default=str) == before
