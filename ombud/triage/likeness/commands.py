"""The only writes of likeness: a new report put to its thing, or kept for the dispatcher; and what they answer."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.service_requests import alike
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import incidents
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.rules.decisions import MoveRefused
from ombud.service_requests.rules.lifecycle import ENDED
from ombud.service_requests.timeline import SYSTEM, Actor
from ombud.triage.likeness import policy, seeing
from ombud.triage.likeness.models import Suggestion
from ombud.triage.likeness.rules import scoring
from ombud.triage.likeness.rules.verdict import Match, Verdict, judge

SAME, AGAIN = "same", "again"
YES, NO = "yes", "no"


def sort_in(*, jurisdiction_id: str, request_id: int, at: datetime) -> Verdict | None:
    """
    Look what a new report repeats: join at once, keep the question for the dispatcher, or leave it alone.

    None where it is not compared at all: the service says so, an answer keeps it by itself, or it belongs to an
    incident already, since its reporter or somebody else has said so.
    """
    city = catalog.city(jurisdiction_id)
    row = requests.by_id(jurisdiction_id, request_id)
    service = city.services.get(row.service_code)
    if service is None or not policy.is_compared(service) or row.status in ENDED or row.incident_id is not None:
        return None
    if policy.stands_alone(service, row.form.answers):
        return None
    rows = seeing.rows_near(city, row)
    if not rows:
        return Verdict("leave")
    told = alike.told(city.id, [row, *rows])
    same_person = _same_person(city, told[row.pk].reporter)
    new = seeing.sighting_of(city, told[row.pk], same_person=same_person)
    things = seeing.before(new, seeing.things_of(city, rows, told, same_person=same_person))
    apart = {str(pk) for pk in _answered_no(city.id, row.pk)}
    said = judge(
        new,
        [thing for thing in things if thing.key not in apart],
        bars=policy.bars_of(city, row.service_code),
        weights=scoring.shipped(),
    )
    if said.best and said.decision != "leave":
        _follow(city, row, said, said.best, at=at)
    return said


def _follow(city: City, row: ServiceRequest, said: Verdict, best: Match, *, at: datetime) -> None:
    sure = best.probability >= policy.bars_of(city, row.service_code).join
    thing = requests.by_id(city.id, int(best.thing.key))
    acts = {"city": city.id, "row": row, "other": thing, "why": why(best), "actor": SYSTEM, "at": at}
    try:
        if said.decision == "join":
            _join(**acts)  # type: ignore[arg-type]
            return
        if said.decision == "again" and sure:
            _again(**acts)  # type: ignore[arg-type]
            return
    except (BadInput, MoveRefused):
        # It was closed or joined by somebody while we looked: then a person decides.
        pass
    Suggestion.objects.get_or_create(
        jurisdiction_id=city.id,
        request_id=row.pk,
        thing_id=thing.pk,
        defaults={
            "kind": AGAIN if said.decision == "again" else SAME,
            "probability": best.probability,
            "reasons": best.reasons,
            "weights": scoring.shipped().version,
            "made_at": at,
        },
    )


def why(match: Match) -> dict[str, object]:
    """Return a score with its reasons as the facts of an event."""
    return {
        "score": round(match.probability, 4),
        "reasons": match.reasons,
        "weights": scoring.shipped().version,
    }


def _join(
    *, city: str, row: ServiceRequest, other: ServiceRequest, why: dict[str, object], actor: Actor, at: datetime
) -> None:
    incidents.merge(jurisdiction_id=city, request_id=row.pk, with_number=other.number, actor=actor, at=at, why=why)


def _again(
    *, city: str, row: ServiceRequest, other: ServiceRequest, why: dict[str, object], actor: Actor, at: datetime
) -> None:
    incidents.report_again(
        jurisdiction_id=city, request_id=row.pk, earlier_number=other.number, actor=actor, at=at, why=why
    )


def answer(
    *, jurisdiction_id: str, suggestion_ids: Sequence[int], yes: bool, actor: Actor, at: datetime
) -> list[Suggestion]:
    """
    Answer what was asked, all of it or none: they are the same, or not. "Not the same" is remembered and told.

    A question that somebody else has answered meanwhile is left as it is; those answered now are returned.
    """
    with transaction.atomic():
        waiting = list(
            Suggestion.objects.select_for_update()
            .filter(jurisdiction_id=jurisdiction_id, pk__in=suggestion_ids, answer="")
            .order_by("pk")
        )
        for one in waiting:
            _settle(jurisdiction_id, one, yes=yes, actor=actor, at=at)
        return waiting


def _settle(jurisdiction_id: str, one: Suggestion, *, yes: bool, actor: Actor, at: datetime) -> None:
    row = requests.by_id(jurisdiction_id, one.request_id)
    other = requests.by_id(jurisdiction_id, one.thing_id)
    actor.require(Verb.ROUTE, agency=row.agency)
    facts: dict[str, object] = {"score": round(one.probability, 4), "reasons": one.reasons, "weights": one.weights}
    if not yes:
        incidents.tell_apart(
            jurisdiction_id=jurisdiction_id, request_id=row.pk, other_number=other.number, actor=actor, at=at, why=facts
        )
    elif one.kind == AGAIN:
        if row.again_of_id != other.pk:
            _again(city=jurisdiction_id, row=row, other=other, why=facts, actor=actor, at=at)
    elif row.incident_id is None or row.incident_id != other.incident_id:
        _join(city=jurisdiction_id, row=row, other=other, why=facts, actor=actor, at=at)
    Suggestion.objects.filter(pk=one.pk).update(
        answer=YES if yes else NO, answered_at=at, answered_by_id=actor.account_id
    )


def not_come_back(*, jurisdiction_id: str, request_id: int, actor: Actor, at: datetime) -> None:
    """Say that a request is nothing come back after all; remembered, as with an answer."""
    with transaction.atomic():
        row = requests.by_id(jurisdiction_id, request_id)
        if row.again_of_id is None:
            raise NotFound(N_("It is not known to be anything come back."))
        earlier = requests.by_id(jurisdiction_id, row.again_of_id)
        incidents.tell_apart(
            jurisdiction_id=jurisdiction_id, request_id=row.pk, other_number=earlier.number, actor=actor, at=at
        )
        Suggestion.objects.update_or_create(
            jurisdiction_id=jurisdiction_id,
            request_id=row.pk,
            thing_id=earlier.pk,
            defaults={"answer": NO, "answered_at": at, "answered_by_id": actor.account_id},
            create_defaults={
                "kind": AGAIN, "probability": 0, "weights": scoring.shipped().version, "made_at": at, "answer": NO,
                "answered_at": at, "answered_by_id": actor.account_id,
            },
        )  # fmt: skip


def _same_person(city: City, contact_point_id: int | None) -> set[int]:
    contact = people.contact_point(city.id, contact_point_id) if contact_point_id else None
    if contact is None or not (contact.email or contact.phone):
        return {contact_point_id} if contact_point_id else set()
    return {contact.pk, *people.same_person(city.id, email=contact.email, phone=contact.phone)}


def _answered_no(city_id: str, request_id: int) -> list[int]:
    answered = Suggestion.objects.filter(jurisdiction_id=city_id, request_id=request_id, answer=NO)
    return list(answered.values_list("thing_id", flat=True))
