"""A report by Open311: read, checked, kept, and answered with its number."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from ombud.catalog.rules.answers import stopped_by
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.connect.open311 import reading, tokens
from ombud.connect.open311.caller import Call
from ombud.connect.open311.faults import Fault, Problem, bad, problem_of
from ombud.connect.open311.media import read_media
from ombud.connect.open311.rules import asked, form
from ombud.connect.open311.rules.asked import Wrong
from ombud.intake import commands as intake
from ombud.intake import photos as intake_photos
from ombud.intake.commands import Submission
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import Several
from ombud.kernel.texts import cleaned
from ombud.people import api_keys
from ombud.people.api_keys import Program
from ombud.people.commands import read_contact
from ombud.places import queries as places
from ombud.plumbing.photos import Photo
from ombud.service_requests.commands import receive
from ombud.service_requests.commands.receive import Received
from ombud.triage.words import watching

# Where programs put their own id of a report; FixMyStreet's is an attribute.
OWN_IDS = ("external_id", "client_id")
OWN_ID_ATTRIBUTES = ("fixmystreet_id", "external_id")

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A report as it was sent, read but for its photos."""

    submission: Submission
    an_hour_ago: UUID | None
    photos: list[Photo]
    not_understood: tuple[str, ...]


def create(call: Call) -> list[Tree]:
    """Keep a report and answer its number, its token or neither, by the type of its service."""
    program = call.writer("report")
    service = _service(call)
    read = _read(call, program, service)
    if again := _received_before(call, read):
        return [_answer(call, service, again.number, read.not_understood)]
    photos = tuple(intake_photos.keep_photo(photo, city_id=call.city.id) for photo in read.photos)
    at = clock.now()
    with transaction.atomic():
        received = intake.submit(
            jurisdiction_id=call.city.id,
            submission=replace(read.submission, photos=photos),
            at=at,
        )
        api_keys.log_call(
            jurisdiction_id=call.city.id, key_id=program.id, what="report", status=201, about=received.number, at=at
        )
    return [_answer(call, service, received.number, read.not_understood)]


def _received_before(call: Call, read: Read) -> Received | None:
    for client_id in (read.submission.client_id, read.an_hour_ago):
        if client_id and (found := receive.already_received(jurisdiction_id=call.city.id, client_id=client_id)):
            return found
    return None


def _service(call: Call) -> ServiceDefinition:
    code = call.sent.one("service_code")
    if not code:
        raise Fault(400, "service_code: say which service you ask for.")
    for service in reading.offered(call):
        if service.code == code:
            return service
    raise Fault(404, "service_code: there is no such service here.")


def _read(call: Call, program: Program, service: ServiceDefinition) -> Read:
    """Return the report. Raises Fault with all that is wrong."""
    problems: list[Problem] = []
    located, place_problem = _located(call, service)
    problems += [place_problem] if place_problem else []
    answers, unasked = form.read_answers(service, call.sent.attributes(), zone=call.city.zone)
    links, photos, media_problems = read_media(call)
    problems += media_problems
    contact, not_understood = _contact(call)
    if (stopped := stopped_by(service, answers)) and not stopped.stop.can_continue:
        problems.insert(0, Problem(stopped.question.code, call.city.text(stopped.stop.message)))
    submission = Submission(
        client_id=UUID(int=0),
        service_code=service.code,
        channel=program.channel,
        language=call.city.default_language,
        description=call.sent.raw("description"),
        answers=answers,
        located=located,
        api_key_id=program.id,
        sent=_sent_along(links, unasked),
        name=contact["name"],
        email=contact["email"],
        phone=contact["phone"],
    )
    # A link to a picture shows it as well.
    problems += _judged(call, submission, has_photos=bool(photos or links))
    if problems:
        raise bad(*problems)
    now, before = _client_ids(call, program, _digest(submission, photos))
    return Read(replace(submission, client_id=now), before, photos, tuple(not_understood))


def _judged(call: Call, submission: Submission, *, has_photos: bool) -> list[Problem]:
    """Return what is wrong with a report by the rules of every channel; a missing place was told before."""
    try:
        intake.check(city=call.city, submission=submission, at=clock.now())
    except Several as refused:
        of_place = submission.located.is_empty
        return [
            problem_of(problem)
            for problem in refused.problems
            if not (of_place and problem.field == "place") and not (has_photos and problem.field == "photos")
        ]
    return []


def _located(call: Call, service: ServiceDefinition) -> tuple[Located, Problem | None]:
    try:
        point = asked.point(call.sent)
    except Wrong as wrong:
        return Located(), Problem(wrong.parameter, wrong.sentence)
    address, address_id = cleaned(call.sent.one("address_string"))[:200], cleaned(call.sent.one("address_id"))[:60]
    if point is None and not address and not address_id and service.needs_place:
        return Located(), Problem("lat", "say where it is: lat and long, or address_string, or address_id.")
    if point is None and address:
        found = places.find_addresses(call.city.id, address, limit=2)
        # Only where the register leaves no doubt which address is meant.
        point = found[0].point if len(found) == 1 else None
    return Located(
        method="sent", point=point, address=address, words="" if point else address, address_id=address_id
    ), None


def _contact(call: Call) -> tuple[dict[str, str], list[str]]:
    """
    Return how the reporter can be reached, and what of it cannot be understood.

    A report is not refused for a telephone number that is none: it is kept, and the answer says so.
    """
    first, last = cleaned(call.sent.one("first_name")), cleaned(call.sent.one("last_name"))
    name = " ".join(part for part in (first, last) if part and part != "-")[:120]
    contact = {"name": name, "email": call.sent.one("email"), "phone": call.sent.one("phone")}
    region = str(call.city.settings.get("phone_region", "US"))
    _, problems = read_contact(**contact, language=call.city.default_language, region=region)
    wrong = sorted({problem.field for problem in problems})
    return contact | dict.fromkeys(wrong, ""), wrong


def _sent_along(links: list[str], unasked: dict[str, list[str]]) -> dict[str, Any]:
    """Return what is kept besides the answers; never how to reach a person, which lies apart and can be erased."""
    along: dict[str, Any] = {}
    if links:
        along["media_urls"] = links
    if unasked:
        along["attributes"] = {
            cleaned(code)[:60]: [cleaned(value)[:300] for value in values[:20]]
            for code, values in list(unasked.items())[:40]
        }
    return along


def _digest(submission: Submission, photos: list[Photo]) -> str:
    told = [
        submission.service_code, submission.description, repr(submission.located), submission.name, submission.email,
        submission.phone, json.dumps([submission.answers, submission.sent], sort_keys=True, default=list),
        [photo.sha256 for photo in photos],
    ]  # fmt: skip
    return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()


def _own_id(call: Call) -> str:
    attributes = call.sent.attributes()
    said = [call.request.headers.get("Idempotency-Key", ""), *(call.sent.one(name) for name in OWN_IDS)]
    said += [values[-1] for name in OWN_ID_ATTRIBUTES if (values := attributes.get(name))]
    return next((text for text in said if text), "")


def _client_ids(call: Call, program: Program, digest: str) -> tuple[UUID, UUID | None]:
    """
    Return the id of this sending, and the one that the same content had in the hour before.

    It is made from the program's own id of the report where there is one, else from the content and the hour.
    """
    if own := _own_id(call):
        return _named(call, program, f"id:{own}"), None
    hour = int(clock.now().timestamp()) // 3600
    now, before = (_named(call, program, f"content:{digest}:{at}") for at in (hour, hour - 1))
    return now, before


def _named(call: Call, program: Program, told: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"open311:{call.city.id}:{program.id}:{told}")


def _answer(call: Call, service: ServiceDefinition, number: str, not_understood: tuple[str, ...]) -> Tree:
    named: Tree = {}
    if service.open311 == "realtime":
        named = {"service_request_id": number}
    elif service.open311 == "batch":
        named = {"token": tokens.token(call.city, number)}
    return {**named, "service_notice": _notice(call, service, not_understood), "account_id": None}


def _notice(call: Call, service: ServiceDefinition, not_understood: tuple[str, ...]) -> str:
    said = [_("%(agency)s looks at it next.") % {"agency": call.city.agency(service.agency).name}]
    if "email" in not_understood:
        said.append(_("We could not read the e-mail address, so nobody is told what happens."))
    if "phone" in not_understood:
        said.append(_("We could not read the telephone number."))
    if watching.danger_in(call.city, [call.sent.raw("description")]):
        said.insert(0, _("Is somebody in danger? Call %(phone)s now.") % {"phone": call.city.emergency_phone})
    return " ".join(said)
