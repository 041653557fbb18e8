"""Closing: with an outcome class and a sentence in plain words, one request or all of an incident."""

from dataclasses import replace

from django.db import transaction
from django.db.models import Q

from ombud.catalog import queries as catalog
from ombud.kernel.errors import N_, BadInput
from ombud.people.rules.permissions import Verb
from ombud.service_requests import timeline
from ombud.service_requests.commands.act import On, read_text
from ombud.service_requests.commands.attach import StoredPhoto, add_photo
from ombud.service_requests.commands.incidents import held, join_incident, named
from ombud.service_requests.models import RequestEvent, RequestPhoto, ServiceRequest
from ombud.service_requests.rules import decisions
from ombud.service_requests.rules.decisions import Decision
from ombud.service_requests.rules.lifecycle import Outcome


def close(
    on: On,
    *,
    outcome: str,
    text: str,
    referred_to: str = "",
    duplicate_of: str = "",
    photo: StoredPhoto | None = None,
    language: str = "en",
) -> RequestEvent:
    """
    Close with an outcome class and a sentence in plain words, and with the photo of the work where there is one.

    A duplicate is joined to the incident of the request it repeats, so that its reporter hears the end.
    """
    text = read_text(text, needed=N_("Say in plain words what was done."))
    with transaction.atomic():
        other = named(on.jurisdiction_id, duplicate_of, other_than=on.request_id) if duplicate_of else None
        row, *others = _held_to_close(on, *([other.pk] if other else []))
        other = others[0] if others else None
        if photo:
            _add_after(on, photo)
            row = timeline.load(on.jurisdiction_id, on.request_id)
        decision = _closing(
            on, row, outcome=outcome, referred_to=referred_to, duplicate_of=other.number if other else ""
        )
        if other and (other.incident_id is None or other.incident_id != row.incident_id):
            join_incident(row, other, actor=on.actor, at=on.at)
        return timeline.record(row, decision, actor=on.actor, at=on.at, text=text, language=language)


def close_incident(
    on: On,
    *,
    outcome: str,
    text: str,
    referred_to: str = "",
    photo: StoredPhoto | None = None,
    language: str = "en",
) -> list[RequestEvent]:
    """
    Close every open report of a request's incident with the same outcome and sentence; all of them or none.

    Each keeps its own closing in its own timeline, and each reporter hears of their own report. One photo of the
    work serves for all.
    """
    text = read_text(text, needed=N_("Say in plain words what was done."))
    if outcome == Outcome.DUPLICATE_OF:
        raise BadInput(N_("A repeated report is closed by itself, not with its incident."), field="outcome")
    with transaction.atomic():
        (row,) = _held_to_close(on)
        if photo:
            _add_after(on, photo)
        closed = []
        for pk in _open_members(row):
            member = timeline.load(on.jurisdiction_id, pk)
            on.actor.require(Verb.WORK, agency=member.agency)
            decision = _closing(on, member, outcome=outcome, referred_to=referred_to)
            decision = replace(decision, facts={**decision.facts, "with_incident": True})
            closed.append(timeline.record(member, decision, actor=on.actor, at=on.at, text=text, language=language))
        return closed


def _held_to_close(on: On, *others: int) -> list[ServiceRequest]:
    rows = held(on.jurisdiction_id, on.request_id, *others)
    on.actor.require(Verb.WORK, agency=rows[0].agency)
    timeline.check_seen(rows[0], on.seen)
    return rows


def _add_after(on: On, photo: StoredPhoto) -> None:
    add_photo(
        jurisdiction_id=on.jurisdiction_id,
        request_id=on.request_id,
        photo=photo,
        stage="after",
        actor=on.actor,
        at=on.at,
    )


def _open_members(row: ServiceRequest) -> list[int]:
    """Return the ids of the open requests of a row's incident, the row among them, in the order of locking."""
    if row.incident_id is None:
        return [row.pk]
    members = ServiceRequest.objects.in_city(row.jurisdiction_id).filter(incident_id=row.incident_id).still_open()
    return sorted({row.pk, *members.values_list("pk", flat=True)})


def _closing(on: On, row: ServiceRequest, *, outcome: str, referred_to: str, duplicate_of: str = "") -> Decision:
    city = catalog.city(on.jurisdiction_id)
    service = city.service(row.service_code)
    if referred_to:
        city.body(referred_to)
    seen_finished = RequestPhoto.objects.filter(stage="after").filter(
        Q(request=row) | (Q(request__incident_id=row.incident_id) if row.incident_id else Q(request=row))
    )
    return decisions.close(
        timeline.state_of(row),
        outcome=_outcome(outcome),
        allowed=frozenset(Outcome(o) for o in service.outcomes) or frozenset(Outcome),
        at=on.at,
        closer_id=on.actor.account_id,
        referred_to=referred_to,
        duplicate_of=duplicate_of,
        photo_needed=service.photo_to_close,
        has_photo=seen_finished.exists(),
    )


def _outcome(word: str) -> Outcome:
    try:
        return Outcome(word)
    except ValueError:
        raise BadInput(N_("Choose what the outcome was."), field="outcome") from None
