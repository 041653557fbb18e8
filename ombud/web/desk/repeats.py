"""Is it the same thing? What the dispatcher is asked, by thing; one answer serves for all reports of one thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.people.rules.permissions import Verb
from ombud.service_requests import queries as requests
from ombud.triage.likeness import commands, queries
from ombud.triage.likeness.models import Suggestion
from ombud.triage.likeness.reasons import in_words
from ombud.web.desk import rows
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import said

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is shown: the report, how likely, why, and what is known of it."""

    suggestion: Suggestion
    row: rows.Row
    words: str
    photos: tuple[Any, ...]
    reasons: list[str]

    @property
    def percent(self) -> int:
        """How likely it is."""
        return round(100 * self.suggestion.probability)


@dataclass(frozen=True, slots=True)
class Shown:
    """A thing as a row of the list: the question is the same for all of its reports."""

    thing: rows.Row
    kind: str
    n: int
    low: int
    high: int
    reasons: list[str]
    ids: str


@require_safe
@staff_page(Verb.NOTE)
def repeats(request: CityRequest) -> HttpResponse:
    """List what waits, a row a thing, those of most reports first."""
    now = clock.now()
    found = queries.waiting(request.city.id, agency=request.actor.agency)
    shown = [_shown(request, group, now) for group in found[:SHOWN]]
    context = {
        **rail(request, None, now=now),
        "groups": shown,
        "asked": sum(len(group.asked) for group in found),
        "more": len(found) - len(shown),
    }
    return render(request, "desk/repeats.html", context)


def _shown(request: CityRequest, group: queries.Group, now: Any) -> Shown:
    best = group.asked[0]
    return Shown(
        thing=rows.row_of(request.city, group.thing, now=now),
        kind=group.kind,
        n=len(group.asked),
        low=round(100 * group.lowest),
        high=round(100 * group.highest),
        reasons=in_words(best.reasons),
        ids=",".join(str(one.pk) for one in group.asked),
    )


@require_safe
@staff_page(Verb.NOTE)
def compare(request: CityRequest, number: str) -> HttpResponse:
    """Show a thing beside the reports that may be about it."""
    city, now = request.city, clock.now()
    thing = requests.by_number(city.id, number[:60])
    groups = queries.waiting(city.id)
    at = next((i for i, group in enumerate(groups) if group.thing.pk == thing.pk), None)
    asked = [one for group in groups if group.thing.pk == thing.pk for one in group.asked]
    after = next((g.thing.number for g in groups[(at or 0) + 1 :] if g.thing.pk != thing.pk), "")
    members = requests.incident_members(thing)
    context = {
        **rail(request, None, now=now),
        "thing": _one(request, thing, now),
        "thing_row": thing,
        "members": [rows.row_of(city, member, now=now) for member in members if member.pk != thing.pk],
        "asked": [_asked(request, one, now) for one in asked],
        "next": reverse("desk_repeats_of", args=[after]) if after else "",
        "may_route": request.actor.may(Verb.ROUTE, agency=thing.agency),
    }
    return render(request, "desk/repeats_of.html", context)


def _one(request: CityRequest, row: Any, now: Any) -> dict[str, Any]:
    return {
        "row": rows.row_of(request.city, row, now=now),
        "words": row.form.description if getattr(row, "form", None) else "",
        "answers": row.form.answers if getattr(row, "form", None) else [],
        "photos": requests.photos(row)[:2],
    }


def _asked(request: CityRequest, one: Suggestion, now: Any) -> Asked:
    told = _one(request, one.request, now)
    return Asked(one, told["row"], told["words"], tuple(told["photos"]), in_words(one.reasons))


@require_POST
@staff_page(Verb.NOTE)
def answer(request: CityRequest) -> HttpResponse:
    """Answer what was chosen with yes or no, all of one thing together."""
    back = _back(request)
    chosen = [ids for value in request.POST.getlist("chosen")[:SHOWN] if (ids := _ids(value))]
    yes = request.POST.get("do") == "yes"
    if not chosen or request.POST.get("do") not in ("yes", "no"):
        messages.error(request, _("Choose some first, then say whether they are the same."))
        return redirect(back)
    settled = 0
    for ids in chosen:
        try:
            done = commands.answer(
                jurisdiction_id=request.city.id, suggestion_ids=ids, yes=yes, actor=request.actor, at=clock.now()
            )
        except OmbudError as refused:
            messages.error(request, said(refused))
        else:
            settled += len(done)
    if settled:
        joined = ngettext("%(n)d report is joined.", "%(n)d reports are joined.", settled) % {"n": settled}
        parted = ngettext("%(n)d report stays by itself.", "%(n)d reports stay by themselves.", settled) % {
            "n": settled
        }
        messages.success(request, joined if yes else parted)
    return redirect(back)


@require_POST
@staff_page(Verb.NOTE)
def apart(request: CityRequest, number: str) -> HttpResponse:
    """Say that a request is nothing come back after all."""
    row = requests.by_number(request.city.id, number[:60])
    try:
        commands.not_come_back(jurisdiction_id=request.city.id, request_id=row.pk, actor=request.actor, at=clock.now())
    except OmbudError as refused:
        messages.error(request, said(refused))
    else:
        messages.success(request, _("It stands by itself. We remember that."))
    return redirect("desk_request", row.number)


def _ids(value: str) -> Sequence[int]:
    parts = value.split(",")[: queries.AT_MOST]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= 18]


def _back(request: CityRequest) -> str:
    asked = request.POST.get("next", "")
    fits = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if asked and fits else reverse("desk_repeats")
