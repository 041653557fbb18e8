"""The addresses of `/api/v1`. Reports end in the same command as the form's, under the same rules and limits."""

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import NinjaAPI, Status
from ninja.errors import HttpError, ValidationError
from pydantic import Field, StringConstraints

from ombud.catalog.rules.definition import Kind, ServiceDefinition
from ombud.intake import commands as intake
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, NotAllowed, NotFound, OmbudError, Several
from ombud.kernel.geo import LonLat
from ombud.kernel.numbers import read_number
from ombud.kernel.texts import cleaned
from ombud.opendata import events as public_events
from ombud.opendata import queries as public_record
from ombud.opendata.rules.public_event import body
from ombud.service_requests import queries as requests
from ombud.service_requests import secret_link
from ombud.triage.words import queries as words
from ombud.triage.words import watching
from ombud.web.api.shapes import (
    Asked,
    Events,
    Kept,
    NewRequest,
    Point,
    Refusal,
    ServiceLine,
    ServiceWhole,
    Shown,
    Suggested,
)
from ombud.web.limiting import Waiting, limit
from ombud.web.middleware import CityRequest
from ombud.web.saying import said

api = NinjaAPI(title="Ombud", version="1", urls_namespace="api", docs_url=None, description=__doc__)

NOT_ON_EARTH = N_("Send both lon and lat, in degrees (WGS84).")
UNREADABLE = N_("This cannot be read as JSON of the form that the API takes.")
REFUSALS = {404: Refusal, 422: Refusal, 429: Refusal}
NOT_TAKEN = {400: Refusal, 415: Refusal, **REFUSALS}


@api.post("/requests", response={201: Kept, 200: Kept, **NOT_TAKEN}, by_alias=True)
def create_request(request: CityRequest, new: NewRequest) -> Status[dict[str, Any]]:
    """Keep a report and return its number: 201, or 200 where this `client_id` was sent before."""
    if request.content_type != "application/json":  # what a form on somebody else's page could send is not taken
        raise HttpError(415, "")
    limit(request, "report", times=settings.OMBUD_REPORTS_PER_HOUR)
    city = request.city
    received = intake.submit(jurisdiction_id=city.id, submission=_submission(request, new), at=clock.now())
    secret = secret_link.token(city.id, received.number)
    kept = {
        "number": received.number,
        "again": received.again,
        "url": request.build_absolute_uri(reverse("track", args=[received.number])),
        "secret_url": request.build_absolute_uri(reverse("track_secret", args=[received.number, secret])),
        **_danger(request, new.description, new.language),
    }
    return Status(200 if received.again else 201, kept)


@api.post("/suggestions", response={200: Suggested, **NOT_TAKEN})
def suggest_services(request: CityRequest, asked: Asked) -> dict[str, Any]:
    """Suggest services for what somebody wrote. Nothing of it is kept."""
    if request.content_type != "application/json":
        raise HttpError(415, "")
    limit(request, "suggest", times=settings.OMBUD_SUGGESTIONS_PER_HOUR)
    city = request.city
    found = words.suggest(city, cleaned(asked.text, lines=True), point=_point(asked.lon, asked.lat), limit=asked.limit)
    return {
        "suggestions": [
            {
                "service_code": s.code,
                "service_name": city.text(city.service(s.code).name),
                "probability": s.probability,
                "because": list(s.because),
            }
            for s in found
        ],
        **_danger(request, asked.text, asked.language),
        "not_checked": list(watching.lists_of(city, asked.language).uncovered),
    }


def _danger(request: CityRequest, text: str, language: str) -> dict[str, Any]:
    found = watching.danger_in(request.city, [text], language)
    return {"danger": [find.kind for find in found], "call": request.city.emergency_phone if found else ""}


@api.get("/requests/{number}", response={200: Shown, **REFUSALS})
def show_request(request: CityRequest, number: str) -> dict[str, Any]:
    """Return a request as everybody may see it."""
    read = read_number(number[:60], prefix=request.city.number_prefix) or number[:60]
    view = public_record.public_view(requests.by_number(request.city.id, read))
    point = view.point and Point(lon=view.point.lon, lat=view.point.lat, precision=view.precision)
    shown = {name: getattr(view, name) for name in Shown.model_fields if name not in ("point", "areas")}
    return {**shown, "point": point, "areas": list(view.area_tags)}


@api.get("/events", response={200: Events, **REFUSALS}, exclude_unset=True)
def read_events(
    request: CityRequest,
    after: Annotated[str, StringConstraints(max_length=80)] = "",
    limit: Annotated[int, Field(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """
    Return what happened after a cursor, in an order that never changes: no event is missed and none comes twice.

    Without `after` it begins with the first event there is; `after=now` gives the cursor of the end.
    """
    page = public_events.read_on(request.city.id, after, limit=limit)
    return {"events": [body(event) for event in page.events], "cursor": page.cursor, "more": page.more}


@api.get("/services", response=list[ServiceLine])
def list_services(request: CityRequest) -> list[dict[str, Any]]:
    """Return what can be reported here, in the reader's language."""
    return [_line(request, service) for service in request.city.offered() if service.kind is not Kind.HAND_OFF]


@api.get("/services/{code}", response={200: ServiceWhole, **REFUSALS})
def show_service(request: CityRequest, code: str) -> dict[str, Any]:
    """Return a service with what it asks, in the reader's language."""
    city, service = request.city, request.city.service(code)
    questions = [
        {
            "code": question.code,
            "question": city.text(question.label),
            "type": question.type,
            "required": question.required,
            "options": {option.code: city.text(option.label) for option in question.options},
            "asked_when": question.when.model_dump(by_alias=True) if question.when else None,
        }
        for question in service.questions
    ]
    return {
        **_line(request, service),
        "version": city.service_versions[code],
        "needs_place": service.needs_place,
        "photo": service.photo,
        "contact": list(service.contact),
        "visibility": service.visibility.value,
        "questions": questions,
    }


def _line(request: CityRequest, service: ServiceDefinition) -> dict[str, Any]:
    return {
        "service_code": service.code,
        "service_name": request.city.text(service.name),
        "description": request.city.text(service.description),
        "group": service.group,
        "agency": service.agency,
    }


def _submission(request: CityRequest, new: NewRequest) -> intake.Submission:
    point = _point(new.lon, new.lat)
    language = new.language if new.language in request.city.languages else request.LANGUAGE_CODE
    return intake.Submission(
        client_id=new.client_id,
        service_code=new.service_code,
        channel="api",
        language=language,
        description=new.description,
        answers={code: [said] if isinstance(said, str) else said for code, said in new.answers.items()},
        located=Located(
            method="pin" if point else "words",
            point=point,
            accuracy_m=new.accuracy_m if point else None,
            address=new.address if point else "",
            words="" if point else new.address,
            note=new.place_note,
        ),
        name=new.name,
        email=new.email,
        phone=new.phone,
        same_as=new.same_as,
    )


def _point(lon: float | None, lat: float | None) -> LonLat | None:
    point = LonLat.read(lon, lat)
    if point is None and (lon, lat) != (None, None):
        raise Several([BadInput(NOT_ON_EARTH, field="lon")])
    return point


@api.exception_handler(OmbudError)
def refuse(request: HttpRequest, refusal: OmbudError) -> HttpResponse:
    """Answer a refusal with its sentence and each thing that is wrong."""
    match refusal:
        case NotFound():
            status = 404
        case NotAllowed():
            status = 403
        case Waiting():
            status = 429
        case _:
            status = 422
    problems = refusal.problems if isinstance(refusal, Several) else []
    told = [{"field": problem.field, "message": said(problem)} for problem in problems]
    answer = api.create_response(request, {"message": said(refusal), "problems": told}, status=status)
    if isinstance(refusal, Waiting):
        answer.headers["Retry-After"] = str(int(refusal.seconds) + 1)
    return answer


@api.exception_handler(ValidationError)
def refuse_shape(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    """Name each field that does not have the shape it needs."""
    told = [{"field": ".".join(str(step) for step in e["loc"][2:]), "message": e["msg"]} for e in refusal.errors]
    return api.create_response(request, {"message": said(OmbudError(UNREADABLE)), "problems": told}, status=422)


@api.exception_handler(HttpError)
def refuse_body(request: HttpRequest, refusal: HttpError) -> HttpResponse:
    """Answer what is no JSON at all."""
    return api.create_response(
        request, {"message": said(OmbudError(UNREADABLE)), "problems": []}, status=refusal.status_code
    )
