"""The three formats, each as pieces of bytes: a beginning, one piece for each batch, an end."""

from collections.abc import Generator, Iterable, Sequence
from io import BytesIO
from json.encoder import encode_basestring
from typing import assert_never

import pyarrow as pa
import pyarrow.csv as arrow_csv

from ombud.opendata.formats import cells
from ombud.opendata.formats.format import Format
from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.tree import Output

Batches = Iterable[pa.RecordBatch]
GEOMETRIES = (Kind.POINT, Kind.MULTIPOLYGON)
CRS84 = '{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}'


def written(
    batches: Batches, outputs: Sequence[Output], form: Format, *, bom: bool = False
) -> Generator[bytes, None, None]:
    """Write an answer. Raises SoqlError where a number is too large to be written."""
    match form:
        case Format.JSON:
            return _json(batches, outputs)
        case Format.CSV:
            return _csv(batches, outputs, bom=bom)
        case Format.GEOJSON:
            return _geojson(batches, outputs)
    assert_never(form)


def json_objects(batch: pa.RecordBatch, outputs: Sequence[Output]) -> list[str]:
    """Return the rows of a batch as JSON objects; what is null is left out."""
    columns = [_fragments(output, lies_in) for output, lies_in in cells.arrays(batch, outputs)]
    if not columns:
        return ["{}"] * batch.num_rows
    return [f"{{{','.join(filter(None, row))}}}" for row in zip(*columns, strict=True)]


def _fragments(output: Output, lies_in: Sequence[pa.Array]) -> list[str | None]:
    key = encode_basestring(output.name) + ":"
    return [None if value is None else key + value for value in _values(output, lies_in)]


def _values(output: Output, lies_in: Sequence[pa.Array]) -> list[str | None]:
    """Return the cells of a column as JSON."""
    match output.kind:
        case Kind.CHECKBOX:
            return cells.texts(output, lies_in)
        case Kind.POINT:
            return [
                pair and f'{{"type":"Point","coordinates":[{pair[0]},{pair[1]}]}}' for pair in cells.points(lies_in)
            ]
        case Kind.MULTIPOLYGON:
            return cells.shapes(lies_in[0], as_json=True)
        case Kind.TEXT:
            return [None if text is None else encode_basestring(text) for text in lies_in[0].to_pylist()]
        case _:
            return [None if text is None else f'"{text}"' for text in cells.texts(output, lies_in)]


def _json(batches: Batches, outputs: Sequence[Output]) -> Generator[bytes, None, None]:
    # One object a line, so that a program can read it without holding the whole.
    before = "["
    for batch in batches:
        if batch.num_rows:
            yield (before + "\n,".join(json_objects(batch, outputs))).encode()
            before = "\n,"
    yield b"[]\n" if before == "[" else b"]\n"


def _csv(batches: Batches, outputs: Sequence[Output], *, bom: bool) -> Generator[bytes, None, None]:
    header = ",".join(f'"{output.name}"' for output in outputs) + "\n"
    yield (b"\xef\xbb\xbf" if bom else b"") + header.encode()
    as_needed = arrow_csv.WriteOptions(include_header=False, quoting_style="all_valid")
    for batch in batches:
        columns = [cells.strings(output, lies_in) for output, lies_in in cells.arrays(batch, outputs)]
        if not batch.num_rows or not columns:
            continue
        made = pa.RecordBatch.from_arrays(columns, names=[str(place) for place in range(len(columns))])
        sink = BytesIO()
        arrow_csv.write_csv(made, sink, as_needed)
        yield sink.getvalue()


def _geojson(batches: Batches, outputs: Sequence[Output]) -> Generator[bytes, None, None]:
    place = next((n for n, output in enumerate(outputs) if output.kind in GEOMETRIES), None)
    before = '{"type":"FeatureCollection","features":['
    for batch in batches:
        if not batch.num_rows:
            continue
        every = cells.arrays(batch, outputs)
        columns = [
            [encode_basestring(output.name) + ":" + (value or "null") for value in _values(output, lies_in)]
            for n, (output, lies_in) in enumerate(every)
            if n != place
        ]
        properties = [",".join(row) for row in zip(*columns, strict=True)] if columns else [""] * batch.num_rows
        geometries = [None] * batch.num_rows if place is None else _values(*every[place])
        features = (
            f'{{"type":"Feature","geometry":{geometry or "null"},"properties":{{{told}}}}}'
            for geometry, told in zip(geometries, properties, strict=True)
        )
        yield (before + "\n,".join(features)).encode()
        before = "\n,"
    start = before if before.startswith("{") else ""
    yield f'{start}],"crs":{CRS84}}}\n'.encode()
