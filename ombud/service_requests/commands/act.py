"""What staff and reporters do to a request: load, decide, record, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ombud.catalog import queries as catalog
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.texts import cleaned
from ombud.people.rules.permissions import Verb
from ombud.service_requests import timeline
from ombud.service_requests.commands import clocks, heeding
from ombud.service_requests.commands.receive import Place, keep_place
from ombud.service_requests.commands.rerouting import asked_anew
from ombud.service_requests.models import RequestEvent
from ombud.service_requests.rules import decisions
from ombud.service_requests.rules.decisions import Decision
from ombud.service_requests.rules.lifecycle import Kind, State
from ombud.service_requests.timeline import Actor

TEXT_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class On:
    """
    What a command is about: the request, who acts, when, and which version they saw.

    `seen` None means that they did not look first: a reporter adding a comment cannot be in anyone's way.
    """

    jurisdiction_id: str
    request_id: int
    actor: Actor
    at: datetime
    seen: int | None = None

    @property
    def by_reporter(self) -> bool:
        """Whether the reporter acts, by their secret link, which needs no role for the few things it opens."""
        return self.actor.kind == "reporter"


def _act(
    on: On,
    decide: Callable[[State], Decision],
    *,
    verb: Verb,
    text: str = "",
    needed: str = "",
    language: str = "en",
    by_link: bool = False,
) -> RequestEvent:
    """Load, ask whether the actor may (`by_link`: a reporter may, without a role), decide, record."""
    text = read_text(text, needed=needed)
    with transaction.atomic():
        row = timeline.load(on.jurisdiction_id, on.request_id)
        if not (by_link and on.by_reporter):
            on.actor.require(verb, agency=row.agency)
        timeline.check_seen(row, on.seen)
        decision = decide(timeline.state_of(row))
        if on.by_reporter:
            return heeding.recorded(row, decision, at=on.at, text=text, language=language)
        return timeline.record(row, decision, actor=on.actor, at=on.at, text=text, language=language)


def read_text(text: str, *, needed: str) -> str:
    """Return a text as we keep it. Raises BadInput where it is needed and missing, or too long."""
    text = cleaned(text, lines=True)
    if needed and not text:
        raise BadInput(needed, field="text")
    if len(text) > TEXT_LIMIT:
        raise BadInput(
            N_("Use %(limit)d characters at most; this has %(n)d."),
            field="text",
            limit=TEXT_LIMIT,
            n=len(text),
        )
    return text


def accept(on: On) -> RequestEvent:
    """Take a request on."""
    return _act(on, lambda s: decisions.accept(s, assignee_id=on.actor.account_id), verb=Verb.WORK)


def assign(on: On, *, assignee_id: int | None, unit: str | None = None) -> RequestEvent:
    """Give it to a person or unit of its agency."""
    city = catalog.city(on.jurisdiction_id)

    def decide(state: State) -> Decision:
        units = {code for code, _ in city.agency(state.agency).units}
        return decisions.assign(state, assignee_id=assignee_id, unit=unit, units=units)

    return _act(on, decide, verb=Verb.WORK)


def schedule(on: On, *, start: datetime, end: datetime) -> RequestEvent:
    """Book a time."""
    return _act(on, lambda s: decisions.schedule(s, start=start, end=end), verb=Verb.WORK)


def inspect(on: On, *, finding: str, text: str = "") -> RequestEvent:
    """Write down what an inspection found."""
    return _act(on, lambda s: decisions.inspect(s, finding=finding), verb=Verb.WORK, text=text)


def put_on_list(on: On, *, programme: str, position: int | None = None, text: str) -> RequestEvent:
    """Put it on the waiting list of a programme of its agency."""
    city = catalog.city(on.jurisdiction_id)

    def decide(state: State) -> Decision:
        known = {code for code, _ in city.agency(state.agency).programmes}
        return decisions.put_on_list(state, programme=programme, known=known, position=position)

    return _act(
        on,
        decide,
        verb=Verb.WORK,
        text=text,
        needed=N_("Say in plain words what being on the list means."),
    )


def reopen(on: On, *, text: str, language: str = "en") -> RequestEvent:
    """Open it again: by staff, or by its reporter saying "not fixed"."""
    city = catalog.city(on.jurisdiction_id)

    def decide(state: State) -> Decision:
        days = city.service(state.service_code).not_fixed_days
        return decisions.reopen(state, by_reporter=on.by_reporter, at=on.at, not_fixed_days=days)

    return _act(
        on,
        decide,
        verb=Verb.WORK,
        text=text,
        needed=N_("Tell us what is still wrong."),
        language=language,
        by_link=True,
    )


def withdraw(on: On, *, text: str = "") -> RequestEvent:
    """The reporter takes it back."""
    return _act(on, lambda s: decisions.withdraw(s, at=on.at), verb=Verb.WORK, text=text, by_link=True)


def transfer(on: On, *, agency: str, text: str) -> RequestEvent:
    """Hand it to another agency, with a reason."""
    if agency not in {a.code for a in catalog.city(on.jurisdiction_id).agencies()}:
        raise BadInput(N_("Choose an agency of the city."), field="agency")
    return _act(
        on,
        lambda s: decisions.transfer(s, agency=agency),
        verb=Verb.ROUTE,
        text=text,
        needed=N_("Say why it goes to another agency."),
    )


def change_service(on: On, *, code: str, text: str = "") -> RequestEvent:
    """Correct the kind of service; the target is counted anew from when it was asked."""
    city = catalog.city(on.jurisdiction_id)
    service = city.service(code)

    text = read_text(text, needed="")
    with transaction.atomic():
        row = timeline.load(on.jurisdiction_id, on.request_id)
        on.actor.require(Verb.ROUTE, agency=row.agency)
        timeline.check_seen(row, on.seen)
        anew = asked_anew(row, service=service, place=row.place)
        decision = decisions.change_service(
            timeline.state_of(row),
            code=service.code,
            version=city.service_versions[service.code],
            route=anew.route,
            visibility=service.visibility.value,
            targets=anew.targets,
        )
        anew.alarm(row, at=on.at)
        return timeline.record(row, decision, actor=on.actor, at=on.at, text=text)


def correct_place(on: On, *, place: Place, text: str = "") -> RequestEvent:
    """Correct where it is; by the rules it may go to another agency or unit, and the target is counted anew."""
    text = read_text(text, needed="")
    city = catalog.city(on.jurisdiction_id)
    with transaction.atomic():
        row = timeline.load(on.jurisdiction_id, on.request_id)
        on.actor.require(Verb.ROUTE, agency=row.agency)
        timeline.check_seen(row, on.seen)
        anew = asked_anew(row, service=city.service(row.service_code), place=place)
        kept = keep_place(row, place)
        decision = decisions.correct_place(
            timeline.state_of(row), place_id=kept.pk, route=anew.route, targets=anew.targets
        )
        anew.alarm(row, at=on.at)
        return timeline.record(row, decision, actor=on.actor, at=on.at, text=text)


def send_back(on: On, *, reason: str, text: str) -> RequestEvent:
    """Send back what came to the wrong agency: to the triage queue of the city's own agency for that, if it has one."""
    city = catalog.city(on.jurisdiction_id)
    to = str(city.settings.get("triage_agency", ""))
    return _act(
        on,
        lambda s: decisions.send_back(s, reason=reason, to=to if to in city.working_units() else ""),
        verb=Verb.ROUTE,
        text=text,
        needed=N_("Say why it goes back."),
    )


def prioritise(on: On, *, priority: str, text: str) -> RequestEvent:
    """Raise or lower the priority, with a reason."""
    return _act(
        on,
        lambda s: decisions.prioritise(s, priority=priority),
        verb=Verb.ROUTE,
        text=text,
        needed=N_("Say why."),
    )


def note(on: On, *, text: str) -> RequestEvent:
    """Keep a private note that only staff see."""
    return _act(on, lambda s: Decision(Kind.NOTED), verb=Verb.NOTE, text=text, needed=N_("Write the note first."))


def reply(on: On, *, text: str, question: bool = False, language: str = "en") -> RequestEvent:
    """Write to the reporter; as a question, it waits for their answer."""
    return _act(
        on,
        decisions.ask if question else lambda s: Decision(Kind.REPLIED),
        verb=Verb.REPLY,
        text=text,
        needed=N_("Write the message first."),
        language=language,
    )


def answer(on: On, *, text: str, language: str = "en") -> RequestEvent:
    """The reporter answers the city's question, or adds a comment. A clock that waited for it goes on."""
    with transaction.atomic():
        event = _act(
            on,
            decisions.answer,
            verb=Verb.REPLY,
            text=text,
            needed=N_("Write your message first."),
            language=language,
            by_link=True,
        )
        row = event.request
        reason = catalog.city(on.jurisdiction_id).pause_reasons().get(row.pause_reason)
        if row.paused_at and reason and reason.answer_ends:
            clocks.go_on(row, actor=on.actor, at=on.at, why="answer")
    return event


def rate(on: On, *, score: int) -> RequestEvent:
    """The reporter says in one tap how it went."""
    return _act(on, lambda s: decisions.rate(s, score=score), verb=Verb.NOTE, by_link=True)
