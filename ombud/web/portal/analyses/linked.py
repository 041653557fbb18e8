"""The pages behind secret links: an author's own, and a reviewer's."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.opendata.analyses import links, queries, reviewing, submitting
from ombud.opendata.analyses.reviewing import Review
from ombud.web.limiting import limited
from ombud.web.middleware import CityRequest
from ombud.web.portal.analyses import pages, wording
from ombud.web.portal.analyses.forms import ReviewForm, SayForm
from ombud.web.saying import put_on, said

REVIEWS_AN_HOUR = 30


@require_http_methods(["GET", "HEAD", "POST"])
@limited("analysis-own", times=lambda: REVIEWS_AN_HOUR)
def mine(request: CityRequest, token: str) -> HttpResponse:
    """Show an author their analysis; confirm it, withdraw it, or say of a notebook how it stands."""
    city = request.city
    analysis_id = links.author(city.id, token)
    form = SayForm(request.POST if request.POST.get("do") == "say" else None)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            messages.success(request, _do(request, analysis_id, form))
            return redirect("data_analysis_mine", token)
        except OmbudError as refused:
            if form.is_bound:
                put_on(form, refused)
            else:
                messages.error(request, said(refused))
                return redirect("data_analysis_mine", token)
    found = queries.by_id(city.id, analysis_id)
    shown = {
        **pages.shown(request, found.told),
        "waiting": found,
        "status": wording.STATUSES[found.told.status],
        "form": form,
    }
    return render(request, "portal/analysis_mine.html", shown, status=422 if form.errors else 200)


def _do(request: CityRequest, analysis_id: int, form: SayForm) -> str:
    city, now = request.city, clock.now()
    match request.POST.get("do"):
        case "say":
            told = form.cleaned_data
            submitting.say(
                city=city, analysis_id=analysis_id, reproduces=told["result"] == "yes", words=told["words"], at=now
            )
            return _("Thank you. Your analysis says so now.")
        case "withdraw":
            submitting.withdraw(jurisdiction_id=city.id, analysis_id=analysis_id, at=now)
            return _("Your analysis is withdrawn, and we have forgotten your e-mail address.")
        case _other:
            submitting.confirm(jurisdiction_id=city.id, analysis_id=analysis_id, at=now)
            return _("Thank you. The city looks at it now; you hear from us.")


@require_http_methods(["GET", "HEAD", "POST"])
@limited("analysis-review", times=lambda: REVIEWS_AN_HOUR)
def review(request: CityRequest, token: str) -> HttpResponse:
    """Show a reviewer what they were asked to look at, and take what they sign."""
    who, row = reviewing.reviewer(request.city.id, token)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.sign_as_invited(
                city=request.city, token=token, review=Review(**form.cleaned_data), at=clock.now()
            )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("Thank you. What you signed stands with the analysis."))
            return redirect("data_analysis_review", token)
    told = queries.by_id(request.city.id, row.pk).told
    shown = {**pages.shown(request, told), "reviewer": who, "form": form}
    return render(request, "portal/analysis_review.html", shown, status=422 if form.errors else 200)
