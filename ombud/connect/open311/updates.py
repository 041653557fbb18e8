"""
What happened to requests, for those who keep a copy, and what others say of them: mySociety's updates extension.

A program with the right `update` speaks for residents; one that may move requests speaks for those who do the work.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ombud.connect.open311 import telling
from ombud.connect.open311.caller import Call
from ombud.connect.open311.faults import Fault, Problem, bad
from ombud.connect.open311.media import read_media
from ombud.connect.open311.models import TakenUpdate
from ombud.connect.open311.rules import asked, statuses
from ombud.connect.open311.rules.instants import written
from ombud.intake import photos as intake_photos
from ombud.kernel import clock
from ombud.kernel.numbers import read_number
from ombud.opendata import queries as public_record
from ombud.people import api_keys
from ombud.people.api_keys import Program
from ombud.plumbing.photos import Photo
from ombud.service_requests import queries as requests
from ombud.service_requests import spans
from ombud.service_requests.commands import act, attach, outside
from ombud.service_requests.commands.act import On
from ombud.service_requests.commands.outside import Heard
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.rules.lifecycle import Kind, Status
from ombud.service_requests.rules.outside import Told
from ombud.service_requests.spans import Span
from ombud.service_requests.timeline import REPORTER
from ombud.triage.words import keeping

BY_DEFAULT = timedelta(hours=24)
AT_MOST = 10_000
TOLD = (
    Kind.ACCEPTED, Kind.SCHEDULED, Kind.LISTED, Kind.INSPECTED, Kind.SERVICE_CHANGED, Kind.TRANSFERRED,
    Kind.PROMISE_MOVED, Kind.QUESTION_ASKED, Kind.ANSWERED, Kind.COMMENTED, Kind.REPLIED, Kind.CLOSED,
    Kind.REOPENED, Kind.WITHDRAWN, Kind.PAUSED, Kind.RESUMED,
)  # fmt: skip
NEEDED = ("service_request_id", "status", "updated_datetime", "description", "update_id")

Tree = dict[str, Any]


def listed(call: Call) -> list[Tree]:
    """Answer what happened in a span, oldest first; the last 24 hours where none is named."""
    since, until = _span(call)
    found = spans.events(call.city.id, call.eyes, kinds=TOLD, since=since, until=until, limit=AT_MOST + 1)
    if len(found) > AT_MOST:
        raise Fault(400, f"start_date: more than {AT_MOST} updates lie in this span; ask for a shorter one.")
    media = _media_of(call, found)
    return [_update(call, event, media.get(event.pk, ())) for event in found]


def _media_of(call: Call, events: list[RequestEvent]) -> dict[int, list[str]]:
    """Return the addresses of the pictures that came with updates of programs, as far as the reader may see them."""
    taken = TakenUpdate.objects.filter(jurisdiction_id=call.city.id, event_id__in=[event.pk for event in events])
    rows = {event.pk: event.request for event in events}
    found: dict[int, list[str]] = {}
    for update in taken:
        row = rows[update.event_id]
        owns = call.eyes.owns(row)
        shows = owns or public_record.public_view(row).shows_photos
        photos = [photo for photo in requests.photos(row) if photo.pk in update.photo_ids] if update.photo_ids else []
        urls = [call.link(photo) for photo in photos if owns or (photo.shown and photo.public_key and shows)]
        urls += update.media_urls if public_record.texts_seen_by(row, call.eyes) else []
        if urls:
            found[update.event_id] = urls
    return found


def _span(call: Call) -> tuple[datetime, datetime]:
    now = clock.now()
    sent, zone = call.sent, call.city.zone
    if bool(sent.one("start_date")) != bool(sent.one("end_date")):
        raise Fault(400, "start_date: send both start_date and end_date, or none.")
    if not sent.one("start_date"):
        return now - BY_DEFAULT, now
    since, until = asked.read_span(sent, zone=zone, now=now)
    return since or now - BY_DEFAULT, until or now


def _update(call: Call, event: RequestEvent, media: Sequence[str]) -> Tree:
    row = event.request
    status = event.status_then or Status.RECEIVED  # type: ignore[attr-defined]
    outcome = str(event.changes.get("outcome") or row.outcome or "") if status == Status.CLOSED else ""
    reads = call.eyes.owns(row) or call.eyes.reads_texts
    said = event.text.body if event.text and reads and event.audience != "staff" else ""
    if event.actor_kind == "staff" or not call.eyes.owns(row):
        # A program shows it to whomever it likes; only what came through it goes back as it was.
        said = keeping.masked(row.jurisdiction_id, said)
    return {
        "update_id": str(event.pk),
        "service_request_id": row.number,
        "status": statuses.finer(status, outcome)
        if call.sent.switched_on("extensions")
        else statuses.projected(status),
        "updated_datetime": written(event.at),
        "description": said or telling.words(event),
        "media_url": media[0] if media else None,
    }


def take(call: Call) -> list[Tree]:
    """Keep an update and answer with our id of it; one that was sent before is answered with its first."""
    program = call.writer("update")
    row = _row(call)
    at, text, update_id = _read(call)
    links, pictures, problems = read_media(call)
    if problems:
        raise bad(*problems)
    key = {"jurisdiction_id": call.city.id, "api_key_id": program.id, "update_id": update_id}
    if known := TakenUpdate.objects.filter(**key).first():
        return _taken(known.event_id)
    try:
        with transaction.atomic():
            event = _keep(call, program, row, text)
            photo_ids = [_attach(call, program, row, picture) for picture in pictures]
            TakenUpdate.objects.create(**key, event_id=event.pk, media_urls=links, photo_ids=photo_ids)
            api_keys.log_call(
                jurisdiction_id=call.city.id, key_id=program.id, what="update", status=201, about=row.number, at=at
            )
    except IntegrityError:
        # The same sent at the same moment has won.
        if known := TakenUpdate.objects.filter(**key).first():
            return _taken(known.event_id)
        raise
    return _taken(event.pk)


def _attach(call: Call, program: Program, row: ServiceRequest, picture: Photo) -> int:
    return attach.add_photo(
        jurisdiction_id=call.city.id,
        request_id=row.pk,
        photo=intake_photos.keep_photo(picture, city_id=call.city.id),
        # Who does the work shows it done; who speaks for residents shows what they see.
        stage="after" if "status" in program.rights else "before",
        actor=REPORTER,
        at=clock.now(),
    )


def _taken(event_id: int) -> list[Tree]:
    return [{"update_id": str(event_id), "account_id": None}]


def _row(call: Call) -> ServiceRequest:
    number = call.sent.one("service_request_id")
    if not number:
        raise Fault(400, "service_request_id: say which request you mean.")
    read = read_number(number, prefix=call.city.number_prefix) or number
    rows = spans.page(call.city.id, Span(numbers=(read,)), call.eyes)
    if not rows:
        raise Fault(404, "service_request_id: we have no such request.")
    return rows[0]


def _read(call: Call) -> tuple[datetime, str, str]:
    """Return when this is written down, what it says, and the sender's id of it. Raises Fault with what is wrong."""
    sent = call.sent
    problems = [Problem(name, "it is needed.") for name in NEEDED if not sent.one(name)]
    status = sent.one("status").lower()
    if status and status not in statuses.CLOSING and status not in statuses.OPENING and status != statuses.UNCHANGED:
        problems.append(Problem("status", f"there is no status “{status[:40]}”."))
    if len(sent.one("update_id")) > 100:
        problems.append(Problem("update_id", "use 100 characters at most."))
    if problems:
        raise bad(*problems)
    asked.instant(sent, "updated_datetime", call.city.zone)  # it must be one; ours is when we heard of it
    return clock.now(), sent.raw("description"), sent.one("update_id")


def _keep(call: Call, program: Program, row: ServiceRequest, text: str) -> RequestEvent:
    if "status" not in program.rights:
        on = On(call.city.id, row.pk, REPORTER, clock.now())
        return act.answer(on, text=text, language=call.city.default_language)
    about: dict[str, Any] = {"jurisdiction_id": call.city.id, "request_id": row.pk, "link": program.channel}
    status, outcome = statuses.told(call.sent.one("status").lower(), now=row.status)
    heard: list[RequestEvent] = []
    if status:
        told = Told(status=status, outcome=outcome)
        closes = text if status is Status.CLOSED else None
        heard = outside.hear(heard=Heard(told=told, sentence=closes), at=clock.now(), **about)
    if heard and status is Status.CLOSED:
        return heard[-1]
    return outside.say(text=text, at=clock.now(), to_reporter=True, **about)
