"""The middle of a report: the service's questions and photos, then how to reach who asks."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from ombud.catalog.rules.answers import asked, read_answers, stopped_by
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.intake import commands as intake
from ombud.kernel.errors import N_, BadInput, Several
from ombud.kernel.texts import cleaned
from ombud.people import commands as people
from ombud.triage.words import watching
from ombud.web import storming
from ombud.web.middleware import CityRequest
from ombud.web.photos import PhotoTrouble, take_photos
from ombud.web.resident.drafts import Draft
from ombud.web.resident.forms import ContactForm, QuestionsForm
from ombud.web.resident.frame import drafts_of, frame
from ombud.web.saying import put_on


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: CityRequest, draft_id: UUID) -> HttpResponse:
    """The service's questions, the story and photos; an answer may stop the form."""
    drafts = drafts_of(request)
    draft = drafts.get(draft_id)
    chosen = request.city.service(draft.service)
    short = storming.short_form(request.city, chosen, draft.point)
    stop, danger = None, False
    if request.method == "POST":
        form = QuestionsForm(request.POST, city=request.city, service=chosen, short=short)
        # What was answered before the form became short is kept.
        answers = {**({} if short is None else draft.answers), **form.answers()}
        told: dict[str, Any] = {
            "answers": answers,
            "description": request.POST.get("description", "")[:8000],
            "stop_read": draft.stop_read or "stop_read" in request.POST,
        }
        told |= _photos_of(request, draft, form)
        stopped = stopped_by(chosen, answers)
        draft = drafts.keep(draft, **told)
        if stopped and not (stopped.stop.can_continue and draft.stop_read):
            stop = stopped
        elif not draft.stop_read and _tells_danger(request, chosen, answers, draft.description):
            danger = True
        else:
            _, problems = read_answers(chosen, answers, language=get_language() or "en")
            if len(cleaned(draft.description, lines=True)) > intake.DESCRIPTION_LIMIT:
                limit = intake.DESCRIPTION_LIMIT
                problems.append(BadInput(N_("Use %(limit)d characters at most."), field="description", limit=limit))
            if chosen.photo == "required" and not draft.photos:
                problems.append(BadInput(N_("This service needs a photo."), field="photos"))
            if problems:
                put_on(form, Several(problems))
            if not form.errors:
                return redirect("report_contact" if "more" not in request.POST else "report_details", draft.id)
    else:
        form = _filled(request, draft, chosen, short)
    back = "report_place" if chosen.place != "none" else "report_service"
    context = {
        **frame(
            request,
            draft,
            step=3,
            back=reverse(back, args=[draft.id if back == "report_place" else chosen.code]),
        ),
        "form": form,
        "questions": [form[name] for name in form.own],
        "applies": {f"q.{q.code}" for q in asked(chosen, draft.answers)},
        "photo_words": chosen.photo,
        "stop": stop,
        "danger": danger,
        "stop_words": request.city.text(stop.stop.message) if stop else "",
    }
    return render(request, "resident/details.html", context, status=422 if form.errors else 200)


def _tells_danger(
    request: CityRequest, chosen: ServiceDefinition, answers: Mapping[str, Sequence[str]], description: str
) -> bool:
    """Say whether the words call for help at once; whoever was told so may go on."""
    free = [q.code for q in chosen.questions if q.type in ("text", "longtext")]
    texts = [description, *(said for code in free for said in answers.get(code, ()))]
    return bool(watching.danger_in(request.city, texts, request.LANGUAGE_CODE))


def _filled(
    request: CityRequest, draft: Draft, chosen: ServiceDefinition, short: Collection[str] | None
) -> QuestionsForm:
    multiple = {q.code for q in chosen.questions if q.type == "multiselect"}
    initial = {
        f"q.{code}": values if code in multiple else (values[0] if values else "")
        for code, values in draft.answers.items()
    }
    initial |= {"description": draft.description}
    return QuestionsForm(None, initial=initial, city=request.city, service=chosen, short=short)


def _photos_of(request: CityRequest, draft: Draft, form: QuestionsForm) -> dict[str, Any]:
    """Return what the form says of photos: those kept, and those that came now."""
    kept = [p for p in draft.photos if p["sha256"] not in request.POST.getlist("remove_photo")]
    try:
        new, position = take_photos(request.FILES.getlist("photos"), city_id=request.city.id)
    except PhotoTrouble as refused:
        form.add_error("photos" if "photos" in form.fields else None, refused.said)
        new, position = [], None
    known = {p["sha256"] for p in kept}
    told: dict[str, Any] = {"photos": tuple(kept + [p for p in new if p["sha256"] not in known])}
    if position and not draft.has_place:
        told |= {"photo_lon": position.lon, "photo_lat": position.lat}
    return told


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: CityRequest, draft_id: UUID) -> HttpResponse:
    """How to reach you, or not at all where the service allows it; and why it is asked."""
    drafts = drafts_of(request)
    draft = drafts.get(draft_id)
    chosen = request.city.service(draft.service)
    initial = {"name": draft.name, "email": draft.email, "phone": draft.phone}
    form = ContactForm(request.POST or None, initial=initial, service=chosen)
    if request.method == "POST":
        told = {k: request.POST.get(k, "")[:300] for k in ("name", "email", "phone")}
        read, problems = people.read_contact(
            **told, language="en", region=str(request.city.settings.get("phone_region", "US"))
        )
        form.is_valid()
        problems = [p for p in problems + intake.missing_contact(chosen, read) if p.field not in form.errors]
        if problems:
            put_on(form, Several(problems))
        if not form.errors:
            drafts.keep(draft, **told, contact_given=True)
            return redirect("report_check", draft.id)
        drafts.keep(draft, **told)
    context = {
        **frame(request, draft, step=4, back=reverse("report_details", args=[draft.id])),
        "form": form,
        "needed": chosen.contact,
    }
    return render(request, "resident/contact.html", context, status=422 if form.errors else 200)
