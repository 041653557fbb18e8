"""Outside analyses at the desk: let through, refuse, take down, ask reviewers, sign, say what was changed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import NotFound, OmbudError
from ombud.opendata.analyses import moderating, queries, reviewing
from ombud.opendata.analyses.queries import Waiting
from ombud.opendata.analyses.reviewing import Review
from ombud.people.rules.permissions import Verb
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.portal.analyses import pages, wording
from ombud.web.portal.analyses.forms import ReviewForm
from ombud.web.saying import put_on, said

DONE = {
    "let-through": gettext_lazy("Everybody sees the analysis now."),
    "feature": gettext_lazy("It stands first now."),
    "unfeature": gettext_lazy("It stands among the others now."),
    "refuse": gettext_lazy("It is refused. Its author reads why."),
    "take-down": gettext_lazy("It is taken down. Its address says why."),
    "look-again": gettext_lazy("It is looked at again within a minute."),
    "uninvite": gettext_lazy("The link does nothing any more."),
    "hide": gettext_lazy("The words are hidden, and the reason stands there."),
}


class InviteForm(forms.Form):
    """Whom to ask."""

    use_required_attribute = False
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    affiliation = forms.CharField(label=gettext_lazy("For whom do they work?"), max_length=200, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail address"), max_length=254, required=False)


class ActedForm(forms.Form):
    """What was changed, and when."""

    use_required_attribute = False
    agency = forms.ChoiceField(label=gettext_lazy("Agency"))
    what = forms.CharField(
        label=gettext_lazy("What was changed"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )
    on = forms.DateField(label=gettext_lazy("On which day"), widget=forms.DateInput({"type": "date"}))
    requests = forms.CharField(
        label=gettext_lazy("Numbers of requests, one a line"), required=False, max_length=1000,
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip
    links = forms.CharField(
        label=gettext_lazy("Links, one a line"), required=False, max_length=4000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"] = forms.ChoiceField(label=gettext_lazy("Agency"), choices=agencies)


@require_safe
@staff_page(Verb.REVIEW)
def analyses(request: CityRequest) -> HttpResponse:
    """Show every analysis that its author confirmed, what waits for the city first."""
    found = [_row(request, one) for one in queries.all_of(request.city.id)]
    return render(request, "desk/analyses.html", {**rail(request, None, now=clock.now()), "found": found})


def _row(request: CityRequest, one: Waiting) -> dict[str, Any]:
    return {**pages.row(request, one.told), "waiting": one, "status": wording.STATUSES[one.told.status]}


@require_safe
@staff_page(Verb.REVIEW)
def analysis(request: CityRequest, code: str) -> HttpResponse:
    """Show an analysis with all that can be done with it."""
    return _drawn(request, queries.by_code(request.city.id, code))


def _drawn(request: CityRequest, found: Waiting, **forms_: forms.Form) -> HttpResponse:
    actor = request.actor
    agencies = _agencies(request)
    shown = {
        **rail(request, None, now=clock.now()),
        **pages.shown(request, found.told),
        "waiting": found,
        "status": wording.STATUSES[found.told.status],
        "may_moderate": actor.may(Verb.PUBLISH),
        "may_hide": actor.may(Verb.PUBLISH),
        "log": [(one, wording.LOG.get(one.kind, one.kind)) for one in queries.log(found.told)],
        "reviewers": queries.reviewers(found.told),
        "review_form": forms_.get("review_form") or ReviewForm(auto_id="review_%s"),
        "invite_form": forms_.get("invite_form") or InviteForm(auto_id="invite_%s"),
        "acted_form": forms_.get("acted_form") or ActedForm(auto_id="acted_%s", agencies=agencies),
        "agencies": agencies,
    }
    return render(request, "desk/analysis.html", shown, status=422 if forms_ else 200)


def _agencies(request: CityRequest) -> list[tuple[str, str]]:
    """Return the agencies that this person may speak for."""
    known = request.city.agencies()
    return [(one.code, one.name) for one in known if request.actor.may(Verb.ACT_ON, agency=one.code)]


@require_POST
@staff_page(Verb.REVIEW)
def do(request: CityRequest, code: str, name: str) -> HttpResponse:
    """Do one thing with an analysis; each command asks again whether this person may."""
    found = queries.by_code(request.city.id, code)
    if name in _WITH_A_FORM:
        return _WITH_A_FORM[name](request, found)
    if name not in DONE:
        raise NotFound(queries.NO_SUCH, code=code)
    try:
        _simply(request, found, name, request.POST)
        messages.success(request, DONE[name])
    except OmbudError as refused:
        messages.error(request, said(refused))
    return redirect("desk_analysis", code)


def _simply(request: CityRequest, found: Waiting, name: str, posted: Mapping[str, str]) -> None:
    told: dict[str, Any] = {
        "jurisdiction_id": request.city.id,
        "analysis_id": found.told.id,
        "actor": request.actor,
        "at": clock.now(),
    }
    reason = posted.get("reason", "")
    match name:
        case "let-through":
            moderating.let_through(**told, featured=bool(posted.get("featured")))
        case "feature" | "unfeature":
            moderating.feature(**told, featured=name == "feature")
        case "refuse":
            moderating.refuse(**told, reason=reason)
        case "take-down":
            moderating.take_down(**told, reason=reason)
        case "look-again":
            moderating.look_again(**told)
        case "uninvite":
            moderating.uninvite(**told, reviewer_id=_number(posted.get("reviewer", "")))
        case _hide:
            moderating.hide_signature(**told, signature_id=_number(posted.get("signature", "")), reason=reason)


def _number(said_: str) -> int:
    return int(said_) if said_.isascii() and said_.isdigit() and len(said_) < 18 else 0


def _invite(request: CityRequest, found: Waiting) -> HttpResponse:
    form = InviteForm(request.POST, auto_id="invite_%s")
    if form.is_valid():
        try:
            moderating.invite(
                jurisdiction_id=request.city.id, analysis_id=found.told.id, **form.cleaned_data,
                language=request.LANGUAGE_CODE, actor=request.actor, at=clock.now(),
            )  # fmt: skip
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("A letter with a link of their own is on its way."))
            return redirect("desk_analysis", found.told.code)
    return _drawn(request, found, invite_form=form)


def _sign(request: CityRequest, found: Waiting) -> HttpResponse:
    form = ReviewForm(request.POST, auto_id="review_%s")
    if form.is_valid():
        try:
            reviewing.sign_as_staff(
                city=request.city, analysis_id=found.told.id, review=Review(**form.cleaned_data), actor=request.actor,
                at=clock.now(),
            )  # fmt: skip
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("What you signed stands with the analysis."))
            return redirect("desk_analysis", found.told.code)
    return _drawn(request, found, review_form=form)


def _acted(request: CityRequest, found: Waiting) -> HttpResponse:
    form = ActedForm(request.POST, auto_id="acted_%s", agencies=_agencies(request))
    if form.is_valid():
        told = form.cleaned_data
        on: date = told["on"]
        try:
            moderating.act_on(
                city=request.city, analysis_id=found.told.id, agency=told["agency"], what=told["what"], on=on,
                requests=told["requests"].splitlines(), links=told["links"].splitlines(), actor=request.actor,
                at=clock.now(),
            )  # fmt: skip
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("It stands with the analysis now, for good."))
            return redirect(f"{reverse('desk_analysis', args=[found.told.code])}#acted-on")
    return _drawn(request, found, acted_form=form)


_WITH_A_FORM = {"invite": _invite, "sign": _sign, "acted-on": _acted}
