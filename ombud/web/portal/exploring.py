"""The page to explore a data set on: filter, group, chart and save by clicking. The address bar is the saved state."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules import choice_soql, exploring
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.exploring import Choice
from ombud.places import queries as places
from ombud.web.middleware import CityRequest
from ombud.web.portal import charts, choosing, recipes, warnings
from ombud.web.portal.answering import ask
from ombud.web.portal.labels import Labels, day
from ombud.web.portal.profiles import Profile, profile

ROW_COLUMNS_AT_MOST = 7
ROW_ID = "the_row_itself"


@dataclass(frozen=True)
class Looked:
    """A data set at a version, and what somebody chose of it."""

    city: City
    dataset: DataSet
    snapshot: Snapshot
    choice: Choice
    profile: Profile
    labels: Labels
    populations: dict[str, places.Population]
    # Where the city's pages lie, whole: "https://city.example".
    base: str

    @property
    def id(self) -> str:
        """The data set's four-by-four."""
        return id_of(self.city, self.dataset)

    @property
    def residents(self) -> dict[str, int]:
        """How many live in each area that rows are grouped by."""
        by = self.choice.by
        return dict(self.populations[by.column].residents) if by and by.column in self.populations else {}

    @property
    def soql(self) -> str:
        """The query of what is shown."""
        if self.choice.by:
            return choice_soql.groups_soql(self.choice, populations=self.residents)
        return choice_soql.rows_soql(self.choice)

    @property
    def claim_at(self) -> str:
        """Where a claim begins with what is shown."""
        path = reverse("data_claim", args=[self.id])
        return f"{path}?{urlencode([*self.choice.pairs(), ('asof', str(self.snapshot.version))])}"

    def address(self, **changed: Any) -> str:
        """Return the address of the same page with something changed."""
        pairs = replace(self.choice, **changed).pairs()
        path = reverse("data_explore", args=[self.id])
        return f"{path}?{urlencode(pairs)}" if pairs else path


def looked_at(request: CityRequest, dataset: DataSet, asked: list[tuple[str, str]]) -> Looked:
    """Return what parameters mean. Raises NotFound where nothing is published, or no such version."""
    city = request.city
    version = next((value for name, value in asked if name == "asof"), "")
    snapshot = registry.snapshot(city, dataset, asof=int(version) if version.isdecimal() else None)
    populations = {layer: told for layer, told in places.populations(city.id).items() if layer in _names(dataset)}
    had = {column.name for column in snapshot.columns}
    columns = [column for column in dataset.columns if column.name in had]
    choice = exploring.read(asked, columns, rated=populations)
    labels = Labels(city, dataset, request.LANGUAGE_CODE)
    base = request.build_absolute_uri(reverse("home")).rstrip("/")
    return Looked(city, dataset, snapshot, choice, profile(snapshot, dataset), labels, populations, base)


def _names(dataset: DataSet) -> set[str]:
    return {column.name for column in dataset.columns}


@require_safe
def page(request: CityRequest, dataset_id: str) -> HttpResponse:
    """Show a data set as somebody chose to see it."""
    _city, dataset = registry.by_id(dataset_id, jurisdiction_id=request.city.id)
    looked = looked_at(request, dataset, pairs_of(request))
    return render(request, "portal/explore.html", {**shown(looked), **choosing.choices(looked)})


def pairs_of(request: CityRequest) -> list[tuple[str, str]]:
    """Return the parameters of an address, in their order."""
    return [(name, value) for name, values in request.GET.lists() for value in values]


def shown(looked: Looked) -> dict[str, Any]:
    """Return what a choice shows: title, chart or rows, the line under it, warnings, and how to ask for it again."""
    choice = looked.choice
    sums = ask(looked.snapshot, choice_soql.sums_soql(choice)).rows[0]
    told: dict[str, Any] = {
        "looked": looked,
        "choice": choice,
        "dataset": looked.dataset,
        "dataset_id": looked.id,
        "snapshot": looked.snapshot,
        "rows_used": int(sums["n"]),
        "lacking": _lacking(looked, sums),
        "filter_words": filter_words(looked),
        "soql": looked.soql,
        "recipes": recipes.of(f"{looked.base}/resource/{looked.id}", looked.soql, looked.snapshot.version),
        "warnings": warnings.of(looked),
    }
    if choice.by:
        grouped = charts.grouped(looked)
        few = [] if choice.by.step or choice.by.column == charts.CELL else warnings.of_few(grouped["groups"])
        return told | grouped | {"warnings": [*told["warnings"], *few]}
    return told | _rows(looked, int(sums["n"]))


def title_of(looked: Looked) -> str:
    """Return what is shown, as a title."""
    return charts.title(looked.choice, looked.labels) if looked.choice.by else _(looked.dataset.title)


def _lacking(looked: Looked, sums: dict[str, Any]) -> list[str]:
    """Say how many of the rows used lack a value that is shown."""
    said = []
    for name, column in (
        ("with_key", looked.choice.by and looked.choice.by.column),
        ("with_value", looked.choice.show.column),
    ):
        lack = int(sums["n"]) - int(sums[name]) if name in sums else 0
        if column and lack:
            said.append(
                ngettext(
                    "%(n)s of them has no value in “%(column)s”.", "%(n)s of them have no value in “%(column)s”.", lack
                )
                % {"n": f"{lack:,}", "column": looked.labels.title(column)}
            )
    return said


def filter_words(looked: Looked) -> list[dict[str, str]]:
    """Return each part of the filter in words, with the address of the page without it."""
    choice, labels = looked.choice, looked.labels
    said = [
        {
            "words": f"{labels.title(name)}: {', '.join(labels.value(name, value) for value in values)}",
            "without": looked.address(filters=choice.with_filter(name).filters, page=1),
        }
        for name, values in choice.filters
    ]
    if choice.since or choice.until:
        words = {
            (True, True): _("from %(since)s to %(until)s"),
            (True, False): _("since %(since)s"),
            (False, True): _("until %(until)s"),
        }[bool(choice.since), bool(choice.until)]
        days = {name: day(at) for name, at in (("since", choice.since), ("until", choice.until)) if at}
        said.append({"words": words % days, "without": looked.address(since=None, until=None, against=None, page=1)})
    if choice.words:
        said.append({"words": _("with the words “%s”") % choice.words, "without": looked.address(words="", page=1)})
    if choice.near:
        words = _("within %(metres)s m of %(lat)s, %(lon)s")
        lon, lat, metres = choice.near
        said.append(
            {
                "words": words % {"metres": metres, "lat": lat, "lon": lon},
                "without": looked.address(near=None, page=1),
            }
        )
    return said


def _rows(looked: Looked, total: int) -> dict[str, Any]:
    columns = _shown_columns(looked)
    soql = choice_soql.rows_soql(looked.choice, columns=[column.name for column in columns])
    if columns:
        # What names the row, so that one can say that it is wrong.
        soql = soql.replace("SELECT ", f"SELECT :id AS {ROW_ID}, ", 1)
    found = ask(looked.snapshot, soql).rows
    size, page_number = choice_soql.ROWS_A_PAGE, looked.choice.page
    return {
        "title": title_of(looked),
        "map": charts.map_of_rows(looked) if total else None,
        "row_heads": [(looked.labels.title(column.name), column.kind is Kind.NUMBER) for column in columns],
        "number_at": "service_request_id" if columns and columns[0].name == "service_request_id" else "",
        "rows": [(row.get(ROW_ID), [_cell(looked, column, row) for column in columns]) for row in found],
        "first": size * (page_number - 1) + 1,
        "last": size * (page_number - 1) + len(found),
        "newer": looked.address(page=page_number - 1) if page_number > 1 else "",
        "older": looked.address(page=page_number + 1) if size * page_number < total else "",
    }


def _cell(looked: Looked, column: Column, row: dict[str, Any]) -> tuple[str, bool]:
    """Return a value in words, and whether it is a number."""
    value = row.get(column.name)
    return looked.labels.value(column.name, value) if value is not None else "", column.kind is Kind.NUMBER


def _shown_columns(looked: Looked) -> list[Column]:
    """Return the columns of which a table of rows tells most: filled ones, one for each thing."""
    known = looked.profile.columns
    filled = [
        column
        for column in looked.dataset.columns
        if column.name in known
        and known[column.name].empty_share < 90
        and column.name not in choosing.BESIDES
        and not column.name.endswith("_vintage")
        and column.kind in (Kind.TEXT, Kind.CALENDAR_DATE, Kind.NUMBER, Kind.CHECKBOX)
        and column.name not in ("longitude", "latitude", "cell", "updated_datetime", "service_group")
    ]
    return filled[:ROW_COLUMNS_AT_MOST]
