"""One row of the record, whole, and the way to say that something in it is wrong."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ombud.kernel.errors import N_, NotFound
from ombud.opendata import reported
from ombud.opendata.datasets import registry
from ombud.opendata.rules.columns import Kind
from ombud.web.middleware import CityRequest
from ombud.web.portal.answering import ask
from ombud.web.portal.labels import Labels
from ombud.web.resident.frame import drafts_of


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: CityRequest, dataset_id: str, row_id: str) -> HttpResponse:
    """Show a row as it stood in a version; POST begins a report that carries which row is meant."""
    city = request.city
    _city, dataset = registry.by_id(dataset_id, jurisdiction_id=city.id)
    asof = request.GET.get("asof", "")
    snapshot = registry.snapshot(city, dataset, asof=int(asof) if asof.isdecimal() else None)
    found = ask(snapshot, reported.where(row_id)).rows
    if not found:
        raise NotFound(N_("There is no such record here."))
    meant = reported.meant(city, dataset, snapshot, found[0], row_id)
    service = reported.service_of(city)
    if request.method == "POST":
        if not service:
            raise NotFound(N_("There is no such page."))
        draft = drafts_of(request).begin(service=service, record=meant.written, record_number=meant.number)
        place = city.service(service).place
        return redirect("report_place" if place != "none" else "report_details", draft.id)
    labels = Labels(city, dataset, request.LANGUAGE_CODE)
    # A point is told by its two numbers.
    values = [
        _told(labels, name, value)
        for name, value in found[0].items()
        if value is not None and labels.columns[name].kind is not Kind.POINT
    ]
    return render(
        request,
        "portal/row.html",
        {
            "dataset": dataset,
            "id": dataset_id,
            "title": _(dataset.title),
            "snapshot": snapshot,
            "row_id": row_id,
            "number": meant.number,
            "values": values,
            "report_at": service,
        },
    )


def _told(labels: Labels, name: str, value: Any) -> tuple[str, str]:
    """Return a column and its value in words; a service that stands there by its name too is told by its code here."""
    if name == "service_code" and "service_name" in labels.columns:
        return _(labels.columns[name].title), str(value)
    # A number with all its digits: a wrong one may be wrong in the last.
    exact = f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else labels.value(name, value)
    return labels.title(name), exact
