"""Saving what one sees as a view with a page and an address of its own; that page, and its frame for elsewhere."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from csp.decorators import csp_replace
from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import BadInput
from ombud.opendata import saved as saved_views
from ombud.opendata.commands import views
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import id_of
from ombud.opendata.rules import choice_soql, citation
from ombud.web.limiting import limited
from ombud.web.middleware import CityRequest
from ombud.web.portal import exploring, recipes, sets
from ombud.web.portal.exploring import Looked
from ombud.web.saying import said

SAVED_AN_HOUR = 20


class SaveForm(forms.Form):
    """What a view is called, and by whom."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=views.NAME_AT_MOST)
    about = forms.CharField(
        label=gettext_lazy("What does it show?"),
        max_length=views.ABOUT_AT_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    saved_by = forms.CharField(
        label=gettext_lazy("Your name, as it should stand there"), max_length=views.CREDIT_AT_MOST, required=False
    )


def stored_soql(looked: Looked) -> str:
    """Return the query that is kept: all of its rows, not a page of them."""
    if looked.choice.by:
        return looked.soql
    return choice_soql.rows_soql(looked.choice, size=0)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("view", times=lambda: SAVED_AN_HOUR)
def save(request: CityRequest, dataset_id: str) -> HttpResponse:
    """Ask for a name, and keep the query under it."""
    _city, dataset = registry.by_id(dataset_id, jurisdiction_id=request.city.id)
    looked = exploring.looked_at(request, dataset, exploring.pairs_of(request))
    form = SaveForm(request.POST or None, initial={"name": _suggested(looked)})
    if request.method == "POST" and form.is_valid():
        try:
            kept = views.save(
                jurisdiction_id=request.city.id,
                dataset=dataset.code,
                soql=stored_soql(looked),
                address=urlencode(looked.choice.pairs()),
                version=looked.snapshot.version,
                at=clock.now(),
                **form.cleaned_data,
            )
        except BadInput as refused:
            form.add_error("name", said(refused))
        else:
            return redirect("data_view", view_id=kept.id)
    context = {"form": form, **exploring.shown(looked), "back": looked.address()}
    return render(request, "portal/save.html", context, status=422 if form.errors else 200)


def _suggested(looked: Looked) -> str:
    words = [part["words"] for part in exploring.filter_words(looked)]
    title = exploring.title_of(looked)
    return ", ".join([title, *words])[: views.NAME_AT_MOST]


@require_safe
def page(request: CityRequest, view_id: str) -> HttpResponse:
    """Show a saved view as it stands today, or with `asof` as it stood; each opening counts."""
    view = saved_views.view(request.city.id, view_id)
    if request.method == "GET":
        views.opened(jurisdiction_id=request.city.id, view_id=view_id)
    return render(request, "portal/view.html", context(request, view))


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # a visit within a city
def embed(request: CityRequest, view_id: str) -> HttpResponse:
    """Show a saved view alone, for a frame on another site: nothing can be done there but follow a link."""
    view = saved_views.view(request.city.id, view_id)
    return render(request, "portal/embed.html", context(request, view))


def context(request: CityRequest, view: saved_views.View) -> dict[str, Any]:
    """Return what the page of a view shows."""
    dataset = registry.of_code(request.city, view.dataset)
    version = [("asof", value) for value in request.GET.getlist("asof")[:1]]
    looked = exploring.looked_at(request, dataset, [*parse_qsl(view.address), *version])
    shown = exploring.shown(looked)
    base = looked.base
    # The query itself can fill a page; its hash with the version stands for it, as everywhere.
    pid = citation.query_pid(looked.snapshot.sha256, citation.normalised([("$query", view.soql)]))
    cited = sets.cited(request.city, dataset, looked.snapshot, f"{base}/data/views/{view.id}/")
    credit = f"{view.saved_by}, " if view.saved_by else ""
    own = recipes.of(f"{base}/resource/{view.id}", "SELECT *", looked.snapshot.version)
    return {
        **shown,
        "view": view,
        "resource": f"{base}/resource/{view.id}",
        "own": own,
        "explore_at": looked.address(),
        "address": f"{base}/data/views/{view.id}/",
        "frame": format_html(
            '<iframe src="{}/data/views/{}/embed/" width="100%" height="600" title="{}"></iframe>',
            base,
            view.id,
            view.name,
        ),
        "citation": f"{credit}“{view.name}”: {citation.in_words(cited)} (pid:{pid[:16]})",
        "dataset_id": id_of(request.city, dataset),
    }
