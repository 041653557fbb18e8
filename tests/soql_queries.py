"""Queries that somebody might ask, made up: every one is well-formed and well-typed, and most have an answer."""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

TEXTS = ("'DOT'", "'DSNY'", '"NYPD"', "'ñandú'", "'street light'", "'a_b%c'", "''", "'12.5'", "'2026-02-28'", "'it''s'")
NUMBERS = ("0", "1", "2", "3", "0.5", "-2.345", "12", "1000000", "0.1")
TIMES = ("'2026-01-31'", "'2025-12-28T23:59:59.5'", "'2026-02-28T12:00'")
CONDITIONS = ("is null", "is not null")
PLACES = (
    "within_box(location, 37.3, -93.4, 37.1, -93.15)",
    "within_circle(location, 37.2, -93.3, 4321)",
    "within_circle(make_point(latitude, longitude), 37.25, -93.2, 7000)",
    "within_polygon(location, 'POLYGON ((-93.345 37.105, -93.155 37.115, -93.205 37.295, -93.345 37.105))')",
    "location is null",
)


def chosen(*words: str) -> SearchStrategy[str]:
    return st.sampled_from(words)


@st.composite
def text(draw: DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(chosen("agency", "complaint", "district", ":id", *TEXTS))
    inner = text(depth - 1)
    match draw(st.integers(0, 9)):
        case 0:
            return f"{draw(chosen('upper', 'lower', 'trim', 'unaccent', 'trim_leading'))}({draw(inner)})"
        case 1:
            return f"({draw(inner)} || {draw(st.one_of(inner, number(depth - 1)))})"
        case 2:
            return f"substring({draw(inner)}, {draw(st.integers(1, 4))}, {draw(st.integers(0, 5))})"
        case 3:
            return f"coalesce({draw(inner)}, {draw(inner)})"
        case 4:
            return f"case({draw(condition(depth - 1))}, {draw(inner)}, {draw(condition(depth - 1))}, {draw(inner)})"
        case 5:
            return f"replace({draw(inner)}, 'T', 'tt')"
        case 6:
            return f"left_pad({draw(inner)}, {draw(st.integers(0, 8))}, 'xy')"
        case 7:
            return f"split_part({draw(inner)}, ' ', {draw(st.integers(1, 2))})"
        case 8:
            return f"{draw(chosen('greatest', 'least', 'nullif'))}({draw(inner)}, {draw(inner)})"
        case _:
            return f"({draw(st.one_of(number(depth - 1), time(depth - 1), condition(depth - 1)))})::text"


@st.composite
def number(draw: DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(chosen("days", "score", "latitude", ":version", *NUMBERS))
    inner = number(depth - 1)
    match draw(st.integers(0, 9)):
        case 0 | 1:
            return f"({draw(inner)} {draw(chosen('+', '-', '*', '/', '%'))} {draw(inner)})"
        case 2:
            return f"{draw(chosen('abs', 'ceil', 'floor', 'round', 'ln'))}({draw(inner)})"
        case 3:
            return f"round({draw(inner)}, {draw(st.integers(-3, 4))})"
        case 4:
            return f"({draw(inner)} ^ {draw(st.integers(-1, 2))})"
        case 5:
            return f"length({draw(text(depth - 1))})"
        case 6:
            part = draw(chosen("y", "m", "d", "hh", "mm", "ss", "dow", "woy", "iso_y"))
            return f"date_extract_{part}({draw(time(depth - 1))})"
        case 7:
            return f"date_diff_d({draw(time(depth - 1))}, {draw(time(depth - 1))})"
        case 8:
            return f"iif({draw(condition(depth - 1))}, {draw(inner)}, {draw(inner)})"
        case _:
            return f"({draw(st.one_of(text(depth - 1), condition(depth - 1)))})::number"


@st.composite
def time(draw: DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(chosen("created_date", "closed_date"))
    match draw(st.integers(0, 2)):
        case 0:
            return f"date_trunc_{draw(chosen('y', 'ym', 'ymd'))}({draw(time(depth - 1))})"
        case 1:
            return f"coalesce({draw(time(depth - 1))}, {draw(chosen(*TIMES))}::floating_timestamp)"
        case _:
            return f"({draw(text(0))})::floating_timestamp"


@st.composite
def condition(draw: DrawFn, depth: int = 2) -> str:
    if depth == 0:
        return draw(chosen("urgent", *PLACES))
    kind = draw(st.sampled_from((text, number)))
    one, other = draw(kind(depth - 1)), draw(kind(depth - 1))
    match draw(st.integers(0, 9)):
        case 0:
            return f"({draw(condition(depth - 1))} {draw(chosen('and', 'or'))} {draw(condition(depth - 1))})"
        case 1:
            return f"not {draw(condition(depth - 1))}"
        case 2:
            return f"({one} {draw(chosen('is null', 'is not null'))})"
        case 3:
            return f"({one} {draw(chosen('between', 'not between'))} {other} and {draw(kind(depth - 1))})"
        case 4:
            return f"({one} {draw(chosen('in', 'not in'))} ({other}, {draw(kind(depth - 1))}, null))"
        case 5:
            pattern = draw(chosen("'%t%'", "'D_T'", "'%\\_b\\%%'", "'%'", "''"))
            return f"({draw(text(depth - 1))} {draw(chosen('like', 'not like'))} {pattern})"
        case 6:
            how = draw(chosen("starts_with", "contains", "caseless_eq", "caseless_contains", "caseless_ne"))
            return f"{how}({draw(text(depth - 1))}, {draw(text(depth - 1))})"
        case 7:
            return f"({draw(time(depth - 1))} {draw(chosen('<', '>=', '='))} {draw(chosen(*TIMES))})"
        case 8:
            return draw(chosen("urgent", *PLACES))
        case _:
            return f"({one} {draw(chosen('=', '!=', '<', '<=', '>', '>='))} {other})"


@st.composite
def aggregate(draw: DrawFn) -> str:
    made = draw(
        st.one_of(
            st.just("count(*)"),
            text(1).map(lambda one: f"count({one})"),
            text(1).map(lambda one: f"count(distinct {one})"),
            number(1).map(lambda one: f"sum({one})"),
            number(1).map(lambda one: f"avg({one})"),
            number(1).map(lambda one: f"median({one})"),
            number(1).map(lambda one: f"percentile({one}, 0.9)"),
            number(0).map(lambda one: f"stddev_pop({one})"),
            number(0).map(lambda one: f"regr_slope(days, {one})"),
            st.one_of(text(1), number(1), time(1)).map(lambda one: f"max({one})"),
            st.one_of(text(1), time(1)).map(lambda one: f"min({one})"),
            text(1).map(lambda one: f"median({one})"),
        )
    )
    return f"{made} filter (where {draw(condition(1))})" if draw(st.booleans()) else made


SCALARS = st.one_of(text(), number(), time(), condition(1))


@st.composite
def stage(draw: DrawFn) -> str:
    where = f" where {draw(condition())}" if draw(st.booleans()) else ""
    limit = f" limit {draw(st.integers(0, 20))}" if draw(st.booleans()) else ""
    offset = f" offset {draw(st.integers(0, 5))}" if limit and draw(st.booleans()) else ""
    asc = draw(chosen("", " desc", " desc nulls last", " asc nulls first"))
    if draw(st.booleans()):
        keys = draw(st.lists(SCALARS, min_size=1, max_size=2))
        aggregates = draw(st.lists(aggregate(), min_size=1, max_size=3))
        named = [f"{one} as k{n}" for n, one in enumerate(keys)] + [
            f"{one} as a{n}" for n, one in enumerate(aggregates)
        ]
        having = " having count(*) > 1" if draw(st.booleans()) else ""
        order = f" order by a0{asc}" if draw(st.booleans()) else ""
        by = ", ".join(f"k{n}" for n in range(len(keys)))
        return f"select {', '.join(named)}{where} group by {by}{having}{order}{limit}{offset}"
    items = draw(st.lists(SCALARS, min_size=1, max_size=3))
    distinct = "distinct " if draw(st.integers(0, 4)) == 0 else ""
    search = " search 'light'" if draw(st.integers(0, 9)) == 0 else ""
    order = f" order by v0{asc}" if draw(st.booleans()) else ""
    named = ", ".join(f"{one} as v{n}" for n, one in enumerate(items))
    return f"select {distinct}{named}{where}{search}{order}{limit}{offset}"


@st.composite
def query(draw: DrawFn) -> str:
    first = draw(stage())
    if draw(st.integers(0, 4)):
        return first
    column = "k0" if " as k0" in first else "v0"
    return draw(
        chosen(
            f"{first} |> select {column}, count(*) as n group by {column} order by n desc",
            f"{first} |> select * where {column} is not null",
            f"{first} |> select max({column}::text), count(*)",
        )
    )
