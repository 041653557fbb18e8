"""What everybody sees: the list of analyses, the page of each, and its notebook."""

from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ombud.opendata.analyses import queries
from ombud.opendata.analyses.queries import Gone, Told
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.web.middleware import CityRequest
from ombud.web.portal.analyses import citing, wording

A_PAGE = 50


@require_safe
def first_page(request: CityRequest) -> HttpResponse:
    """Show what is public, of one data set or in one state where the address says so."""
    city = request.city
    known = registry.of_city(city)
    chosen = next((code for code, one in known.items() if id_of(city, one) == request.GET.get("dataset")), "")
    state = request.GET.get("state", "")
    state = state if state in wording.STATES else ""
    number = number_of(request)
    start = (number - 1) * A_PAGE
    count = queries.count_of(city.id, chosen, state=state)
    found = queries.listed(city.id, dataset=chosen, state=state, start=start, most=A_PAGE)
    shown = {
        "rows": [row(request, one, known) for one in found],
        "count": count,
        "datasets": [("", _("All"))] + [(id_of(city, one), _(one.title)) for one in known.values()],
        "states": [("", _("All")), *wording.STATES.items()],
        "dataset": request.GET.get("dataset", "") if chosen else "",
        "state": state,
        "earlier": _page(request, number - 1) if number > 1 else "",
        "later": _page(request, number + 1) if count > start + A_PAGE else "",
    }
    return render(request, "portal/analyses.html", shown)


def number_of(request: CityRequest) -> int:
    """Return which page of a list was asked for; what is no number is the first."""
    told = request.GET.get("page", "1")
    return max(1, int(told)) if told.isascii() and told.isdigit() and len(told) < 7 else 1


def _page(request: CityRequest, number: int) -> str:
    kept = {name: request.GET[name] for name in ("dataset", "state") if request.GET.get(name)}
    return f"{request.path}?{urlencode({**kept, 'page': number})}"


def row(request: CityRequest, told: Told, known: dict[str, DataSet] | None = None) -> dict[str, Any]:
    """Return an analysis as a list shows it."""
    dataset = (known or registry.of_city(request.city)).get(told.dataset)
    return {
        "told": told,
        "stands": wording.stands(told),
        "dataset": _(dataset.title) if dataset else told.dataset,
        "credit": ", ".join(part for part in (told.author, told.affiliation) if part),
    }


@require_safe
def page(request: CityRequest, code: str) -> HttpResponse:
    """Show an analysis; one that was public and is not any more says why."""
    try:
        told = queries.public(request.city.id, code)
    except Gone as gone:
        return render(request, "portal/analysis_gone.html", {"gone": gone}, status=410)
    return render(request, "portal/analysis.html", shown(request, told))


def shown(request: CityRequest, told: Told) -> dict[str, Any]:
    """Return what is shown of an analysis to everybody, its author and the desk alike."""
    city = request.city
    dataset = registry.of_city(city).get(told.dataset)
    dataset_id = id_of(city, dataset) if dataset else ""
    base = request.build_absolute_uri(reverse("home")).rstrip("/")
    runs = queries.runs(told)
    column = told.terms.column if told.terms else ""
    asked = urlencode({"$query": told.soql, "$$asof": told.version})
    return {
        "told": told,
        "stands": wording.stands(told),
        "dataset": dataset,
        "dataset_id": dataset_id,
        "value": wording.lone_value(told.answer, column),
        "answer": wording.table(told.answer),
        "terms": wording.terms(told.terms) if told.terms else "",
        "runs": [wording.run(one, told) for one in runs],
        "last": wording.run(runs[0], told) if runs else None,
        "signatures": [wording.signed(one, told) for one in queries.signatures(told)],
        "actions": [(one, city.agency(one.agency).name) for one in queries.actions(told)],
        "citation": citing.cited(request, told, dataset),
        "address": f"{base}/data/analyses/{told.code}/",
        "resource": f"{base}/resource/{dataset_id}.json?{asked}" if told.soql and dataset else "",
        "explore_at": _explored(told, dataset_id) if dataset else "",
        "cells": queries.cells_of(told) if told.notebook and told.notebook.name else [],
    }


def _explored(told: Told, dataset_id: str) -> str:
    """Return where the explorer shows the same, where the claim was made of something seen there."""
    if not told.address:
        return ""
    return f"{reverse('data_explore', args=[dataset_id])}?{told.address}&{urlencode({'asof': told.version})}"


@require_safe
def notebook(request: CityRequest, code: str) -> HttpResponse:
    """Hand out the notebook that was sent, as a file to be kept: no browser may take it for a page."""
    told = queries.public(request.city.id, code)
    name, data = queries.file_of(told)
    response = HttpResponse(data, content_type="application/x-ipynb+json")
    plain = name if name.lower().endswith(".ipynb") else f"{name}.ipynb"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(plain, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
