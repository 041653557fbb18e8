"""
What another system does to a request that stands in both: heard there, written here as events with their reactions.

Everything carries the code of the link in its facts, so that it is never told back to where it came from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.texts import cleaned, in_language
from ombud.service_requests import timeline
from ombud.service_requests.commands.receive import Place
from ombud.service_requests.commands.rerouting import asked_anew
from ombud.service_requests.models import RequestEvent, RequestForm, RequestPlace, RequestText, ServiceRequest
from ombud.service_requests.rules import outside
from ombud.service_requests.rules.decisions import Decision, correct_place, moved
from ombud.service_requests.rules.lifecycle import ENDED, Kind, Status
from ombud.service_requests.rules.outside import Told
from ombud.service_requests.timeline import OUTSIDE, Audience

LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that another system says anew of a request; None where it says nothing."""

    told: Told = field(default_factory=Told)
    service_code: str | None = None
    place: Place | None = None
    sentence: str | None = None
    description: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    # Whether it says itself who does the work; where it does not, the city's rules do.
    says_unit: bool = False


def hear(*, jurisdiction_id: str, request_id: int, heard: Heard, link: str, at: datetime) -> list[RequestEvent]:
    """
    Write what another system says as events, and return them. Raises MoveRefused, and then nothing is written.

    `at` is when it happened there; an event never stands before one that was written earlier, nor in the future.
    """
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        writer = _Writer(row, link, max(row.updated_at, min(at, clock.now())))
        if heard.service_code and heard.service_code != row.service_code:
            writer.write(_service(row, heard.service_code, writer.at))
        if heard.place:
            writer.write(_place(row, heard.place, writer.at, ask=not heard.says_unit and row.status not in ENDED))
        if heard.description is not None:
            _describe(writer, heard.description)
        for code, value in heard.answers.items():
            _answer(writer, code, value)
        sentence = cleaned(heard.sentence or "", lines=True)[:LIMIT]
        told = False
        for decision in outside.steps(timeline.state_of(row), heard.told, at=writer.at):
            closes = decision.kind is Kind.CLOSED
            writer.write(decision, text=sentence if closes else "")
            told = told or closes
        if heard.sentence is not None and not told and row.status == Status.CLOSED:
            writer.write(Decision(Kind.CORRECTED, {}, {"sentence": True}), text=sentence)
        return writer.events


@dataclass(slots=True)
class _Writer:
    row: ServiceRequest
    link: str
    at: datetime
    events: list[RequestEvent] = field(default_factory=list)

    def write(self, decision: Decision, *, text: str = "", audience: Audience | None = None) -> None:
        facts = {**decision.facts, "link": self.link}
        event = timeline.record(
            self.row,
            Decision(decision.kind, decision.changes, facts),
            actor=OUTSIDE,
            at=self.at,
            text=text,
            audience=audience,
        )
        self.events.append(event)


def _service(row: ServiceRequest, code: str, at: datetime) -> Decision:
    city = catalog.city(row.jurisdiction_id)
    service = city.service(code)
    anew = asked_anew(row, service=service, place=row.place)
    changes: dict[str, Any] = {
        "service_code": service.code,
        "service_version": city.service_versions[service.code],
        "visibility": service.visibility.value,
        **anew.targets,
        **moved(timeline.state_of(row), anew.route),
    }
    facts = {
        "before": row.service_code,
        "before_version": row.service_version,
        "before_agency": row.agency,
        **anew.route.facts,
    }
    anew.alarm(row, at=at)
    return Decision(Kind.SERVICE_CHANGED, changes, facts)


def _place(row: ServiceRequest, place: Place, at: datetime, *, ask: bool) -> Decision:
    """Keep a place, and `ask` the rules where it goes now."""
    kept = RequestPlace.objects.create(
        jurisdiction_id=row.jurisdiction_id,
        raw_lon=place.raw_lon,
        raw_lat=place.raw_lat,
        raw_text=place.raw_text[:300],
        lon=place.lon,
        lat=place.lat,
        address=place.address[:200],
        method=place.method,
        areas=[dict(area) for area in place.areas],
        note=place.note[:300],
    )
    if not ask:
        return Decision(Kind.PLACE_CORRECTED, {"place_id": kept.pk}, {"before": row.place_id})
    city = catalog.city(row.jurisdiction_id)
    anew = asked_anew(row, service=city.service(row.service_code), place=place)
    anew.alarm(row, at=at)
    return correct_place(timeline.state_of(row), place_id=kept.pk, route=anew.route, targets=anew.targets)


def _describe(writer: _Writer, words: str) -> None:
    form = RequestForm.objects.get(request=writer.row, jurisdiction_id=writer.row.jurisdiction_id)
    before, form.description = form.description, cleaned(words, lines=True)[:LIMIT]
    if form.description != before:
        form.save(update_fields=["description"])
        # What the reporter had told stays to be read.
        writer.write(Decision(Kind.CORRECTED, {}, {"part": "description"}), text=before)


def _answer(writer: _Writer, code: str, value: str) -> None:
    row = writer.row
    form = RequestForm.objects.get(request=row, jurisdiction_id=row.jurisdiction_id)
    before = next((a for a in form.answers if a.get("code") == code), None)
    answer = outside_answer(catalog.city(row.jurisdiction_id), row.service_code, code, value)
    if before and before.get("value") == answer["value"]:
        return
    form.answers = [answer if a is before else a for a in form.answers] + ([] if before else [answer])
    form.save(update_fields=["answers"])
    writer.write(
        Decision(Kind.CORRECTED, {}, {"part": f"answers.{code}"}), text=str(before.get("text", "")) if before else ""
    )


def outside_answer(city: City, service_code: str, code: str, value: str) -> dict[str, Any]:
    """Return an answer of another system in the shape in which answers are kept; several have commas between them."""
    service = city.services.get(service_code)
    question = next((q for q in (service.questions if service else ()) if q.code == code), None)
    asked = in_language(question.label, city.default_language) if question else code
    labels = {o.code: in_language(o.label, city.default_language) for o in question.options} if question else {}
    if question and question.type == "multiselect":
        several = [part.strip() for part in value.split(",") if part.strip()]
        return {
            "code": code,
            "question": asked,
            "value": several,
            "text": ", ".join(labels.get(part, part) for part in several),
        }
    return {"code": code, "question": asked, "value": value, "text": labels.get(value, value)}


def say(
    *, jurisdiction_id: str, request_id: int, text: str, link: str, at: datetime, to_reporter: bool
) -> RequestEvent:
    """Write down a remark of another system, and return it: a message to the reporter, or a note for staff."""
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        kind = Kind.REPLIED if to_reporter else Kind.NOTED
        writer = _Writer(row, link, max(row.updated_at, min(at, clock.now())))
        writer.write(Decision(kind), text=cleaned(text, lines=True)[:LIMIT])
        return writer.events[0]


def give_number(*, jurisdiction_id: str, request_id: int, number: str, link: str, at: datetime) -> None:
    """
    Write down the number that a request has in another system, so that it is found by it from now on.

    One that came from an old system keeps the number it had there.
    """
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        ServiceRequest.objects.in_city(jurisdiction_id).filter(pk=row.pk, old_number="").update(old_number=number[:60])
        _Writer(row, link, max(row.updated_at, at)).write(Decision(Kind.LINKED, {}, {"number": number[:100]}))


def gone(*, jurisdiction_id: str, request_id: int, number: str, link: str, at: datetime) -> None:
    """Write down that another system has deleted a request. Nothing is deleted here."""
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        _Writer(row, link, max(row.updated_at, at)).write(Decision(Kind.GONE_THERE, {}, {"number": number[:100]}))


@dataclass(frozen=True, slots=True)
class OldRemark:
    """Something that was said of a request in another system before the two were linked."""

    request_id: int
    text: str
    at: datetime
    to_reporter: bool


def bring_in_remarks(*, jurisdiction_id: str, remarks: Sequence[OldRemark], link: str) -> None:
    """Write down many old remarks at once. As with old requests nobody is told, and nothing reacts."""
    kept = [r for r in remarks if cleaned(r.text, lines=True)]
    with transaction.atomic():
        texts = RequestText.objects.bulk_create(
            RequestText(
                jurisdiction_id=jurisdiction_id, request_id=r.request_id, body=cleaned(r.text, lines=True)[:LIMIT]
            )
            for r in kept
        )
        ids = {r.request_id for r in kept}
        rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(pk__in=ids).select_for_update(of=("self",))
        versions = dict(rows.order_by("pk").values_list("pk", "version"))
        events, more = [], dict.fromkeys(ids, 0)
        for remark, text in zip(kept, texts, strict=True):
            more[remark.request_id] += 1
            kind = Kind.REPLIED if remark.to_reporter else Kind.NOTED
            events.append(
                RequestEvent(
                    jurisdiction_id=jurisdiction_id,
                    request_id=remark.request_id,
                    seq=versions[remark.request_id] + more[remark.request_id],
                    kind=kind,
                    at=remark.at,
                    actor_kind=OUTSIDE.kind,
                    audience=timeline.AUDIENCE[kind],
                    facts={"link": link},
                    text=text,
                )
            )
        RequestEvent.objects.bulk_create(events)
        for n in set(more.values()):
            of = [request_id for request_id, count in more.items() if count == n]
            ServiceRequest.objects.in_city(jurisdiction_id).filter(pk__in=of).update(version=F("version") + n)
