"""What can be chosen of a data set: filters with the counts beside their values, groups, figures, years, orders."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from ombud.opendata.rules import choice_soql
from ombud.opendata.rules.columns import Column, Kind
from ombud.web.portal import charts
from ombud.web.portal.answering import ask
from ombud.web.portal.labels import step_words

if TYPE_CHECKING:
    from ombud.web.portal.exploring import Looked

FACETS_AT_MOST = 9
VALUES_SHOWN = 12
# What most people look for first; others follow in the order of the data set.
FIRST = ("status", "service_group", "service_code", "agency_responsible", "outcome", "channel")
# Said better by another column.
BESIDES = ("service_name", "rule_set", "status_detail", "place_precision", "incident_id", "again_of")


def choices(looked: "Looked") -> dict[str, Any]:
    """Return everything that the form of the explorer offers, with what is chosen."""
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


def _cell(looked: "Looked") -> list[Column]:
    """Return the column of cells: too many to choose from, but good for a map."""
    return [column for column in looked.dataset.columns if column.name == charts.CELL and _is_held(looked, column)]


def _is_held(looked: "Looked", column: Column) -> bool:
    held = looked.profile.columns.get(column.name)
    return held is not None and held.filled > 0


def _facets(looked: "Looked", grouped: list[Column]) -> list[dict[str, Any]]:
    """Return the columns to filter by, each with its values and the counts beside them."""
    order = {name: place for place, name in enumerate(FIRST)}
    layer = str(looked.city.settings.get("promise_layer", ""))
    order[layer] = len(order)
    chosen = [column for column in grouped if column.name not in BESIDES or looked.choice.chosen(column.name)]
    wanted = sorted(chosen, key=lambda c: (not looked.choice.chosen(c.name), order.get(c.name, 99)))
    return [_facet(looked, column) for column in wanted[:FACETS_AT_MOST]]


def _facet(looked: "Looked", column: Column) -> dict[str, Any]:
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


def _shows(looked: "Looked") -> list[tuple[str, str]]:
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


def _years(looked: "Looked") -> list[tuple[str, str]]:
    """Return the years that the chosen days can be compared with."""
    since, oldest = looked.choice.since, looked.profile.oldest
    if not since or not looked.choice.until or oldest is None:
        return []
    years = range(since.year - 1, oldest.year - 1, -1)
    return [("", _("nothing")), *((str(year), _("the same days of %s") % year) for year in years)]
