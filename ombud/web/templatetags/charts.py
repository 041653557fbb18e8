"""The parts that show numbers: promises, clocks, figures, bars and tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from ombud.web import drawing
from ombud.web.templatetags.parts import icon

register = template.Library()


@register.inclusion_tag("parts/promise_bar.html")
def promise_bar(
    low: float | None = None,
    high: float | None = None,
    target: float | None = None,
    today: float | None = None,
    words: str = "",
    range_words: str = "",
    goal_words: str = "",
    today_words: str = "",
    asked_at: datetime | None = None,
) -> dict[str, Any]:
    """Draw what is usual (`low` to `high`), the goal and today, in days since asking, under a sentence."""
    return {
        "drawing": drawing.promise(low, high, target, today, mirrored=get_language_bidi()),
        "words": words,
        "range_words": range_words,
        "goal_words": goal_words or _("goal"),
        "today_words": today_words or _("today"),
        "asked_at": asked_at,
    }


@register.simple_tag
def clock(elapsed: float, target: float, words: str) -> SafeString:
    """Draw a row's clock: spent against the target, in the same unit, and what is left in words."""
    share = elapsed / target if target else 1.0
    meaning = "late" if share > 1 else "waiting" if share > 0.8 else ""
    drawn = drawing.clock(elapsed, target, mirrored=get_language_bidi())
    return format_html(
        '<span class="clock"{}><svg width="56" height="12" aria-hidden="true">'
        '<rect class="clock-track" y="3" width="56" height="6"/>'
        '<rect class="clock-spent" x="{}" y="3" width="{}" height="6"/>'
        '<rect class="clock-goal" x="{}" y="0" width="2" height="12"/></svg>{}{}</span>',
        format_html(' data-meaning="{}"', meaning) if meaning else "",
        drawn.spent_x,
        drawn.spent,
        drawn.goal_x,
        icon("state-late", size="s") if meaning == "late" else "",
        words,
    )


@register.inclusion_tag("parts/figure.html")
def figure(
    number: float | str,
    words: str,
    unit: str = "",
    n: int | None = None,
    period: str = "",
    than: str = "",
    change: str = "",
    series: Sequence[float] = (),
    definition: str = "",
    table: str = "",
) -> dict[str, Any]:
    """
    Draw a figure: the number, its unit, what it counts, over what, and compared with what.

    `change` is up, down or same and draws the arrow before `than`; `series` is the sparkline, oldest first.
    """
    points = drawing.spark(series)
    return {
        "number": number if isinstance(number, str) else intcomma(number),
        "words": words,
        "unit": unit,
        "n": n,
        "period": period,
        "than": than,
        "change_icon": {"up": "arrow-up", "down": "arrow-down"}.get(change, ""),
        "points": " ".join(f"{x},{y}" for x, y in points),
        "last": points[-1] if points else None,
        "first": points[0] if points else None,
        "definition": definition,
        "table": table,
    }


@register.inclusion_tag("parts/bar_chart.html")
def bar_chart(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    words: str = "",
    unit: str = "",
    head: str = "",
    goal: float | None = None,
) -> dict[str, Any]:
    """
    Draw bars from zero under a sentence, as a table: each row `label`, `value` and, as known, `low`, `high`
    (its interval), `said` (the value in words), `n`, `here` (the row this page is about), `href`.
    """
    most = max([row["value"] for row in rows] + [row.get("high") or 0 for row in rows] + [goal or 0, 1e-9])
    scale = drawing.Scale(most, mirrored=get_language_bidi())
    drawn = [
        {
            **row,
            "bar": scale.stretch(0, row["value"]),
            "range": scale.stretch(row["low"], row["high"]) if row.get("high") is not None else None,
            "said": row.get("said") or intcomma(row["value"]),
        }
        for row in rows
    ]
    for row in drawn:
        if row["range"]:
            row["range_end"] = drawing.percent(row["range"].x + row["range"].width)
    return {
        "title": title,
        "rows": drawn,
        "words": words,
        "unit": unit,
        "head": head,
        "counted": any(row.get("n") not in (None, row["value"]) for row in rows),
        "goal": scale.place(goal) if goal else None,
    }


@register.inclusion_tag("parts/data_table.html")
def data_table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    numbers: str = "",
    unseen: bool = False,
) -> dict[str, Any]:
    """Draw a table; `numbers` names the columns of figures, counted from 1, as "2,3"."""
    figures = {int(column) for column in numbers.split(",") if column}
    return {
        "caption": caption,
        "unseen": unseen,
        "columns": [(words, i in figures) for i, words in enumerate(columns, 1)],
        "rows": [[(cell, i in figures) for i, cell in enumerate(row, 1)] for row in rows],
    }
