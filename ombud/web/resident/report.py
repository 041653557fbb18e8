"""
The report flow: one question a page, each a plain form that works without script.

What, where, details, how to reach you, check. What the city cannot take is said before the form is filled.
"""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.catalog.rules.answers import read_answers
from ombud.intake import commands as intake
from ombud.intake.rules.place import check_place
from ombud.kernel import clock
from ombud.kernel.errors import BadInput, Several
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import cleaned
from ombud.opendata.commands import report_error
from ombud.places import assets
from ombud.places import queries as places
from ombud.service_requests import secret_link
from ombud.service_requests.commands import receive
from ombud.web.limiting import limited
from ombud.web.middleware import CityRequest
from ombud.web.resident import serving, steps
from ombud.web.resident.drafts import Draft
from ombud.web.resident.forms import PlaceForm
from ombud.web.resident.frame import drafts_of, frame
from ombud.web.saying import put_on, said


@require_http_methods(["GET", "HEAD", "POST"])
def place(request: CityRequest, draft_id: UUID) -> HttpResponse:
    """Where is it? By address, by where one stands, by a pin, or in words."""
    draft = drafts_of(request).get(draft_id)
    chosen = request.city.service(draft.service)
    initial = {
        "address": draft.address,
        "place_note": draft.place_note,
        "lon": draft.lon,
        "lat": draft.lat,
        "accuracy_m": draft.accuracy_m,
        "method": draft.method,
    }
    form = PlaceForm(request.POST or None, initial=initial)
    choices: list[places.FoundAddress] = []
    outside = False
    if request.method == "POST" and form.is_valid():
        told, choices = _read_place(request, form, draft)
        located = replace(draft, **told).submission(language="en").located
        areas = places.atlas(request.city.id).areas_at(located.point) if located.point else []
        outside = bool(located.point) and not places.is_inside(areas)
        problems = check_place(located, needed=chosen.needs_place, inside=places.is_inside(areas))
        if problems:
            put_on(form, Several([BadInput(p.msgid, field="address", **p.params) for p in problems]))
        elif not choices:
            # Elsewhere another one lies near, and another day may be theirs.
            draft = drafts_of(request).keep(draft, **told, asset="", kind="", day="")
            return redirect(steps.after(request, draft, "report_place"), draft.id)
    context = {
        **frame(request, draft, step=2, back=reverse("report_service", args=[draft.service])),
        "form": form,
        "choices": choices,
        "outside": request.city.text(request.city.settings.get("outside_place", {})) if outside else "",
        "bodies": request.city.bodies() if outside else [],
        "photo_point": draft.photo_point,
        "map": _map(request, draft.point or draft.photo_point),
    }
    return render(request, "resident/place.html", context, status=422 if form.errors else 200)


def _read_place(
    request: CityRequest, form: PlaceForm, draft: Draft
) -> tuple[dict[str, Any], list[places.FoundAddress]]:
    """Return what was told of the place; where only words were typed, the addresses they may mean."""
    told = form.cleaned_data
    address, note = cleaned(told["address"]), cleaned(told["place_note"])
    point = LonLat.read(told["lon"], told["lat"]) if told["lon"] else None
    accuracy = _number(told["accuracy_m"])
    method = told["method"] if told["method"] in ("gps", "photo", "address") else "pin"
    if request.POST.get("from_photo") and draft.photo_point and point is None:
        point, method = draft.photo_point, "photo"
    if pick := request.POST.get("pick"):
        found = next((a for a in places.find_addresses(request.city.id, pick, limit=1)), None)
        point, address, method = (found.point, found.label, "address") if found else (None, address, "words")
    elif point is None and address and not request.POST.get("as_words"):
        choices = places.find_addresses(request.city.id, address)
        exact = [c for c in choices if c.label.casefold() == address.casefold()]
        if not exact:
            return {"address": address, "place_note": note, "lon": None, "lat": None}, choices
        point, address, method = exact[0].point, exact[0].label, "address"
    return {
        "lon": point.lon if point else None,
        "lat": point.lat if point else None,
        "accuracy_m": accuracy if point else None,
        "method": method if point else "words",
        "address": address,
        "place_note": note,
    }, []


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 100_000 else None


@require_safe
def check(request: CityRequest, draft_id: UUID) -> HttpResponse:
    """Everything once more, with a way to change each; who comes back after sending is shown the receipt."""
    if again := receive.already_received(jurisdiction_id=request.city.id, client_id=draft_id):
        return _receipt(request, again.number)
    return _check_page(request, drafts_of(request).get(draft_id))


def _check_page(request: CityRequest, draft: Draft, refused: Several | None = None) -> HttpResponse:
    chosen = request.city.service(draft.service)
    answers, _ = read_answers(chosen, draft.answers, language=get_language() or "en")
    return render(
        request,
        "resident/check.html",
        {
            **frame(request, draft, step=5, back=reverse("report_contact", args=[draft.id])),
            "answers": answers,
            "agency": request.city.agency(_agency(request, draft)),
            "asset": _asset(request, draft),
            "day": _day(request, draft),
            "problems": [said(p) for p in refused.problems] if refused else [],
            "has_questions": bool(chosen.questions),
        },
        status=422 if refused else 200,
    )


def _agency(request: CityRequest, draft: Draft) -> str:
    """Return who would get the report as it stands; the catalogue's word where it is not whole yet."""
    try:
        checked = intake.check(
            city=request.city, submission=draft.submission(language=get_language() or "en"), at=clock.now()
        )
    except Several:
        return request.city.service(draft.service).agency
    return checked.new.agency


def _day(request: CityRequest, draft: Draft) -> str:
    looked = serving.look(request.city, draft) if draft.day else None
    return serving.in_words(date.fromisoformat(draft.day), looked.found) if looked else ""


def _asset(request: CityRequest, draft: Draft) -> str:
    found = assets.asset(request.city.id, draft.asset) if draft.asset else None
    return found.called(get_language() or request.city.default_language) if found else ""


@limited("report", times=lambda: settings.OMBUD_REPORTS_PER_HOUR)
@require_POST
def send(request: CityRequest, draft_id: UUID) -> HttpResponse:
    """Send it. Again is the same: the answer is the number given first."""
    drafts = drafts_of(request)
    if again := receive.already_received(jurisdiction_id=request.city.id, client_id=draft_id):
        return _receipt(request, again.number)
    draft = drafts.get(draft_id)
    try:
        with transaction.atomic():
            received = intake.submit(
                jurisdiction_id=request.city.id,
                submission=draft.submission(language=get_language() or "en"),
                at=clock.now(),
            )
            if draft.record:
                report_error.keep(
                    city=request.city,
                    report_id=received.request_id,
                    said=draft.record,
                    number=draft.record_number,
                    at=clock.now(),
                )
    except Several as refused:
        return _check_page(request, draft, refused)
    drafts.drop(draft)
    return _receipt(request, received.number)


def _receipt(request: CityRequest, number: str) -> HttpResponse:
    address = reverse("track_secret", args=[number, secret_link.token(request.city.id, number)])
    return redirect(f"{address}?sent=1")


def _map(request: CityRequest, point: LonLat | None) -> dict[str, Any]:
    settings_ = request.city.settings
    return {
        "center": settings_.get("center"),
        "zoom": settings_.get("zoom", 11),
        "bbox": settings_.get("bbox"),
        "point": point,
        "layer": settings_.get("promise_layer", ""),
    }


@require_safe
def addresses(request: CityRequest) -> JsonResponse:
    """Suggest addresses for what is typed: the same that the page without script would offer."""
    found = places.find_addresses(request.city.id, request.GET.get("q", "")[:120])
    return JsonResponse({"results": [{"label": a.label, "lon": a.point.lon, "lat": a.point.lat} for a in found]})
