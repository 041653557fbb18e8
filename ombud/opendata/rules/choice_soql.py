"""
What somebody chose to see, as a query of SoQL: its rows, its groups, the line under it, the counts beside values. Pure.

It is shown as it is, goes the way of everybody's queries, and gives whoever runs it elsewhere the same answer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from ombud.opendata.rules.exploring import FEWEST, LABEL, STEPS, VALUES_AT_MOST, By, Choice, Show

PER = 1_000
GROUPS_AT_MOST = 5_000
ROWS_A_PAGE = 50
_KEYWORDS = (
    " select where group by having order limit offset search distinct as and or not is null in like between case when"
    " then else end true false asc desc nulls first last filter union intersect minus join on from except "
)
_PLAIN = re.compile(r"[a-z_:][a-z0-9_]*\Z")


def named(name: str) -> str:
    """Return a column's name as SoQL writes it."""
    return name if _PLAIN.match(name) and f" {name} " not in _KEYWORDS else f"`{name}`"


def quoted(value: str) -> str:
    """Return a text as SoQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def rows_soql(choice: Choice, *, size: int = ROWS_A_PAGE, columns: Sequence[str] = ()) -> str:
    """Return the query of the rows themselves, newest first, one page of them."""
    lines = [f"SELECT {', '.join(map(named, columns)) or '*'}", *_where(choice), *_searching(choice)]
    lines += [f"ORDER BY {named(choice.on)} DESC"] if choice.on else []
    lines += [f"LIMIT {size}"] if size else []
    lines += [f"OFFSET {size * (choice.page - 1)}"] if size and choice.page > 1 else []
    return "\n".join(lines)


def groups_soql(choice: Choice, *, populations: Mapping[str, int] | None = None) -> str:
    """
    Return the query of the groups: their key, what is shown, and of how many rows (`n`).

    `populations` has the people who live in each area that the key can name; rates are counted in the query itself, so
    that whoever runs it gets them too.
    """
    if choice.by is None:
        raise ValueError("nothing to group by")
    key = key_name(choice.by)
    head = named(key) if key == choice.by.column else f"{_key(choice.by)} AS {named(key)}"
    shown = list(_shown(choice, populations or {}))
    ordered = f"{shown[0][0]} {'ASC' if choice.order == FEWEST else 'DESC'} NULLS LAST"
    if choice.order == LABEL or choice.by.step:
        ordered = f"{named(key)} ASC"
    lines = [
        f"SELECT {head}",
        *(f"  , {expression} AS {name}" for name, expression in shown),
        *_where(choice),
        f"GROUP BY {named(key)}",
        *([f"HAVING n >= {choice.least}"] if choice.least > 1 else []),
        *_searching(choice),
        f"ORDER BY {ordered}",
        f"LIMIT {GROUPS_AT_MOST}",
    ]
    return "\n".join(lines)


def sums_soql(choice: Choice) -> str:
    """Return the query of the line under a chart: rows used, and how many of them lack a value that is shown."""
    counted = ["count(*) AS n"]
    if choice.by:
        counted.append(f"count({named(choice.by.column)}) AS with_key")
    if choice.show.column:
        counted.append(f"count({named(choice.show.column)}) AS with_value")
    return "\n".join([f"SELECT {', '.join(counted)}", *_where(choice), *_searching(choice)])


def values_soql(choice: Choice, column: str, *, limit: int = VALUES_AT_MOST) -> str:
    """Return the query of the counts beside the values of a column: of what all other filters leave."""
    others = choice.with_filter(column)
    key = named(column)
    lines = [f"SELECT {key}, count(*) AS n", *_where(others), f"GROUP BY {key}", *_searching(choice)]
    return "\n".join([*lines, "ORDER BY n DESC", f"LIMIT {limit}"])


def where_soql(choice: Choice) -> str:
    """Return the condition of the rows that are looked at, as a clause of its own; empty where it is all of them."""
    return "\n".join(_where(choice))


def key_name(by: By) -> str:
    """Return what the groups' key is called in the answer."""
    return STEPS[by.step][1] if by.step else by.column


def value_name(choice: Choice) -> str:
    """Return what the number that is shown is called in the answer."""
    return next(iter(_shown(choice, {})))[0]


def _key(by: By) -> str:
    return f"{STEPS[by.step][0]}({named(by.column)})" if by.step else named(by.column)


def _shown(choice: Choice, populations: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    """Give name and expression of each number of a group, the one that is shown first and the rows it is of last."""
    before = choice.days_before
    now = f" FILTER (WHERE {_days(choice.on, choice.since, choice.until)})" if before else ""
    then = f" FILTER (WHERE {_days(choice.on, *before)})" if before else ""
    match choice.show:
        case Show("count"):
            if before:
                yield "n", f"count(*){now}"
                yield f"n_{choice.against}", f"count(*){then}"
            else:
                yield "n", "count(*)"
        case Show("rate"):
            people = _people(choice.by.column if choice.by else "", populations)
            yield "per_1000", f"{PER} * count(*){now} / {people}"
            if before:
                yield f"per_1000_{choice.against}", f"{PER} * count(*){then} / {people}"
            yield "residents", people
            yield "n", f"count(*){now}"
            if before:
                yield f"n_{choice.against}", f"count(*){then}"
        case Show("share", column):
            yield "percent", f"100 * count(*) FILTER (WHERE {named(column)} = true) / count({named(column)})"
            yield "n", f"count({named(column)})"
        case Show(how, column):
            took = f"percentile({named(column)}, 0.9)" if how == "p90" else f"{how}({named(column)})"
            yield f"{how}_{column}", took
            yield "n", f"count({named(column)})"


def _people(column: str, populations: Mapping[str, int]) -> str:
    """Return the expression of how many people live in an area, null where nobody has said."""
    if not populations:
        return "0"
    told = " ".join(f"WHEN {quoted(code)} = {named(column)} THEN {n}" for code, n in sorted(populations.items()))
    return f"CASE {told} END"


def _where(choice: Choice) -> list[str]:
    said = [_among(name, values) for name, values in choice.filters]
    before = choice.days_before
    days = _days(choice.on, choice.since, choice.until)
    if before:
        said.append(f"(({days}) OR ({_days(choice.on, *before)}))")
    elif days:
        said.append(days)
    if choice.near:
        lon, lat, metres = choice.near
        said.append(f"within_circle({named(choice.place)}, {lat}, {lon}, {metres})")
    return [f"WHERE {' AND '.join(said)}"] if said else []


def _searching(choice: Choice) -> list[str]:
    return [f"SEARCH {quoted(choice.words)}"] if choice.words else []


def _among(name: str, values: Sequence[str]) -> str:
    """Return that one of the values stands in a column; booleans and numbers are read from the quotes by the parser."""
    told = [quoted(value) for value in values if value]
    said = [f"{named(name)} = {told[0]}" if len(told) == 1 else f"{named(name)} IN ({', '.join(told)})"] if told else []
    said += [f"{named(name)} IS NULL"] if "" in values else []
    return said[0] if len(said) == 1 else f"({' OR '.join(said)})"


def _days(on: str, since: date | None, until: date | None) -> str:
    said = [f"{named(on)} >= '{since.isoformat()}'"] if since else []
    said += [f"{named(on)} < '{(until + timedelta(days=1)).isoformat()}'"] if until else []
    return " AND ".join(said)
