"""For who answers: the caller and what they asked before, a new request, and contacts that needed none."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ombud.catalog.city import City
from ombud.catalog.rules.answers import Stopped, stopped_by
from ombud.catalog.rules.definition import Kind, ServiceDefinition
from ombud.conversation import commands as conversation
from ombud.intake import commands as intake
from ombud.intake.commands import Submission
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotAllowed, NotFound, OmbudError
from ombud.kernel.texts import cleaned
from ombud.people import commands as people_commands
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.places import queries as places
from ombud.service_requests import open_here
from ombud.service_requests import queries as requests
from ombud.triage.likeness.reasons import in_words
from ombud.triage.words import queries as words
from ombud.triage.words import watching
from ombud.web import finding, storming
from ombud.web.desk import call_places, rows
from ombud.web.desk.call_forms import CallForm
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.filters import looks_like_contact
from ombud.web.desk.holding import Held, hold
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.photos import PhotoTrouble
from ombud.web.saying import put_on


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the line, as far as a number or an address tells, and what was asked from there before."""

    typed: str
    email: str
    phone: str
    name: str
    before: list[rows.Row]
    trouble: str = ""


@require_POST
@staff_page()
def search(request: CityRequest) -> HttpResponse:
    """
    Find a request by its number or words, or who calls by a telephone number or a mail address.

    Sent by POST: what names a person stays out of addresses, and so out of logs and the browser's history.
    """
    typed = cleaned(request.POST.get("q", ""))[:120]
    if not looks_like_contact(typed):
        return redirect(f"{reverse('desk_queue')}?{urlencode({'q': typed})}" if typed else reverse("desk_queue"))
    if not (request.actor.may(Verb.CREATE) and _may_look_up(request)):
        raise NotAllowed(N_("Your role does not show you how to reach residents."))
    return _new_page(request, caller=typed, query="")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.CREATE)
def new(request: CityRequest) -> HttpResponse:
    """Find out who calls and what about: their requests before, and the service that fits."""
    sent = request.POST if request.method == "POST" else request.GET
    return _new_page(request, caller=request.POST.get("caller", ""), query=sent.get("service", ""))


def _new_page(request: CityRequest, *, caller: str, query: str) -> HttpResponse:
    query = cleaned(query)[: finding.LONGEST]
    city = request.city
    looked = finding.look(city, query, language="", limit=12)
    found = looked.services if query else [s for s in city.offered() if s.popular]
    context = {
        **rail(request, None, now=clock.now()),
        "caller": caller_of(request, caller),
        "query": query,
        "danger": looked.danger,
        "staff": True,
        "found": [(s, city.text(s.name), city.text(s.description), city.agency(s.agency).short_name) for s in found],
        "hand_off": Kind.HAND_OFF,
    }
    return render(request, "desk/new.html", context)


def _may_look_up(request: CityRequest) -> bool:
    return request.actor.may(Verb.VIEW_CONTACT, agency=request.actor.agency)


def caller_of(request: CityRequest, typed: str) -> Caller | None:
    """Return who calls, where a number or an address was typed; that it was looked up is written down."""
    typed = cleaned(typed)[:120]
    if not typed or not _may_look_up(request):
        return None
    city = request.city
    email, phone = (typed, "") if "@" in typed else ("", typed)
    details, problems = people_commands.read_contact(
        name="", email=email, phone=phone, language="en", region=str(city.settings.get("phone_region", "US"))
    )
    if problems:
        return Caller(typed, "", "", "", [], trouble=typed)
    points = people.same_person(city.id, email=details.email, phone=details.phone)
    people_commands.log_view(
        jurisdiction_id=city.id,
        account_id=own_account(request),
        what="requests of a caller",
        contact_point_id=points[0] if points else None,
        request_id=None,
    )
    now = clock.now()
    before = [rows.row_of(city, row, now=now) for row in requests.of_contact_points(city.id, points)]
    names = [c.name for pk in reversed(points[-5:]) if (c := people.contact_point(city.id, pk)) and c.name]
    return Caller(typed, details.email, details.phone, names[0] if names else "", before)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.CREATE)
def new_service(request: CityRequest, code: str) -> HttpResponse:
    """Take a request down for somebody."""
    city = request.city
    service = city.service(code[:40].replace("\x00", ""))
    if service.kind is Kind.HAND_OFF or service.code in city.inactive:
        return _cannot(request, service)
    stopped: Stopped | None = None
    danger = False
    said = cleaned((request.POST if request.method == "POST" else request.GET).get("said", ""))[: finding.LONGEST]
    choices: list[places.FoundAddress] = []
    near: list[open_here.Near] = []
    held = Held()
    # Chosen for a caller who was looked up: the form begins, nothing was filled in yet.
    filled = request.method == "POST" and "begin" not in request.POST
    if filled:
        form = CallForm(as_typed(request), request.FILES, city=city, service=service)
        form.is_valid()
        held = _hold(request, service, form)
        stopped = stopped_by(service, form.answers())
        if stopped and stopped.stop.can_continue and request.POST.get("stop_read"):
            stopped = None
        danger = not stopped and not request.POST.get("stop_read") and _tells_danger(city, form)
        choices = [] if form.data.get("as_words") else call_places.address_choices(city, form)
        if not form.errors and not stopped and not danger and not choices:
            near = [] if "same_as" in form.data else call_places.near(city, service, form)
            if not near and (taken := _try_to_take_down(request, service, form, held)):
                return taken
    else:
        form = CallForm(city=city, service=service, initial=_begin(request))
    now = clock.now()
    context = {
        **rail(request, None, now=now),
        "form": form,
        "service": service,
        "service_name": city.text(service.name),
        "storm": storming.banner_of(city, service, None),
        "eligibility": city.text(service.eligibility) if service.eligibility else "",
        "agency": city.agency(service.agency),
        "choices": choices,
        "held": held,
        "near": [
            (
                rows.row_of(city, found.request, now=now),
                found,
                round(100 * (one.probability or 0)),
                in_words(one.reasons),
            )
            for found, one in call_places.likeliest(city, service, form, near)
        ],
        "stop": stopped,
        "danger": danger,
        "staff": True,
        "said": said,
        "another": _another(city, service, form) if filled else None,
        "stop_words": city.text(stopped.stop.message) if stopped else "",
        "needs": [wording_of_need(need) for need in service.contact],
    }
    return render(request, "desk/new_service.html", context, status=422 if filled else 200)


def _tells_danger(city: City, form: CallForm) -> bool:
    texts = [str(form.data.get("description", "")), *(said for some in form.answers().values() for said in some)]
    return bool(watching.danger_in(city, texts, str(form.data.get("language", ""))))


def _another(city: City, service: ServiceDefinition, form: CallForm) -> tuple[str, str] | None:
    """Return code and name of the service that the description asks for, where it is surely another one."""
    text = cleaned(str(form.data.get("description", "")))
    another = words.looks_like_another(city, text, chosen=service.code) if text else None
    return (another.code, city.text(city.service(another.code).name)) if another else None


def _begin(request: CityRequest) -> dict[str, object]:
    """Return what the form begins with: the way most calls come, and what is known of the caller."""
    caller = caller_of(request, request.POST.get("caller", ""))
    return {
        "client_id": uuid4(),
        "channel": "phone",
        "language": request.city.default_language,
        "phone": caller.phone if caller else "",
        "email": caller.email if caller else "",
        "name": caller.name if caller else "",
    }


def as_typed(request: CityRequest) -> QueryDict:
    """Return what was sent; where the place was changed after it, what was chosen for the place before is left out."""
    sent = request.POST.copy()
    if sent.get("near_of", sent.get("place", "")) != sent.get("place", ""):
        for name in ("pick", "as_words", "same_as"):
            sent.pop(name, None)
    return sent


def _hold(request: CityRequest, service: ServiceDefinition, form: CallForm) -> Held:
    """Keep the photos that came with the form, or came before, while other things of it are asked."""
    try:
        return hold(request, request.FILES.getlist("photos"), about=service.code)
    except PhotoTrouble as refused:
        form.add_error("photos" if "photos" in form.fields else None, refused.said)
        return Held()


def _try_to_take_down(
    request: CityRequest, service: ServiceDefinition, form: CallForm, held: Held
) -> HttpResponse | None:
    try:
        return _take_down(request, service, form, held)
    except OmbudError as refused:
        put_on(form, refused)
    return None


def wording_of_need(need: str) -> str:
    """Return a piece of contact data that a service needs, in plain words."""
    return {
        "name": _("a name"),
        "email": _("a mail address"),
        "phone": _("a telephone number"),
        "email_or_phone": _("a mail address or telephone number"),
    }.get(need, need)


def _cannot(request: CityRequest, service: ServiceDefinition) -> HttpResponse:
    if service.kind is not Kind.HAND_OFF:
        raise NotFound(N_("This cannot be reported here."))
    context = {
        **rail(request, None, now=clock.now()),
        "service_name": request.city.text(service.name),
        "body": request.city.body(service.hand_off),
    }
    return render(request, "desk/new_hand_off.html", context)


def _take_down(request: CityRequest, service: ServiceDefinition, form: CallForm, held: Held) -> HttpResponse:
    told, city, now = form.cleaned_data, request.city, clock.now()
    same_as = cleaned(form.data.get("same_as", ""))
    if same_as and same_as not in {near.request.number for near in call_places.near(city, service, form)}:
        raise NotFound(N_("The other report is not open there any more. Choose again."))
    client_id = told["client_id"] or uuid4()
    # Before the report is kept: what follows from that ties the two together.
    finding.chosen(
        city,
        cleaned(form.data.get("said", ""))[: finding.LONGEST],
        code=service.code,
        channel=told["channel"],
        language=told["language"],
        client_id=client_id,
    )
    received = intake.submit(
        jurisdiction_id=city.id,
        submission=Submission(
            client_id=client_id,
            service_code=service.code,
            channel=told["channel"],
            language=told["language"],
            description=told.get("description", ""),
            answers=form.answers(),
            located=call_places.located(city, form),
            name=told["name"],
            email=told["email"],
            phone=told["phone"],
            same_as=same_as,
            photos=held.photos,
            **form.wishes(),
        ),
        at=now,
        actor=request.actor,
    )
    if not received.again:
        conversation.log_contact(
            jurisdiction_id=city.id,
            channel=told["channel"],
            wrap_up="request_made",
            topic=told["topic"] or city.text(service.name),
            language=told["language"],
            request_id=received.request_id,
            actor=request.actor,
            at=now,
        )
    messages.success(request, _("The number is %(number)s. Read it to the caller.") % {"number": received.number})
    if same_as:
        messages.info(request, _("It is joined with %(number)s: the caller hears how that ends.") % {"number": same_as})
    return redirect("desk_request", received.number)
