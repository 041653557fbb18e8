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

from ombud.catalog.queries import City
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules import choice_soql, exploring
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.exploring import Choice
from ombud.places import queries as places
from ombud.web.middleware import CityRequest
from ombud.web.portal import charts, recipes, warnings
from ombud.web.portal.answering import ask
from ombud.web.portal.labels import Labels, day, step_words
from ombud.web.portal.profiles import Profile, profile

FACETS_AT_MOST = 9
VALUES_SHOWN = 12
# What most people look for first; others follow in the order of the data set.
FIRST = ("status", "service_group", "service_code", "agency_responsible", "outcome", "channel")
# Said better by another column.
BESIDES = ("service_name", "rule_set", "status_detail", "place_precision", "incident_id", "again_of")
ROW_COLUMNS_AT_MOST = 7


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
    return render(request, "portal/explore.html", {**shown(looked), **_choices(looked)})


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
    found = ask(looked.snapshot, soql).rows
    size, page_number = choice_soql.ROWS_A_PAGE, looked.choice.page
    return {
        "title": title_of(looked),
        "map": charts.map_of_rows(looked) if total else None,
        "row_heads": [(looked.labels.title(column.name), column.kind is Kind.NUMBER) for column in columns],
        "number_at": "service_request_id" if columns and columns[0].name == "service_request_id" else "",
        "rows": [
            [
                (
                    looked.labels.value(column.name, row.get(column.name)) if row.get(column.name) is not None else "",
                    column.kind is Kind.NUMBER,
                )
                for column in columns
            ]
            for row in found
        ],
        "first": size * (page_number - 1) + 1,
        "last": size * (page_number - 1) + len(found),
        "newer": looked.address(page=page_number - 1) if page_number > 1 else "",
        "older": looked.address(page=page_number + 1) if size * page_number < total else "",
    }


def _shown_columns(looked: Looked) -> list[Column]:
    """Return the columns of which a table of rows tells most: filled ones, one for each thing."""
    known = looked.profile.columns
    filled = [
        column
        for column in looked.dataset.columns
        if column.name in known
        and known[column.name].empty_share < 90
        and column.name not in BESIDES
        and not column.name.endswith("_vintage")
        and column.kind in (Kind.TEXT, Kind.CALENDAR_DATE, Kind.NUMBER, Kind.CHECKBOX)
        and column.name not in ("longitude", "latitude", "cell", "updated_datetime", "service_group")
    ]
    return filled[:ROW_COLUMNS_AT_MOST]


# -- What can be chosen ----------------------------------------------------------------------------------------
def _choices(looked: Looked) -> dict[str, Any]:
    choice, labels = looked.choice, looked.labels
    grouped = looked.profile.choices(looked.dataset)
    times = [
        column for column in looked.dataset.columns if column.kind is Kind.CALENDAR_DATE and _is_held(looked, column)
    ]
    steps = step_words()
    return {
        "facets": _facets(looked, grouped),
        "bys": [
            ("", _("nothing: the rows themselves")),
            *((column.name, labels.title(column.name)) for column in grouped if column.name not in BESIDES),
            *((column.name, _("%s, as a map") % labels.title(column.name)) for column in _cell(looked)),
            *(
                (f"{column.name}.{step}", f"{_(column.title)}: {words}")
                for column in times[:2]
                for step, words in steps.items()
            ),
        ],
        "by": str(choice.by or ""),
        "shows": _shows(looked),
        "show": str(choice.show),
        "years": _years(looked),
        "against": str(choice.against or ""),
        "orders": [("value", _("largest first")), ("least", _("smallest first")), ("label", _("by name"))],
        "kept": [(name, value) for name, value in choice.pairs() if name in ("near",)],
        "has_days": bool(choice.on),
        "has_words": any(column.kind is Kind.TEXT for column in looked.dataset.columns),
        "clear": reverse("data_explore", args=[looked.id]),
        "save_at": f"{reverse('data_save', args=[looked.id])}?{urlencode(choice.pairs())}",
        "bounds": (looked.profile.oldest, looked.profile.newest),
        "labels": labels,
    }


def _cell(looked: Looked) -> list[Column]:
    """Return the column of cells: too many to choose from, but good for a map."""
    return [column for column in looked.dataset.columns if column.name == charts.CELL and _is_held(looked, column)]


def _is_held(looked: Looked, column: Column) -> bool:
    held = looked.profile.columns.get(column.name)
    return held is not None and held.filled > 0


def _facets(looked: Looked, grouped: list[Column]) -> list[dict[str, Any]]:
    """Return the columns to filter by, each with its values and the counts beside them."""
    order = {name: place for place, name in enumerate(FIRST)}
    layer = str(looked.city.settings.get("promise_layer", ""))
    order[layer] = len(order)
    chosen = [column for column in grouped if column.name not in BESIDES or looked.choice.chosen(column.name)]
    wanted = sorted(chosen, key=lambda c: (not looked.choice.chosen(c.name), order.get(c.name, 99)))
    return [_facet(looked, column) for column in wanted[:FACETS_AT_MOST]]


def _facet(looked: Looked, column: Column) -> dict[str, Any]:
    found = ask(looked.snapshot, choice_soql.values_soql(looked.choice, column.name)).rows
    picked = looked.choice.chosen(column.name)
    values: list[dict[str, Any]] = [
        {
            "value": _sent(row.get(column.name)),
            "words": looked.labels.value(column.name, row.get(column.name)),
            "n": int(row["n"]),
            "is_chosen": _sent(row.get(column.name)) in picked,
        }
        for row in found
    ]
    missing = [value for value in picked if value not in {one["value"] for one in values}]
    values += [{"value": v, "words": looked.labels.value(column.name, v), "n": 0, "is_chosen": True} for v in missing]
    values.sort(key=lambda one: (not one["is_chosen"], -one["n"]))
    shown_first = [one for place, one in enumerate(values) if place < VALUES_SHOWN or one["is_chosen"]]
    return {
        "name": column.name,
        "title": looked.labels.title(column.name),
        "values": shown_first,
        "more": values[len(shown_first) :],
        "is_open": bool(picked),
        "chosen": len(picked),
    }


def _sent(value: Any) -> str:
    """Return a value as an address says it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shows(looked: Looked) -> list[tuple[str, str]]:
    """Return what can be shown of each group, in words."""
    shows = [("count", _("how many"))]
    if looked.choice.by and looked.choice.by.column in looked.populations:
        shows.append(("rate", _("how many for each 1,000 residents")))
    hidden = ("longitude", "latitude")
    for column in looked.dataset.columns:
        if not _is_held(looked, column) or column.name in hidden:
            continue
        if column.kind is Kind.NUMBER:
            named = {
                "median": _("median of %s"),
                "p90": _("what 9 of 10 stay under: %s"),
                "avg": _("mean of %s"),
                "sum": _("sum of %s"),
            }
            shows += [(f"{how}.{column.name}", words % _(column.title).lower()) for how, words in named.items()]
        elif column.kind is Kind.CHECKBOX:
            shows.append((f"share.{column.name}", _("%% with: %s") % _(column.title).lower()))
    return shows


def _years(looked: Looked) -> list[tuple[str, str]]:
    """Return the years that the chosen days can be compared with."""
    since, oldest = looked.choice.since, looked.profile.oldest
    if not since or not looked.choice.until or oldest is None:
        return []
    years = range(since.year - 1, oldest.year - 1, -1)
    return [("", _("nothing")), *((str(year), _("the same days of %s") % year) for year in years)]
