"""Pages of the rows of one version, for interfaces that filter by box, time and value: bound, in a fixed order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ombud.opendata.export import scan
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.values import place_of, time_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Box = tuple[float, float, float, float]
# West, south, east and north of each shape, so that boxes can be compared without reading shapes in SQL.
_BOX_OF = "box_of"


@dataclass(frozen=True, slots=True)
class Asked:
    """
    Which rows: all conditions hold together.

    `box` is west, south, east, north, ends included; one whose west is greater than its east crosses the date line.
    `since` and `until` are in the city's time, ends included. Times among `values` are too, numbers are numbers.
    """

    box: Box | None = None
    since: datetime | None = None
    until: datetime | None = None
    # A column, and what stands in it: one of these.
    values: tuple[tuple[Column, tuple[Any, ...]], ...] = ()
    # Words that all stand in some text of the row, whatever their case.
    words: tuple[str, ...] = ()
    # Behind this id.
    after: str = ""
    order: tuple[tuple[Column, bool], ...] = ()  # and whether it goes down


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with their stored names, how many match in all, and whether there are more behind these."""

    rows: list[dict[str, Any]]
    matched: int
    more: bool


def page(snapshot: Snapshot, asked: Asked, *, limit: int, offset: int = 0) -> Page:
    """Return a page. The id of the row is the last thing that rows are ordered by, so each has its place."""
    stored = [column.stored for column in snapshot.columns if column.kind is not Kind.POINT]
    where, values = _conditions(snapshot, asked)
    whole = f"FROM {scan.ROWS} WHERE {' AND '.join(where)}"
    order = ", ".join(
        [*(f"{scan.name(c.stored)} {'DESC NULLS FIRST' if down else 'NULLS LAST'}" for c, down in asked.order), "_id"]
    )
    chosen = ", ".join(map(scan.name, stored))
    with scan.opened(snapshot) as connection:
        if asked.box and _shape(snapshot):
            _add_box_of(connection)
        [(matched,)] = scan.fetched(connection, f"SELECT count(*) {whole}", values)
        found = scan.fetched(
            connection,
            f"SELECT {chosen} {whole} AND _id > ? ORDER BY {order} LIMIT ? OFFSET ?",
            [*values, asked.after, limit + 1, offset],
        )
    rows = [dict(zip(stored, row, strict=True)) for row in found[:limit]]
    return Page(rows, matched, len(found) > limit)


def one(snapshot: Snapshot, row_id: str) -> dict[str, Any] | None:
    """Return the row with an id."""
    ids = next(column for column in snapshot.columns if column.name == ":id")
    found = page(snapshot, Asked(values=((ids, (row_id,)),)), limit=1).rows
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Extent:
    """The box around all rows, and the first and last time in the city's time; None where there is none."""

    box: Box | None
    since: datetime | None
    until: datetime | None


@lru_cache(maxsize=200)
def extent(snapshot: Snapshot) -> Extent:
    """Return what the rows of a version reach over."""
    place, when = place_of(snapshot.columns), time_of(snapshot.columns)
    span = f"min({scan.name(when.stored)}), max({scan.name(when.stored)})" if when else "NULL, NULL"
    box = "NULL, NULL, NULL, NULL"
    with scan.opened(snapshot) as connection:
        if place and place.parts:
            lon, lat = map(scan.name, place.parts)
            box = f"min({lon}), min({lat}), max({lon}), max({lat})"
        elif place:
            _add_box_of(connection)
            around = f"{_BOX_OF}({scan.name(place.stored)})"
            box = f"min({around}[1]), min({around}[2]), max({around}[3]), max({around}[4])"
        [row] = scan.fetched(connection, f"SELECT {box}, {span} FROM {scan.ROWS}")  # noqa: S608
    return Extent(None if row[0] is None else row[:4], row[4], row[5])


def _conditions(snapshot: Snapshot, asked: Asked) -> tuple[list[str], list[Any]]:
    where: list[str] = ["true"]
    values: list[Any] = []
    if asked.box:
        condition, bound = _within(snapshot, asked.box)
        where.append(condition)
        values += bound
    when = time_of(snapshot.columns)
    for sign, end in ((">=", asked.since), ("<=", asked.until)):
        if end is not None:
            where.append(f"{scan.name(when.stored)} {sign} ?::TIMESTAMP" if when else "false")
            values += [end] if when else []
    for column, some in asked.values:
        where.append(f"{scan.name(column.stored)} IN ({', '.join('?' for _ in some)})")
        values += [value.astimezone(UTC) if _is_instant(column) else value for value in some]
    texts = [scan.name(column.stored) for column in snapshot.columns if column.kind is Kind.TEXT]
    for word in asked.words:
        where.append("(" + " OR ".join(f"contains(lower({text}), ?)" for text in texts) + ")")
        values += [word.lower()] * len(texts)
    return where, values


def _within(snapshot: Snapshot, box: Box) -> tuple[str, list[float]]:
    place = place_of(snapshot.columns)
    if place is None:
        return "false", []
    west, south, east, north = box
    if place.parts:
        lon, lat = map(scan.name, place.parts)
        across = f"{lon} BETWEEN ? AND ?" if west <= east else f"({lon} >= ? OR {lon} <= ?)"
        return f"{across} AND {lat} BETWEEN ? AND ?", [west, east, south, north]
    around = f"{_BOX_OF}({scan.name(place.stored)})"
    across = f"({around}[3] >= ? {'AND' if west <= east else 'OR'} {around}[1] <= ?)"
    return f"{across} AND {around}[4] >= ? AND {around}[2] <= ?", [west, east, south, north]


def _shape(snapshot: Snapshot) -> bool:
    place = place_of(snapshot.columns)
    return place is not None and place.kind is Kind.MULTIPOLYGON


def _is_instant(column: Column) -> bool:
    return column.kind is Kind.FIXED_TIMESTAMP


def _add_box_of(connection: "DuckDBPyConnection") -> None:
    import pyarrow as pa
    import shapely

    def box_of(shapes: pa.ChunkedArray) -> pa.Array:
        bounds = shapely.bounds(shapely.from_wkb(shapes.to_numpy()))
        return pa.array([None if row[0] != row[0] else list(row) for row in bounds], pa.list_(pa.float64()))

    scan.teach(connection, _BOX_OF, box_of, "DOUBLE[]")


def named(columns: Sequence[Column], name: str) -> Column | None:
    """Return the column that a name or one of its other names means."""
    return next((column for column in columns if name == column.name or name in column.aliases), None)
