"""
Rows as lines of text, written by DuckDB: a million in seconds.

Each row becomes one text; what Arrow holds of a column of texts is those texts one behind the other, which is the file.
`rules.values` writes the same, value by value.
"""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ombud.opendata.export.scan import ROWS, name, teach
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.values import place_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS_A_TURN = 20_000
# What a spreadsheet would take for a formula.
_FORMULA = r"'^[=+\-@\t\r]'"


def csv(connection: "DuckDBPyConnection", columns: Sequence[Column], *, safe: bool = False) -> Iterator[bytes]:
    """
    Write rows as CSV: a header of names, `\\n` behind each line, nothing for null. Shapes are WKT.

    With `safe` a text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    yield (",".join(_quoted(column.name) for column in columns) + "\n").encode()
    cells = ", ',', ".join(_cell(column, safe=safe) for column in columns)
    yield from written(connection, columns, f"concat({cells}, chr(10))")


def geojson(connection: "DuckDBPyConnection", columns: Sequence[Column]) -> Iterator[bytes]:
    """Write rows as a GeoJSON FeatureCollection of RFC 7946, one feature a line."""
    place = place_of(columns)
    rest = [column for column in columns if column.kind not in (Kind.POINT, Kind.MULTIPOLYGON)]
    properties = ", ',', ".join(
        f"'{_in_text(_json_text(column.name))}:', coalesce({_json(column)}, 'null')" for column in rest
    )
    shape = f"coalesce({_geometry(place)}, 'null')" if place else "'null'"
    line = (
        f'concat(\',\', chr(10), \'{{"type":"Feature","id":\', to_json("_id"), \',"geometry":\', {shape},'
        f" ',\"properties\":{{', {properties}, '}}}}')"
    )
    yield b'{"type":"FeatureCollection","features":['
    first = True
    for part in written(connection, columns, line):
        yield part[1:] if first else part
        first = False
    yield b"\n]}\n"


def written(connection: "DuckDBPyConnection", columns: Sequence[Column], line: str) -> Iterator[bytes]:
    """Write what an expression gives for each row, one behind the other."""
    if any(column.kind is Kind.MULTIPOLYGON for column in columns):
        _add_shapes(connection)
    found = connection.sql(f"SELECT {line} AS line FROM {ROWS}")  # noqa: S608
    for batch in found.to_arrow_reader(ROWS_A_TURN):
        if batch.num_rows:
            lines = batch.column(0)
            offsets, content = lines.buffers()[1:]
            first, last = (int.from_bytes(offsets[i * 4 : i * 4 + 4], "little") for i in _ends(lines))
            yield content[first:last].to_pybytes()


def _ends(lines: Any) -> tuple[int, int]:
    return lines.offset, lines.offset + len(lines)


def _add_shapes(connection: "DuckDBPyConnection") -> None:
    """Teach the connection to write shapes, which DuckDB alone cannot."""
    import pyarrow as pa
    import shapely

    def wkt(shapes: pa.ChunkedArray) -> pa.Array:
        return pa.array(shapely.to_wkt(shapely.from_wkb(shapes.to_numpy()), rounding_precision=-1), pa.string())

    def as_geojson(shapes: pa.ChunkedArray) -> pa.Array:
        return pa.array(shapely.to_geojson(shapely.from_wkb(shapes.to_numpy())), pa.string())

    teach(connection, "wkt", wkt, "VARCHAR")
    teach(connection, "as_geojson", as_geojson, "VARCHAR")


def _cell(column: Column, *, safe: bool) -> str:
    text = _plain(column)
    if column.kind is not Kind.TEXT:
        return f"'\"' || {text} || '\"'" if column.kind is Kind.MULTIPOLYGON else text
    return quoted(harmless(text) if safe else text)


def harmless(text: str) -> str:
    """Return what gives a text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"CASE WHEN regexp_matches({text}, {_FORMULA}) THEN '''' || {text} ELSE {text} END"


def quoted(text: str) -> str:
    """Return what gives a text as a cell of CSV."""
    return (
        f"CASE WHEN regexp_matches({text}, '[\",\\n\\r]')"
        f" THEN '\"' || replace({text}, '\"', '\"\"') || '\"' ELSE {text} END"
    )


def _plain(column: Column) -> str:
    """Return what gives the text of a column, or null."""
    stored = name(column.stored)
    match column.kind:
        case Kind.TEXT:
            return stored
        case Kind.NUMBER:
            return number(stored)
        case Kind.CALENDAR_DATE:
            return f"strftime({stored}, '%Y-%m-%dT%H:%M:%S.%g')"
        case Kind.FIXED_TIMESTAMP:
            return f"strftime({stored}, '%Y-%m-%dT%H:%M:%S.%gZ')"
        case Kind.CHECKBOX:
            return f"{stored}::VARCHAR"
        case Kind.POINT:
            lon, lat = _parts(column)
            return f"'POINT (' || {lon} || ' ' || {lat} || ')'"
        case Kind.MULTIPOLYGON:
            return f"wkt({stored})"


def _parts(column: Column) -> tuple[str, str]:
    lon, lat = column.parts or ("", "")
    return number(name(lon)), number(name(lat))


def number(stored: str) -> str:
    """Return what gives a number as a plain decimal."""
    return (
        f"CASE WHEN NOT isfinite({stored}) THEN NULL"
        f" WHEN {stored} = trunc({stored}) AND abs({stored}) < 1e15 THEN {stored}::BIGINT::VARCHAR"
        f" WHEN {stored} = trunc({stored}) THEN printf('%.0f', {stored})"
        f" WHEN abs({stored}) < 1e-4 THEN rtrim(rtrim(printf('%.20f', {stored}), '0'), '.')"
        f" ELSE {stored}::VARCHAR END"
    )


def _json(column: Column) -> str:
    text = _plain(column)
    if column.kind is Kind.TEXT:
        return f"to_json({text})::VARCHAR"
    return f"'\"' || {text} || '\"'" if column.kind in (Kind.CALENDAR_DATE, Kind.FIXED_TIMESTAMP) else text


def _geometry(place: Column) -> str:
    if place.kind is Kind.MULTIPOLYGON:
        return f"as_geojson({name(place.stored)})"
    lon, lat = _parts(place)
    return f"'{{\"type\":\"Point\",\"coordinates\":[' || {lon} || ',' || {lat} || ']}}'"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n\r') else text


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _in_text(text: str) -> str:
    return text.replace("'", "''")
