"""Freshness and quality of the record in public: how old it is, what rows lack, and which rules they break."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import NotFound
from ombud.opendata import reported
from ombud.opendata.datasets import registry, requests
from ombud.opendata.datasets.dataset import id_of
from ombud.opendata.lake import versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.quality import BROKEN, LACKING, Check, counts_soql
from ombud.web.middleware import CityRequest
from ombud.web.portal.answering import ask
from ombud.web.portal.labels import number


@require_safe
def page(request: CityRequest) -> HttpResponse:
    """Show how fresh each data set is, and what the requests lack and break."""
    city = request.city
    dataset = registry.of_code(city, requests.CODE)
    fresh = [
        {"id": id_of(city, each), "title": _(each.title), "newest": versions.newest(city.id, code)}
        for code, each in registry.of_city(city).items()
    ]
    context: dict[str, Any] = {"fresh": fresh, "now": clock.now(), "report_at": reported.service_of(city)}
    try:
        snapshot = registry.snapshot(city, dataset)
    except NotFound:
        return render(request, "portal/quality.html", context)
    lacking, rows = _counted(city, snapshot, LACKING)
    broken, _rows = _counted(city, snapshot, BROKEN)
    queries = [counts_soql(checks, now=_local(city, snapshot)) for checks in (LACKING, BROKEN)]
    return render(
        request,
        "portal/quality.html",
        {**context, "snapshot": snapshot, "lacking": lacking, "broken": broken, "rows": rows, "queries": queries},
    )


def _counted(city: City, snapshot: Snapshot, checks: tuple[Check, ...]) -> tuple[list[dict[str, Any]], int]:
    row = ask(snapshot, counts_soql(checks, now=_local(city, snapshot))).rows[0]
    rows = int(row["n"])
    told = [
        {
            "words": _(one.words),
            "n": int(row[f"check_{place}"]),
            "share": number(round(100 * int(row[f"check_{place}"]) / rows, 2)) if rows else "-",
        }
        for place, one in enumerate(checks)
    ]
    return told, rows


def _local(city: City, snapshot: Snapshot) -> str:
    """Return when a version was published, by the city's clock, as SoQL writes it."""
    return snapshot.at.astimezone(city.zone).strftime("%Y-%m-%dT%H:%M:%S")
