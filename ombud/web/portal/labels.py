"""What stands in the public record, in words: codes, areas, times and numbers as a reader says them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import floor, log10
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import dates, formats
from django.utils.translation import gettext as _

from ombud.catalog.city import City
from ombud.conversation.templatetags.wording import CHANNELS
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.exploring import By
from ombud.places import queries as places
from ombud.web.standing import OUTCOMES, STATUSES

Words = Callable[[str], str]


@dataclass(frozen=True)
class Labels:
    """The words of one data set of a city in one language."""

    city: City
    dataset: DataSet
    language: str

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.dataset.every_column}

    @cached_property
    def _areas(self) -> dict[str, dict[str, str]]:
        """Layer to the names of its areas by their codes."""
        atlas, index = places.atlas(self.city.id), places.layer_index(self.city.id)
        return {
            code: {area.code: places.area_label(layer, area.name, self.language) for area, _shape in atlas.layer(code)}
            for code, layer in index.items()
        }

    def is_area(self, column: str) -> bool:
        """Whether a column holds codes of areas."""
        return column in self._areas

    def title(self, column: str) -> str:
        """Return what a column is called."""
        if column == "service_code":  # it is told by its name
            return _("Service")
        found = self.columns.get(column)
        return _(found.title) if found else column.replace("_", " ")

    def value(self, column: str, value: Any) -> str:
        """Return a value of a column in words; nothing is told as such."""
        if value is None or value == "":
            return _("not said")
        kind = self.columns[column].kind if column in self.columns else None
        if isinstance(value, bool) or kind is Kind.CHECKBOX:
            return _("yes") if value in (True, "true") else _("no")
        if isinstance(value, datetime):
            return day(value)
        if kind in (Kind.CALENDAR_DATE, Kind.FIXED_TIMESTAMP):
            at = moment(value)
            return formats.date_format(at, "SHORT_DATETIME_FORMAT") if at else str(value)
        if isinstance(value, int | float):
            return number(value)
        if column in self._areas:
            return self._areas[column].get(str(value), str(value))
        return self._code(column, str(value))

    def _code(self, column: str, code: str) -> str:
        match column:
            case "service_code" if code in self.city.services:
                return self.city.text(self.city.services[code].name)
            case "service_group":
                named = {group.code: group.name for group in self.city.groups}
                return self.city.text(named[code]) if code in named else code
            case "agency_responsible":
                return self.city.agency(code).name
            case "channel":
                return str(CHANNELS.get(code, code))
            case "outcome" if code in OUTCOMES:
                return str(OUTCOMES[code][1])
            case "status_detail" if code in STATUSES:
                return str(STATUSES[code][1])
            case "status":
                return _("open") if code == "open" else _("closed")
        return code

    def key(self, by: By, value: Any) -> str:
        """Return a group's key in words."""
        if value is None or not by.step:
            return self.value(by.column, value)
        match by.step:
            case "weekday":
                return str(dates.WEEKDAYS[(int(value) - 1) % 7])
            case "hour":
                return f"{int(value):02d}:00"
            case "year":
                return str(int(value))
        at = moment(value)
        if at is None:
            return str(value)
        return formats.date_format(at, "YEAR_MONTH_FORMAT") if by.step == "month" else day(at)


def step_words() -> dict[str, str]:
    """Return the steps into which a time is cut, in words."""
    return {
        "year": _("year"), "month": _("month"), "day": _("day"), "weekday": _("day of the week"), "hour": _("hour"),
    }  # fmt: skip


def moment(value: Any) -> datetime | None:
    """Return a time of the record, as it comes from an engine or a text."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def day(at: date) -> str:
    """Return a day in the reader's calendar."""
    return formats.date_format(at, "DATE_FORMAT")


def number(value: Any) -> str:
    """Return a number as it is read: whole where it is, else with few digits."""
    if value is None:
        return "-"
    exact = float(value)
    if exact == int(exact):
        return str(intcomma(int(exact)))
    digits = 0 if abs(exact) >= 100 else 1 if abs(exact) >= 10 else 2
    if abs(exact) < 0.1:  # two digits that count
        digits = min(1 - floor(log10(abs(exact))), 6)
    # Left to itself, number_format cuts what is too long instead of rounding it.
    return str(formats.number_format(round(exact, digits), decimal_pos=digits, force_grouping=True))
