"""
What somebody chose to see of a data set by clicking, as an address and as SoQL. Pure.

The address bar is the saved state: `read` turns its parameters into a choice, `Choice.pairs` turns a choice into
parameters, and `choice_soql` says the same as a query. What an address says that the data set does not know is left
out, and told in `Choice.unknown`: a filter that is dropped in silence gives wrong numbers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ombud.opendata.rules.columns import Column, Kind

# How a time is cut into steps: the function of SoQL, and what its column is called in the answer.
STEPS: Mapping[str, tuple[str, str]] = {
    "year": ("date_extract_y", "year"),
    "month": ("date_trunc_ym", "month"),
    "day": ("date_trunc_ymd", "day"),
    "weekday": ("date_extract_dow", "weekday"),
    "hour": ("date_extract_hh", "hour"),
}
# What can be shown of each group; all but the first two are of a column of numbers.
COUNT, RATE, SHARE = "count", "rate", "share"
OF_NUMBERS = ("median", "p90", "avg", "sum")
# The groups in order: from the largest or the smallest number, or by what they are called.
MOST, FEWEST, LABEL = "value", "least", "label"
VALUES_AT_MOST = 60


@dataclass(frozen=True, slots=True)
class By:
    """What rows are grouped by: a column, and the step where it is a time."""

    column: str
    step: str = ""

    def __str__(self) -> str:
        return f"{self.column}.{self.step}" if self.step else self.column


@dataclass(frozen=True, slots=True)
class Show:
    """What is shown of each group."""

    how: str = COUNT
    column: str = ""

    def __str__(self) -> str:
        return f"{self.how}.{self.column}" if self.column else self.how


@dataclass(frozen=True, slots=True)
class Choice:
    """What is looked at: which rows, grouped by what, what of each group, compared with which year."""

    # Column to the values that may stand there, each column once; an empty value means that nothing stands there.
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # Days of the column `on`, both included.
    on: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""
    by: By | None = None
    show: Show = Show()
    # Shown beside the same days of this earlier year.
    against: int | None = None
    order: str = MOST
    # Groups of fewer rows are left out.
    least: int = 1
    # Around a place: longitude, latitude, metres; of a column that holds points.
    near: tuple[float, float, int] | None = None
    place: str = ""
    page: int = 1
    unknown: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether some rows are left out."""
        return bool(self.filters or self.since or self.until or self.words or self.near)

    def chosen(self, column: str) -> tuple[str, ...]:
        """Return the values chosen of a column."""
        return dict(self.filters).get(column, ())

    def with_filter(self, column: str, *values: str) -> "Choice":
        """Return the choice with these values of a column, or with all of them where none are given."""
        others = [(name, kept) for name, kept in self.filters if name != column]
        return replace(self, filters=tuple(sorted([*others, (column, values)] if values else others)), page=1)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the choice as parameters of an address, always in the same order."""
        pairs = [(f"is.{name}", value) for name, values in self.filters for value in values]
        pairs += [("q", self.words)] if self.words else []
        pairs += [("from", self.since.isoformat())] if self.since else []
        pairs += [("to", self.until.isoformat())] if self.until else []
        pairs += [("near", ",".join(f"{part:.5f}".rstrip("0").rstrip(".") for part in self.near))] if self.near else []
        if self.by:
            pairs.append(("by", str(self.by)))
            pairs += [("show", str(self.show))] if self.show != Show() else []
            pairs += [("against", str(self.against))] if self.against else []
            pairs += [("order", self.order)] if self.order != MOST else []
            pairs += [("min", str(self.least))] if self.least > 1 else []
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return pairs

    @property
    def days_before(self) -> tuple[date, date] | None:
        """The days that the chosen ones are compared with: the same of the year `against`."""
        if self.against is None or self.since is None or self.until is None:
            return None
        back = self.since.year - self.against
        return _years_back(self.since, back), _years_back(self.until, back)


def main_time(columns: Sequence[Column]) -> str:
    """Return the column by which days are chosen: the first that holds the city's time."""
    return next((column.name for column in columns if column.kind is Kind.CALENDAR_DATE), "")


def read(asked: Iterable[tuple[str, str]], columns: Sequence[Column], *, rated: Iterable[str] = ()) -> Choice:
    """Return the choice that an address means. `rated` names the columns that hold areas with a known population."""
    known = {name: column for column in columns for name in (column.name, *column.aliases)}
    filters: dict[str, list[str]] = {}
    single: dict[str, str] = {}
    unknown: list[str] = []
    for name, value in asked:
        if name.startswith("is."):
            column = known.get(name[3:])
            if column is None or column.kind not in (Kind.TEXT, Kind.CHECKBOX, Kind.NUMBER):
                unknown.append(name[3:][:60])
            elif value not in filters.setdefault(column.name, []) and len(filters[column.name]) < VALUES_AT_MOST:
                filters[column.name].append(value[:200])
        else:
            single.setdefault(name, value)
    on = main_time(columns)
    since, until = (_day(single.get(name, "")) if on else None for name in ("from", "to"))
    if since and until and until < since:
        since, until = until, since
    by = _by(single.get("by", ""), known)
    if single.get("by") and by is None:
        unknown.append(single["by"][:60])
    show = _show(single.get("show", ""), known) if by else Show()
    if show.how == RATE and (by is None or by.column not in set(rated)):
        show = Show()
    place = next((column.name for column in columns if column.kind is Kind.POINT), "")
    against = _year(single.get("against", ""))
    is_compared = by and not by.step and since and until and against and against < since.year
    return Choice(
        filters=tuple(sorted((name, tuple(values)) for name, values in filters.items())),
        on=on,
        since=since,
        until=until,
        words=" ".join(single.get("q", "").split())[:100],
        by=by,
        show=show,
        against=against if is_compared and show.how in (COUNT, RATE) else None,
        order=single["order"] if single.get("order") in (FEWEST, LABEL) else MOST,
        least=_whole(single.get("min", ""), 10_000),
        near=_near(single.get("near", "")) if place else None,
        place=place,
        page=_whole(single.get("page", ""), 1_000),
        unknown=tuple(unknown),
    )


def _by(text: str, known: Mapping[str, Column]) -> By | None:
    name, _sep, step = text.partition(".")
    column = known.get(name)
    if column is None or column.kind is Kind.POINT or column.kind is Kind.MULTIPOLYGON:
        return None
    if column.kind is Kind.CALENDAR_DATE:
        return By(column.name, step if step in STEPS else "month")
    return None if step or column.kind is Kind.FIXED_TIMESTAMP else By(column.name)


def _show(text: str, known: Mapping[str, Column]) -> Show:
    how, _sep, name = text.partition(".")
    column = known.get(name)
    wanted = {Kind.NUMBER: OF_NUMBERS, Kind.CHECKBOX: (SHARE,)}
    if column is not None and how in wanted.get(column.kind, ()):
        return Show(how, column.name)
    return Show(RATE) if text == RATE else Show()


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None


def _whole(text: str, at_most: int) -> int:
    return min(max(int(text), 1), at_most) if re.fullmatch(r"[0-9]{1,9}", text) else 1


def _near(text: str) -> tuple[float, float, int] | None:
    try:
        lon, lat, metres = (float(part) for part in text.split(","))
    except ValueError:
        return None
    fits = -180 <= lon <= 180 and -90 <= lat <= 90 and 1 <= metres <= 50_000
    return (round(lon, 5), round(lat, 5), int(metres)) if fits else None


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"(19|20|21)\d\d", text) else None


def _years_back(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
