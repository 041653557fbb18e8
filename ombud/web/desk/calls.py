"""For who answers: the caller and what they asked before, a new request, and contacts that needed none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ombud.catalog.queries import City
from ombud.catalog.rules.answers import Stopped, stopped_by
from ombud.catalog.rules.definition import Kind, ServiceDefinition
from ombud.conversation import commands as conversation
from ombud.conversation import queries as said_before
from ombud.conversation.templatetags import wording
from ombud.intake import commands as intake
from ombud.intake.commands import Submission
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import cleaned
from ombud.people import commands as people_commands
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.places import queries as places
from ombud.service_requests import queries as requests
from ombud.service_requests.commands.attach import StoredPhoto
from ombud.web.desk import rows
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.forms import WANTED
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.photos import PhotoTrouble, take_photos
from ombud.web.resident.forms import QuestionsForm
from ombud.web.saying import put_on

CONTACT_CHANNELS = ("phone", "counter", "email", "letter", "social", "council_office", "other")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the line, as far as a number or an address tells, and what was asked from there before."""

    typed: str
    email: str
    phone: str
    name: str
    before: list[rows.Row]
    trouble: str = ""


def language_choices(city: City) -> list[tuple[str, str]]:
    """Return the city's languages by their own names."""
    return [(code, translation.get_language_info(code)["name_local"]) for code in city.languages]


def wrap_up_choices() -> list[tuple[str, str]]:
    """Return how a contact may end."""
    return [(code, str(words)) for code, words in wording.WRAP_UPS.items()]


def channel_choices() -> list[tuple[str, str]]:
    """Return the ways people reach the city's staff."""
    return [(code, str(wording.CHANNELS[code])) for code in CONTACT_CHANNELS]


class ContactForm(forms.Form):
    """A contact that needed no request."""

    use_required_attribute = False
    wrap_up = forms.ChoiceField(label=gettext_lazy("How it ended"), widget=forms.RadioSelect)
    topic = forms.CharField(label=gettext_lazy("What it was about"), required=False, max_length=200)
    channel = forms.ChoiceField(label=gettext_lazy("How they reached us"))
    language = forms.ChoiceField(label=gettext_lazy("Language"))

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, city)
        self.fields["wrap_up"].choices = [c for c in wrap_up_choices() if c[0] != "request_made"]  # type: ignore[attr-defined]
        self.fields["wrap_up"].error_messages["required"] = str(WANTED["wrap_up"])


class CallForm(QuestionsForm):
    """A request taken down for somebody: the service's questions, where, who, and how the contact came."""

    use_required_attribute = False

    def __init__(self, *args: Any, city: City, service: ServiceDefinition, **kwargs: Any) -> None:
        super().__init__(*args, city=city, service=service, **kwargs)
        if service.place != "none":
            self.fields["place"] = forms.CharField(
                label=_("Address, crossing or landmark"), required=False, max_length=200
            )
            self.fields["place_note"] = forms.CharField(label=_("How to find it"), required=False, max_length=300)
            for hidden in ("lon", "lat"):
                self.fields[hidden] = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
        self.fields["name"] = forms.CharField(label=_("Name"), required=False, max_length=200)
        self.fields["phone"] = forms.CharField(label=_("Telephone"), required=False, max_length=60)
        self.fields["email"] = forms.CharField(label=_("E-mail"), required=False, max_length=300)
        for name in ("language", "channel"):
            self.fields[name] = forms.ChoiceField(
                label=_("Language") if name == "language" else _("How they reached us")
            )
        self.fields["topic"] = forms.CharField(label=_("Word for the contact log"), required=False, max_length=200)
        self.fields["client_id"] = forms.UUIDField(required=False, widget=forms.HiddenInput)
        _choose(self, city)

    def group(self, *names: str) -> list[forms.BoundField]:
        """Return some of the fields, those that this service has."""
        return [self[name] for name in names if name in self.fields]

    @property
    def questions(self) -> list[forms.BoundField]:
        """The service's own questions."""
        return [self[name] for name in self.own]

    @property
    def about(self) -> list[forms.BoundField]:
        """The story and photos."""
        return self.group("description", "photos")

    @property
    def who(self) -> list[forms.BoundField]:
        """Who asks."""
        return self.group("name", "phone", "email", "language")

    @property
    def contact(self) -> list[forms.BoundField]:
        """How the contact came."""
        return self.group("channel", "topic")


def _choose(form: forms.Form, city: City) -> None:
    form.fields["channel"].choices = channel_choices()  # type: ignore[attr-defined]
    form.fields["language"].choices = language_choices(city)  # type: ignore[attr-defined]


@require_GET
@staff_page(Verb.CREATE)
def new(request: CityRequest) -> HttpResponse:
    """Find out who calls and what about: their requests before, and the service that fits."""
    query = cleaned(request.GET.get("service", ""))[:100]
    city = request.city
    found = city.search(query, limit=12) if query else [s for s in city.offered() if s.popular]
    caller = caller_of(request)
    context = {
        **rail(request, None, now=clock.now()),
        "caller": caller,
        "caller_address": _caller_address(caller),
        "query": query,
        "found": [(s, city.text(s.name), city.text(s.description), city.agency(s.agency).short_name) for s in found],
        "hand_off": Kind.HAND_OFF,
    }
    return render(request, "desk/new.html", context)


def _caller_address(caller: Caller | None) -> str:
    return urlencode({"caller": caller.typed}) if caller and caller.typed else ""


def caller_of(request: CityRequest) -> Caller | None:
    """Return who calls, where a number or an address was typed; that it was looked up is written down."""
    typed = cleaned(request.GET.get("caller", ""))[:120]
    if not typed or not request.actor.may(Verb.VIEW_CONTACT, agency=request.actor.agency):
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


@require_http_methods(["GET", "POST"])
@staff_page(Verb.CREATE)
def new_service(request: CityRequest, code: str) -> HttpResponse:
    """Take a request down for somebody."""
    city = request.city
    service = city.service(code[:40].replace("\x00", ""))
    if service.kind is Kind.HAND_OFF or service.code in city.inactive:
        return _cannot(request, service)
    stopped: Stopped | None = None
    choices: list[places.FoundAddress] = []
    if request.method == "POST":
        form = CallForm(request.POST, request.FILES, city=city, service=service)
        form.is_valid()
        stopped = stopped_by(service, form.answers())
        if stopped and stopped.stop.can_continue and request.POST.get("stop_read"):
            stopped = None
        choices = [] if request.POST.get("as_words") else _address_choices(city, form)
        if not form.errors and not stopped and not choices:
            try:
                return _take_down(request, service, form)
            except PhotoTrouble as refused:
                form.add_error("photos", refused.said)
            except OmbudError as refused:
                put_on(form, refused)
    else:
        caller = caller_of(request)
        form = CallForm(
            city=city,
            service=service,
            initial={
                "client_id": uuid4(),
                "channel": "phone",
                "language": city.default_language,
                "phone": caller.phone if caller else "",
                "email": caller.email if caller else "",
                "name": caller.name if caller else "",
            },
        )
    context = {
        **rail(request, None, now=clock.now()),
        "form": form,
        "service": service,
        "service_name": city.text(service.name),
        "eligibility": city.text(service.eligibility) if service.eligibility else "",
        "agency": city.agency(service.agency),
        "choices": choices,
        "stop": stopped,
        "stop_words": city.text(stopped.stop.message) if stopped else "",
        "needs": [wording_of_need(need) for need in service.contact],
    }
    return render(request, "desk/new_service.html", context, status=422 if request.method == "POST" else 200)


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


def _address_choices(city: City, form: CallForm) -> list[places.FoundAddress]:
    """Return the addresses the words may mean, where they are not one yet."""
    typed = cleaned(str(form.data.get("place", "")))
    if not typed or form.data.get("lon") or "pick" in form.data or "place" not in form.fields:
        return []
    found = places.find_addresses(city.id, typed)
    return [] if len(found) == 1 and found[0].label.casefold() == typed.casefold() else found


def _located(city: City, form: CallForm) -> Located:
    if "place" not in form.fields:
        return Located()
    typed, note = cleaned(form.cleaned_data["place"]), cleaned(form.cleaned_data["place_note"])
    point = LonLat.read(form.cleaned_data["lon"], form.cleaned_data["lat"])
    if point is not None:
        return Located(method="address", point=point, address=typed, note=note)
    wanted = cleaned(str(form.data.get("pick") or "")) or typed
    for found in places.find_addresses(city.id, wanted, limit=1) if wanted else ():
        if found.label.casefold() == wanted.casefold():
            return Located(method="address", point=found.point, address=found.label, note=note)
    return Located(method="words", words=typed, note=note)


def _take_down(request: CityRequest, service: ServiceDefinition, form: CallForm) -> HttpResponse:
    told, city, now = form.cleaned_data, request.city, clock.now()
    stored, _position = take_photos(request.FILES.getlist("photos"), city_id=city.id)
    received = intake.submit(
        jurisdiction_id=city.id,
        submission=Submission(
            client_id=told["client_id"] or uuid4(),
            service_code=service.code,
            channel=told["channel"],
            language=told["language"],
            description=told.get("description", ""),
            answers=form.answers(),
            located=_located(city, form),
            name=told["name"],
            email=told["email"],
            phone=told["phone"],
            photos=tuple(StoredPhoto(**photo) for photo in stored),
            stop_acknowledged=bool(request.POST.get("stop_read")),
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
    return redirect("desk_request", received.number)


@require_http_methods(["GET", "POST"])
@staff_page(Verb.CREATE)
def contacts(request: CityRequest) -> HttpResponse:
    """Write down a contact that needed no request, and see today's."""
    city, now = request.city, clock.now()
    form = ContactForm(request.POST or None, city=city, initial={"channel": "phone", "language": city.default_language})
    if request.method == "POST" and form.is_valid():
        try:
            conversation.log_contact(
                jurisdiction_id=city.id, request_id=None, actor=request.actor, at=now, **form.cleaned_data
            )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("The contact is written down."))
            return redirect("desk_contacts")
    since = start_of_today(now)
    counted = said_before.wrap_ups(city.id, since=since)
    today = said_before.recent_contacts(city.id, since=since, limit=100)
    names = people.names_of(c.account_id for c in today)
    context = {
        **rail(request, None, now=now),
        "form": form,
        "today": [{"contact": c, "who": names.get(c.account_id, "")} for c in today],
        "counted": sorted(((wording.wrap_up_words(code), n) for code, n in counted.items()), key=lambda pair: -pair[1]),
        "total": sum(counted.values()),
    }
    return render(request, "desk/contacts.html", context, status=422 if form.errors else 200)


def start_of_today(now: datetime) -> datetime:
    """Return the midnight before, in the city's own time."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
