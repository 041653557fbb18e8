"""The portal's first page, questions first, and the page of each data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import NotFound
from ombud.kernel.texts import folded
from ombud.opendata import saved as saved_views
from ombud.opendata.analyses import queries as analyses
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.lake import versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.models import Publication
from ombud.opendata.rules import citation
from ombud.opendata.rules.citation import Cited
from ombud.opendata.rules.columns import Kind
from ombud.web.data.soda_metadata import licence
from ombud.web.middleware import CityRequest
from ombud.web.portal import questions
from ombud.web.portal.analyses import pages as rows
from ombud.web.portal.labels import number
from ombud.web.portal.profiles import Profile, profile

VERSIONS_SHOWN = 12
ANALYSES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Listed:
    """A data set in the list: its words, and how fresh it is."""

    id: str
    title: str
    about: str
    row: str
    newest: Publication | None

    def fits(self, words: list[str], columns: str) -> bool:
        """Whether all the words stand somewhere in it."""
        return _has(words, self.title, self.about, self.row, columns)


def _has(words: Sequence[str], *texts: str) -> bool:
    whole = folded(" ".join(texts))
    return all(word in whole for word in words)


@require_safe
def first_page(request: CityRequest) -> HttpResponse:
    """Show questions, data sets and the views that the city lists; `q` searches all three."""
    city = request.city
    typed = request.GET.get("q", "")[:100]
    words = folded(typed).split()
    sets = [one for one, columns in _listed(city) if one.fits(words, columns)]
    asked = [one for one in questions.short(request) if _has(words, one.title, one.answer)]
    views = [one for one in saved_views.listed(city.id) if _has(words, one.name, one.about)]
    most = analyses.LISTED_AT_MOST if words else ANALYSES_SHOWN
    found = [one for one in analyses.listed(city.id, most=most) if _has(words, one.title, one.claim)]
    shown = {
        "typed": typed,
        "sets": sets,
        "questions": asked,
        "views": views,
        "analyses": [rows.row(request, one) for one in found[:ANALYSES_SHOWN]],
        "nothing": not (sets or asked or views or found),
    }
    return render(request, "portal/first.html", shown)


def _listed(city: City) -> list[tuple[Listed, str]]:
    return [
        (
            Listed(
                id_of(city, dataset), _(dataset.title), _(dataset.about), _(dataset.row), versions.newest(city.id, code)
            ),
            " ".join(f"{column.name} {_(column.title)}" for column in dataset.columns),
        )
        for code, dataset in registry.of_city(city).items()
    ]


@require_safe
def page(request: CityRequest, dataset_id: str) -> HttpResponse:
    """Show what a data set holds, column by column, its versions, and every way to get it."""
    city = request.city
    _city, dataset = registry.by_id(dataset_id, jurisdiction_id=city.id)
    try:
        snapshot = registry.snapshot(city, dataset)
    except NotFound:
        return render(request, "portal/set.html", {"dataset": dataset, "id": dataset_id, "snapshot": None})
    held = profile(snapshot, dataset)
    base = request.build_absolute_uri(reverse("home")).rstrip("/")
    return render(
        request,
        "portal/set.html",
        {
            "dataset": dataset,
            "id": dataset_id,
            "snapshot": snapshot,
            "profile": held,
            "columns": [_dictionary(column, held) for column in dataset.every_column],
            "versions": versions.publications(city.id, dataset.code, limit=VERSIONS_SHOWN),
            "analyses": analyses.count_of(city.id, dataset.code),
            "licence": licence(city),
            "base": base,
            "citation": citation.in_words(cited(city, dataset, snapshot, f"{base}/data/{dataset_id}/")),
            "has_places": any(column.kind in (Kind.POINT, Kind.MULTIPOLYGON) for column in dataset.columns),
        },
    )


def _dictionary(column: Any, held: Profile) -> dict[str, Any]:
    """Return a column as the dictionary tells it."""
    kinds = {
        Kind.TEXT: _("text"), Kind.NUMBER: _("number"), Kind.CALENDAR_DATE: _("time, the city's"),
        Kind.FIXED_TIMESTAMP: _("time, UTC"), Kind.CHECKBOX: _("yes or no"), Kind.POINT: _("place"),
        Kind.MULTIPOLYGON: _("area"),
    }  # fmt: skip
    known = held.columns.get(column.name)
    return {
        "name": column.name,
        "title": _(column.title),
        "meaning": _(column.meaning) if column.meaning else "",
        "unit": _(column.unit) if column.unit else "",
        "kind": kinds[column.kind],
        "values": [(code, _(meaning)) for code, meaning in column.values],
        "history": [(since, _(what)) for since, what in column.history],
        "aliases": column.aliases,
        "empty": number(round(known.empty_share, 1)) if known and known.empty_share else "",
        "distinct": known.values if known and known.values else None,
    }


def cited(city: City, dataset: DataSet, snapshot: Snapshot, url: str) -> Cited:
    """Return a version of a data set as it is cited; `url` is the page that shows it."""
    return Cited(
        publisher=city.name,
        title=_(dataset.title),
        version=snapshot.version,
        published_at=snapshot.at,
        sha256=snapshot.sha256,
        retrieved_on=timezone.localdate(clock.now()),
        url=f"{url}?asof={snapshot.version}",
    )
