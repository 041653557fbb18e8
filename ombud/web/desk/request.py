"""One request: reading it, and everything that staff do to it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import N_, NotAllowed, NotFound, OmbudError
from ombud.people import commands as people_commands
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.service_requests import queries as requests
from ombud.service_requests.commands.act import On
from ombud.service_requests.timeline import Conflict
from ombud.web.desk import acts, forms, telling
from ombud.web.desk.detail import EVERYTHING, reader_of, templates
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.holding import hold
from ombud.web.desk.queue import rail
from ombud.web.desk.reach import reach_of
from ombud.web.desk.region import region
from ombud.web.middleware import CityRequest
from ombud.web.photos import PhotoTrouble
from ombud.web.saying import put_on, said


@require_safe
@staff_page()
def show(request: CityRequest, number: str) -> HttpResponse:
    """Show one request with its whole story."""
    row = requests.by_number(request.city.id, number[:60])
    if row.number != number:
        return redirect("desk_request", row.number)
    return render(request, "desk/request.html", page_of(request, row))


def page_of(request: CityRequest, row: Any, **more: Any) -> dict[str, Any]:
    """Return what the whole page of a request shows."""
    now = clock.now()
    return {**rail(request, None, now=now), **region(request, row, now=now), **more}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page()
def act(request: CityRequest, number: str, name: str) -> HttpResponse:
    """Show the form of an act, and do it. A refusal and a conflict keep what was typed."""
    chosen = acts.ACTS.get(name)
    if chosen is None:
        raise NotFound(N_("There is no such page."))
    row = requests.by_number(request.city.id, number[:60])
    if not request.actor.may(chosen.verb, agency=row.agency):
        raise NotAllowed(N_("Your role does not allow this."))
    choices = chosen.choices(request.city, row)
    if request.method != "POST":
        form = chosen.form(
            initial={"seen": row.version, **chosen.begin(row), **_offered(request, chosen)}, choices=choices
        )
        return act_page(request, row, chosen, form)
    form = chosen.form(request.POST, request.FILES, choices=choices)
    hold_photo(request, row, form)
    if not form.is_valid():
        return act_page(request, row, chosen, form, status=422)
    if name in ("reply", "reply-to-all") and request.POST.get("looked") != "yes":
        return act_page(request, row, chosen, form, check=True)
    if "change" in request.POST:
        return act_page(request, row, chosen, form)
    on = On(request.city.id, row.pk, request.actor, clock.now(), form.cleaned_data["seen"])
    try:
        done = chosen.do(on, form, request.city, row)
    except Conflict as conflict:
        return both_sides(request, chosen, choices, conflict, form)
    except OmbudError as refused:
        put_on(form, refused)
        return act_page(request, row, chosen, form, status=422)
    messages.success(request, done)
    return redirect(way_back(request, row.number))


def hold_photo(request: CityRequest, row: Any, form: forms.ActionForm) -> None:
    """Keep the photo that came with the form, or came before: whatever happens now, it is not chosen again."""
    if isinstance(form, forms.CloseForm):
        try:
            form.held = hold(request, request.FILES.getlist("photo")[:1], about=row.number)
        except PhotoTrouble as refused:
            form.add_error("photo", refused.said)


def both_sides(
    request: CityRequest, chosen: acts.Act, choices: acts.Choices, conflict: Conflict, sent: forms.ActionForm
) -> HttpResponse:
    """Show what others did meanwhile, and what this person typed, ready to be sent again."""
    row = requests.by_id(request.city.id, conflict.request_id)
    entries = [e for e in requests.story(row, audiences=EVERYTHING) if e.seq > conflict.seen]
    again = request.POST.copy()
    again["seen"] = str(row.version)
    form = chosen.form(again, choices=chosen.choices(request.city, row) or choices)
    if isinstance(form, forms.CloseForm) and isinstance(sent, forms.CloseForm):
        form.held = sent.held
    return act_page(
        request,
        row,
        chosen,
        form,
        status=409,
        meanwhile=telling.Teller(request.city).story(entries),
        refusal=said(conflict),
    )


def _offered(request: CityRequest, chosen: acts.Act) -> dict[str, str]:
    """Return the service that the link to this act offers, if any; whether it may be chosen the form says."""
    code = request.GET.get("service", "")[:40]
    return {"service": code} if chosen.name == "service" and code in request.city.services else {}


def act_page(
    request: CityRequest, row: Any, chosen: acts.Act, form: forms.ActionForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Draw the page of one act."""
    now = clock.now()
    context = {
        **rail(request, None, now=now),
        "row": row,
        "service_name": telling.Teller(request.city).service_name(row.service_code),
        "act": chosen,
        "form": form,
        "held": form.held if isinstance(form, forms.CloseForm) else None,
        "reader": reader_of(request.city, row) if chosen.name in ("reply", "close") else None,
        "reach": reach_of(request.city, row) if chosen.name == "reply-to-all" else None,
        "templates": templates(request.city, row) if chosen.name == "reply" else [],
        "photo_needed": chosen.name == "close" and request.city.service(row.service_code).photo_to_close,
        "back": way_back(request, row.number),
        **more,
    }
    return render(request, "desk/act.html", context, status=status)


def way_back(request: CityRequest, number: str) -> str:
    """Return where the person came from: the queue with this request open, or the request's own page."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if asked and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return asked
    return reverse("desk_request", args=[number])


@require_POST
@staff_page()
def show_contact(request: CityRequest, number: str) -> HttpResponse:
    """Show how to reach the resident; that it was looked at is written down before."""
    row = requests.by_number(request.city.id, number[:60])
    if not request.actor.may(Verb.VIEW_CONTACT, agency=row.agency):
        raise NotAllowed(N_("Your role does not show you how to reach residents."))
    reporter = requests.reporter_of(row)
    contact_id = reporter.contact_point_id if reporter else None
    people_commands.log_view(
        jurisdiction_id=request.city.id,
        account_id=own_account(request),
        what="contact of the reporter",
        contact_point_id=contact_id,
        request_id=row.pk,
    )
    contact = people.contact_point(request.city.id, contact_id) if contact_id else None
    others = []
    if contact and (contact.email or contact.phone):
        same = people.same_person(request.city.id, email=contact.email, phone=contact.phone)
        others = [r for r in requests.of_contact_points(request.city.id, same) if r.pk != row.pk]
    shown = {"contact": contact, "contact_shown": True, "others": others}
    return render(request, "desk/request.html", page_of(request, row, **shown))
