"""
Submit: where the web form, the call taker, the API and the mail all end.

Checks everything, tells all that is wrong at once, keeps the whole or nothing, and gives a number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.rules.answers import read_answers
from ombud.catalog.rules.definition import Kind, ServiceDefinition
from ombud.catalog.rules.working_time import beyond_closed, target_at
from ombud.intake import ports
from ombud.intake.ports import Wish
from ombud.intake.rules.asset import asked_in, tag_of
from ombud.intake.rules.place import Located, check_place, snapped
from ombud.kernel.errors import N_, BadInput, NotFound, Several
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import cleaned
from ombud.people import commands as people
from ombud.places import assets
from ombud.places import queries as places
from ombud.service_requests import ports as record_ports
from ombud.service_requests import queries as requests
from ombud.service_requests import screening
from ombud.service_requests.commands import attach, receive
from ombud.service_requests.commands.attach import StoredPhoto
from ombud.service_requests.commands.receive import NewRequest, Place, Received
from ombud.service_requests.ports import Routable, Routed
from ombud.service_requests.storms import queries as storms
from ombud.service_requests.timeline import REPORTER, Actor

DESCRIPTION_LIMIT = 4000
PHOTOS_AT_MOST = 8
NOWHERE = Located()


@dataclass(frozen=True, slots=True)
class Submission:
    """A request as it came in, from whatever channel: raw texts, nothing believed yet."""

    client_id: UUID
    service_code: str
    channel: str
    language: str
    description: str = ""
    answers: Mapping[str, Sequence[str]] | None = None
    located: Located = NOWHERE
    name: str = ""
    email: str = ""
    phone: str = ""
    same_as: str = ""
    photos: tuple[StoredPhoto, ...] = ()
    asset: str = ""
    kind: str = ""
    on: date | None = None
    api_key_id: int | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """A submission that is fit to be kept."""

    service: ServiceDefinition
    new: NewRequest
    contact: people.ContactDetails
    routed: Routed
    wish: Wish | None = None


def submit(*, jurisdiction_id: str, submission: Submission, at: datetime, actor: Actor = REPORTER) -> Received:
    """
    Keep a request and return its number. Sending the same `client_id` again returns the first number.

    Raises Several with every problem found, NotFound for an unknown service or request.
    """
    if again := receive.already_received(jurisdiction_id=jurisdiction_id, client_id=submission.client_id):
        return again
    city = catalog.city(jurisdiction_id)
    checked = check(city=city, submission=submission, at=at)
    try:
        with transaction.atomic():
            return _keep(city, submission, checked, at, actor)
    except IntegrityError:
        # A copy sent at the same moment has won and is whole; nothing of this one is kept.
        if again := receive.already_received(jurisdiction_id=jurisdiction_id, client_id=submission.client_id):
            return again
        raise


def _keep(city: City, submission: Submission, checked: Checked, at: datetime, actor: Actor) -> Received:
    new = checked.new
    if not checked.contact.is_empty:
        new = replace(new, contact_point_id=people.keep_contact(jurisdiction_id=city.id, details=checked.contact))
    if submission.same_as:
        new = replace(new, same_as=requests.by_number(city.id, submission.same_as).pk)
    received = receive.receive(jurisdiction_id=city.id, number_prefix=city.number_prefix, new=new, actor=actor)
    if checked.routed.failed:
        record_ports.router().failed(
            jurisdiction_id=city.id, request_id=received.request_id, routed=checked.routed, at=at
        )
    keeper, served_by = ports.doorkeeper(), checked.service.served_by
    if keeper and served_by and checked.wish and checked.wish.on:
        keeper.grant(city, served_by, checked.wish, request_id=received.request_id, actor=actor, at=at)
    for photo in submission.photos:
        attach.add_photo(jurisdiction_id=city.id, request_id=received.request_id, photo=photo, actor=actor, at=at)
    return received


def check(*, city: City, submission: Submission, at: datetime) -> Checked:
    """Return the submission read and completed. Raises Several with every problem found."""
    service = city.service(submission.service_code)
    if service.kind is Kind.HAND_OFF or service.code in city.inactive:
        raise NotFound(N_("This cannot be reported here."))
    answers, problems = read_answers(service, submission.answers or {}, language=submission.language)
    contact, contact_problems = people.read_contact(
        name=submission.name,
        email=submission.email,
        phone=submission.phone,
        language=submission.language,
        region=str(city.settings.get("phone_region", "US")),
    )
    problems += contact_problems + missing_contact(service, contact)
    located, asset, asset_problems = _asset(city, service, submission)
    problems += asset_problems
    place, place_problems = place_of(city, service, located)
    problems += place_problems
    wish = _wish(service, submission, place)
    if wish and service.served_by and (keeper := ports.doorkeeper()):
        problems += keeper.refusals(city, service.served_by, wish, at=at)
    description = cleaned(submission.description, lines=True)
    problems += _words_and_photos(service, submission, description)
    if problems:
        raise Several(problems)
    kept = tuple(a.written() for a in answers)
    called_for = screening.screened(city, service, _told(service, submission, description))
    danger = screening.DANGER in called_for.facts
    routed = record_ports.router().route(
        city, routable(service, submission.channel, at, kept, place, asset=asset, danger=danger)
    )
    expected_from, expected_to = _promise(city, service, place, at, agency=routed.agency)
    new = NewRequest(
        client_id=submission.client_id,
        service_code=service.code,
        service_version=city.service_versions[service.code],
        agency=routed.agency,
        unit=routed.unit,
        assignee_id=routed.assignee_id,
        priority=called_for.priority(routed.priority),
        visibility=service.visibility.value,
        channel=submission.channel,
        requested_at=at,
        target_at=target_at(at, routed.target, city.calendar(at.year, routed.agency)),
        expected_from=expected_from,
        expected_to=expected_to,
        place=place,
        description=description,
        answers=kept,
        asset=asset,
        facts={**routed.facts, **called_for.facts},
        language=submission.language,
        api_key_id=submission.api_key_id,
        sent=submission.sent,
    )
    return Checked(service, new, contact, routed, wish)


def _words_and_photos(service: ServiceDefinition, submission: Submission, description: str) -> list[BadInput]:
    problems = []
    if (n := len(description)) > DESCRIPTION_LIMIT:
        refusal = N_("Use %(limit)d characters at most; this has %(n)d.")
        problems.append(BadInput(refusal, field="description", limit=DESCRIPTION_LIMIT, n=n))
    if len(submission.photos) > PHOTOS_AT_MOST:
        problems.append(BadInput(N_("Send %(n)d photos at most."), field="photos", n=PHOTOS_AT_MOST))
    if service.photo == "required" and not submission.photos:
        problems.append(BadInput(N_("This service needs a photo."), field="photos"))
    return problems


def _wish(service: ServiceDefinition, submission: Submission, place: Place | None) -> Wish | None:
    """Return what is asked for, where the service is only for some and the place is known as a point."""
    if service.served_by is None or place is None or place.lon is None or place.lat is None:
        return None
    on = submission.on if service.served_by.appointment else None
    return Wish(LonLat(place.lon, place.lat), place.address, submission.kind, on)


def _asset(city: City, service: ServiceDefinition, submission: Submission) -> tuple[Located, str, list[BadInput]]:
    """
    Return where it is, the asset as `lights:4711`, and what is wrong with it.

    Where nobody said where, the asset says it. A layer that is not loaded checks nothing: the number stays an answer.
    """
    located = submission.located
    tag = tag_of(service, submission.asset, submission.answers or {})
    if not tag or service.asset_layer not in assets.asset_layers(city.id):
        return located, "", []
    found = assets.asset(city.id, tag)
    if found is None or found.gone:
        field = f"q.{code}" if (code := asked_in(service)) and not submission.asset else "asset"
        return (
            located,
            "",
            [BadInput(N_("We know no such number here. Look once more, or leave it empty."), field=field)],
        )
    if located.is_empty:
        located = Located(method="asset", point=found.point)
    return located, found.tag, []


def routable(
    service: ServiceDefinition,
    channel: str,
    at: datetime,
    answers: Sequence[Mapping[str, Any]],
    place: Place | None,
    *,
    asset: str = "",
    danger: bool = False,
) -> Routable:
    """Return a report as routing asks for it: with what of it is kept, and nothing else."""
    return Routable(
        service=service,
        channel=channel,
        requested_at=at,
        answers=answers,
        areas=place.areas if place else (),
        lon=place.lon if place else None,
        lat=place.lat if place else None,
        asset=asset,
        danger=danger,
    )


def _told(service: ServiceDefinition, submission: Submission, description: str) -> screening.Told:
    """Return what was told in words of one's own: the description, answers, the note on the place."""
    answers = submission.answers or {}
    free = [q.code for q in service.questions if q.type in ("text", "longtext")]
    texts = [cleaned(said)[:DESCRIPTION_LIMIT] for code in free for said in answers.get(code, ())]
    return screening.Told([description, submission.located.note, *texts], answers, submission.language)


def missing_contact(service: ServiceDefinition, contact: people.ContactDetails) -> list[BadInput]:
    """Return a problem for each piece of contact that the service needs and nobody gave."""
    problems = []
    if "name" in service.contact and not contact.name:
        problems.append(BadInput(N_("Write your name; this service needs it."), field="name"))
    if "email" in service.contact and not contact.email:
        problems.append(BadInput(N_("Write your e-mail address; this service needs it."), field="email"))
    if "phone" in service.contact and not contact.phone:
        problems.append(BadInput(N_("Write your telephone number; this service needs it."), field="phone"))
    if "email_or_phone" in service.contact and not (contact.email or contact.phone):
        problems.append(
            BadInput(N_("Write your e-mail address or telephone number; this service needs one."), field="email")
        )
    return problems


def place_of(city: City, service: ServiceDefinition, located: Located) -> tuple[Place | None, list[BadInput]]:
    """Return the place of a report as it is kept, snapped and with its areas, and what is wrong with it."""
    raw, atlas = located.point, places.atlas(city.id)
    areas = atlas.areas_at(raw) if raw else []
    problems = check_place(located, needed=service.needs_place, inside=places.is_inside(areas))
    if problems or located.is_empty:
        return None, problems
    near = places.nearest_address(city.id, raw, crossing=service.place == "intersection") if raw else None
    point = snapped(located, near.point if near else None, place=service.place)
    if point and point != raw:
        areas = atlas.areas_at(point)
    return (
        Place(
            method=located.method,
            raw_lon=raw.lon if raw else None,
            raw_lat=raw.lat if raw else None,
            raw_text=located.words,
            lon=round(point.lon, 6) if point else None,
            lat=round(point.lat, 6) if point else None,
            address=located.address or (near.label if near else ""),
            accuracy_m=located.accuracy_m,
            areas=tuple({"layer": a.layer, "vintage": a.vintage, "code": a.code, "name": a.name} for a in areas),
            note=located.note,
            address_id=located.address_id,
        ),
        [],
    )


def _promise(
    city: City, service: ServiceDefinition, place: Place | None, at: datetime, *, agency: str
) -> tuple[datetime | None, datetime | None]:
    layer = str(city.settings.get("promise_layer", ""))
    tags = [f"{a['layer']}:{a['code']}" for a in (place.areas if place else ())]
    promised = [tag for tag in tags if tag.startswith(f"{layer}:")]
    known = storms.expected(city, service.code, areas=promised, tags=tags, at=at)
    if known is None:
        return None, None
    calendar = city.calendar(at.year, agency)
    low = beyond_closed(at + timedelta(seconds=known.low_seconds), calendar, since=at)
    if known.high_seconds is None:
        return low, None
    return low, beyond_closed(at + timedelta(seconds=known.high_seconds), calendar, since=at)
