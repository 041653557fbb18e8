"""Boxes, spans and values as programs write them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ombud.kernel.errors import BadInput
from ombud.opendata.rules.bounds import read_box, read_span, read_value
from ombud.opendata.rules.columns import Column, Kind

LA = ZoneInfo("America/Los_Angeles")


def local(*when: int) -> datetime:
    return datetime(*when)  # type: ignore[arg-type]  # noqa: DTZ001  the city's time has no zone


@pytest.mark.parametrize(
    ("told", "box"),
    [
        ("-118.5,33.9,-118,34.3", (-118.5, 33.9, -118, 34.3)),
        ("-118.5,33.9,0,-118,34.3,90", (-118.5, 33.9, -118, 34.3)),
        # Across the date line.
        ("170,-10,-170,10", (170, -10, -170, 10)),
    ],
)
def test_a_box_is_read(told: str, box: tuple[float, ...]) -> None:
    assert read_box(told) == box


@pytest.mark.parametrize(
    "told", ["", "1,2,3", "a,b,c,d", "0,10,5,0", "-181,0,0,1", "0,0,1,91", "nan,0,1,1", "0,0,inf,1"]
)
def test_what_is_no_box_is_refused(told: str) -> None:
    with pytest.raises(BadInput):
        read_box(told)


@pytest.mark.parametrize(
    ("told", "since", "until"),
    [
        ("2026-11-21T08:00:00Z/2026-11-22T08:00:00Z", local(2026, 11, 21), local(2026, 11, 22)),
        ("../2026-11-21", None, local(2026, 11, 21, 23, 59, 59, 999999)),
        ("2026-11-21T10:00:00/..", local(2026, 11, 21, 10), None),
        ("/2026-11-21T10:00:00", None, local(2026, 11, 21, 10)),
        ("2026-11-21T10:00:00 01:00", local(2026, 11, 21, 1), local(2026, 11, 21, 1)),
        ("2026-11-21", local(2026, 11, 21), local(2026, 11, 21, 23, 59, 59, 999999)),
    ],
)
def test_a_span_is_read_in_the_time_of_the_city(told: str, since: datetime | None, until: datetime | None) -> None:
    assert read_span(told, LA) == (since, until)


@pytest.mark.parametrize(
    "told", ["../..", "/", "yesterday", "2026-13-01", "2026-02-01/2026-01-01", "a/b/c", "0001-01-01T00:00:00Z"]
)
def test_what_is_no_span_is_refused(told: str) -> None:
    with pytest.raises(BadInput):
        read_span(told, LA)


@pytest.mark.parametrize(
    ("kind", "told", "value"),
    [
        (Kind.TEXT, "open", "open"),
        (Kind.NUMBER, "-1.5", -1.5),
        (Kind.CHECKBOX, "True", True),
        (Kind.CALENDAR_DATE, "2026-11-21T08:00:00.000", local(2026, 11, 21, 8)),
        (Kind.FIXED_TIMESTAMP, "2026-11-21T08:00:00Z", datetime(2026, 11, 21, 8, tzinfo=UTC)),
    ],
)
def test_a_value_is_read_as_its_column_has_it(kind: Kind, told: str, value: Any) -> None:
    assert read_value(Column("a", kind, "A"), told) == value


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Kind.NUMBER, "many"), (Kind.NUMBER, "inf"), (Kind.CHECKBOX, "yes"), (Kind.CALENDAR_DATE, "2026-11-21T08:00Z"),
        (Kind.POINT, "1 2"), (Kind.FIXED_TIMESTAMP, "now"),
    ],
)  # fmt: skip
def test_what_is_no_such_value_is_refused(kind: Kind, told: str) -> None:
    with pytest.raises(BadInput):
        read_value(Column("a", kind, "A"), told)
