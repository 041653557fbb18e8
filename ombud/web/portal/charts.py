"""The groups of a choice as bars, as a map and as a table: one query, three ways to read it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from ombud.opendata.rules import choice_soql
from ombud.opendata.rules.exploring import COUNT, RATE, SHARE, By, Choice, Show
from ombud.web import drawing
from ombud.web.portal import shapes
from ombud.web.portal.answering import ask
from ombud.web.portal.labels import Labels, number, step_words

if TYPE_CHECKING:
    from ombud.web.portal.exploring import Looked

BARS_AT_MOST = 20
STEPS_AT_MOST = 62
TABLE_ROWS_AT_MOST = 400
CELL = "cell"


def grouped(looked: "Looked") -> dict[str, Any]:
    """Return title, bars, table and map of the groups."""
    choice, labels, by = looked.choice, looked.labels, looked.choice.by
    if by is None:
        raise ValueError("nothing to group by")
    key, value = choice_soql.key_name(by), choice_soql.value_name(choice)
    found = ask(looked.snapshot, looked.soql).rows
    rows = [
        {
            "key": row.get(key),
            "label": labels.key(by, row.get(key)),
            "value": float(row[value]) if row.get(value) is not None else None,
            "n": int(row.get("n") or 0),
            "row": row,
        }
        for row in found
    ]
    known = [row for row in rows if row["value"] is not None]
    # A group that is not named (or has no residents known) cannot be compared with the others.
    shown_rows = known[-STEPS_AT_MOST:] if by.step else known[:BARS_AT_MOST]
    return {
        "groups": rows,
        "title": title(choice, labels),
        "unit": unit(choice, labels),
        "bars": _bars(choice, shown_rows),
        "bars_left_out": len(known) - len(shown_rows),
        "without": [row["label"] for row in rows if row["value"] is None],
        "head": labels.title(by.column),
        "table_heads": _heads(choice, labels),
        "table_rows": [_cells(choice, row) for row in rows[:TABLE_ROWS_AT_MOST]],
        "table_left_out": len(rows) - TABLE_ROWS_AT_MOST,
        "map": _map(looked, rows),
        "is_step": bool(by.step),
    }


def title(choice: Choice, labels: Labels) -> str:
    """Return what a chart shows, as a title."""
    by = choice.by
    if by is None:
        return ""
    of = labels.title(by.column).lower()
    of = f"{step_words()[by.step]} ({of})" if by.step else of
    match choice.show:
        case Show("count"):
            told = _("How many, by %(by)s") if not choice.against else _("How many, by %(by)s, against %(year)s")
        case Show("rate"):
            told = _("How many for each 1,000 residents, by %(by)s")
            if choice.against:
                told = _("How many for each 1,000 residents, by %(by)s, against %(year)s")
        case Show("share"):
            told = _("%%: %(column)s, by %(by)s")
        case Show("median"):
            told = _("Median of %(column)s, by %(by)s")
        case Show("p90"):
            told = _("What 9 of 10 stay under: %(column)s, by %(by)s")
        case Show("avg"):
            told = _("Mean of %(column)s, by %(by)s")
        case _other:
            told = _("Sum of %(column)s, by %(by)s")
    return told % {"by": of, "year": choice.against, "column": labels.title(choice.show.column).lower()}


def unit(choice: Choice, labels: Labels) -> str:
    """Return what the numbers of a chart count."""
    if choice.show.how == COUNT:
        return _("rows")
    if choice.show.how == RATE:
        return _("for each 1,000 residents")
    if choice.show.how == SHARE:
        return "%"
    column = labels.columns.get(choice.show.column)
    return _(column.unit) if column and column.unit else ""


def _bars(choice: Choice, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the bars from zero, each with that of the year compared with under it."""
    befores = [_before(choice, row) for row in rows]
    most = max([row["value"] for row in rows] + [before or 0 for before in befores] + [1e-9])
    scale = drawing.Scale(most, mirrored=get_language_bidi())
    return [
        {
            "label": row["label"],
            "said": number(row["value"]),
            "bar": scale.stretch(0, max(row["value"], 0)),
            "before": scale.stretch(0, before) if before is not None else None,
            "before_said": number(before) if before is not None else "",
            "n": number(row["n"]) if choice.show.how not in (COUNT, RATE) else "",
        }
        for row, before in zip(rows, befores, strict=True)
    ]


def _before(choice: Choice, row: dict[str, Any]) -> float | None:
    """Return the number of the year compared with, if there is one."""
    if not choice.against:
        return None
    name = "n" if choice.show.how == COUNT else "per_1000"
    found = row["row"].get(f"{name}_{choice.against}")
    return None if found is None else float(found)


def _heads(choice: Choice, labels: Labels) -> list[str]:
    year = str(choice.since.year) if choice.since else ""
    head = [labels.title(choice.by.column) if choice.by else ""]
    match choice.show.how:
        case "count":
            return [*head, year, str(choice.against)] if choice.against else [*head, _("rows")]
        case "rate":
            rates = [_("for each 1,000 residents")]
            counts = [_("rows")]
            if choice.against:
                rates = [_("for each 1,000 residents, %s") % one for one in (year, choice.against)]
                counts = [_("rows, %s") % one for one in (year, choice.against)]
            return [*head, *rates, *counts, _("residents")]
    return [*head, unit(choice, labels) or _("value"), _("of how many rows")]


def _cells(choice: Choice, row: dict[str, Any]) -> list[str]:
    told, before = row["row"], _before(choice, row)
    cells = [row["label"], number(row["value"])]
    cells += [number(before)] if choice.against else []
    match choice.show.how:
        case "count":
            return cells
        case "rate":
            counts = [number(row["n"])]
            counts += [number(told.get(f"n_{choice.against}"))] if choice.against else []
            return [*cells, *counts, number(told.get("residents"))]
    return [*cells, number(row["n"])]


def map_of_rows(looked: "Looked") -> dict[str, Any] | None:
    """Return the map of rows that are not grouped: how many lie in each cell, where the data set tells cells."""
    if CELL not in looked.labels.columns or not looked.profile.columns[CELL].filled:
        return None
    by_cell = replace(looked.choice, by=By(CELL), show=Show(), page=1)
    found = ask(looked.snapshot, choice_soql.groups_soql(by_cell)).rows
    counts = {str(row[CELL]): float(row["n"]) for row in found if row.get(CELL)}
    return {"drawn": shapes.cells(looked.city.id, counts), "unit": _("rows in each cell")} if counts else None


def _map(looked: "Looked", rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the map of the groups where they are areas or cells."""
    by = looked.choice.by
    numbers = {str(row["key"]): row["value"] for row in rows if row["key"] is not None}
    if by is None or not any(value is not None for value in numbers.values()):
        return None
    if by.column == CELL:
        drawn = shapes.cells(looked.city.id, {key: value for key, value in numbers.items() if value})
    elif looked.labels.is_area(by.column):
        words = {str(row["key"]): f"{row['label']}: {number(row['value'])}" for row in rows}
        drawn = shapes.areas(looked.city.id, by.column, numbers, words)
    else:
        return None
    return {"drawn": drawn, "unit": unit(looked.choice, looked.labels)}
