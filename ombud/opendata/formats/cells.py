"""One column of an answer as texts. An infinite number is refused: no format can say it. What is no number is null."""

import math
from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.faults import OUT_OF_RANGE, SoqlError
from ombud.opendata.soql.scope import output_names
from ombud.opendata.soql.tree import AS_STORED, ROUGH, Output

Texts = list[str | None]


def arrays(batch: pa.RecordBatch, outputs: Sequence[Output]) -> list[tuple[Output, list[pa.Array]]]:
    """Return the columns of an answer, each with the one or two arrays that it lies in."""
    return [
        (output, [batch.column(name) for name in output_names(place, output.kind)])
        for place, output in enumerate(outputs)
    ]


def texts(output: Output, lies_in: Sequence[pa.Array]) -> Texts:
    """Return a column as texts, as CSV has them."""
    found: Texts = strings(output, lies_in).to_pylist()
    return found


def strings(output: Output, lies_in: Sequence[pa.Array]) -> pa.Array:
    """Return a column as an Arrow column of texts, as CSV has them."""
    match output.kind:
        case Kind.TEXT:
            return lies_in[0]
        case Kind.NUMBER:
            return numbers(lies_in[0], output.digits)
        case Kind.CALENDAR_DATE:
            return times(lies_in[0])
        case Kind.FIXED_TIMESTAMP:
            return pc.binary_join_element_wise(times(lies_in[0]), "Z", "")
        case Kind.CHECKBOX:
            return pc.cast(lies_in[0], pa.string())
        case Kind.POINT:
            lon, lat = (numbers(part) for part in lies_in)
            return pc.binary_join_element_wise("POINT (", lon, " ", lat, ")", "")
        case Kind.MULTIPOLYGON:
            return pa.array(shapes(lies_in[0], as_json=False), type=pa.string())


def numbers(values: pa.Array, digits: int = AS_STORED) -> pa.Array:
    """Return numbers in plain decimals, without exponent, with so many digits at most that count."""
    if pa.types.is_integer(values.type):
        return pc.cast(values, pa.string())
    floats = pc.cast(values, pa.float64())
    if digits >= AS_STORED:
        # Arrow writes the shortest text too; all but exponents, the negative zero and what is no number are right.
        written = pc.cast(floats, pa.string())
        if not pc.any(pc.match_substring_regex(written, "[en]|^-0$")).as_py():
            return written
    return pa.array([_number(value, digits) for value in floats.to_pylist()], type=pa.string())


def _number(value: float | None, digits: int) -> str | None:
    if value is None or value != value:
        return None
    if math.isinf(value):
        raise SoqlError(OUT_OF_RANGE, "A number in the answer is too large.")
    if digits <= ROUGH:
        # A half at the last digit is common (the spread of two values is half of what is between them), and one
        # engine has it a hair above, another below.
        value *= 1 + 2**-48
    text = repr(value) if digits >= AS_STORED else format(value, f".{digits}g")
    if "e" in text:
        text = format(Decimal(text), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def times(values: pa.Array) -> pa.Array:
    """Return times without a zone, with milliseconds."""
    cut = pc.cast(pc.cast(values, pa.timestamp("ms"), safe=False), pa.string())
    return pc.replace_substring(cut, " ", "T", max_replacements=1)


def points(lies_in: Sequence[pa.Array]) -> list[tuple[str, str] | None]:
    """Return places as texts of longitude and latitude."""
    lon, lat = (numbers(part).to_pylist() for part in lies_in)
    return [(x, y) if x is not None and y is not None else None for x, y in zip(lon, lat, strict=True)]


def shapes(values: pa.Array, *, as_json: bool) -> Texts:
    """Return shapes as GeoJSON or as well-known text."""
    import shapely

    read = shapely.from_wkb(values.to_pylist(), on_invalid="ignore")
    written = shapely.to_geojson(read) if as_json else shapely.to_wkt(read, rounding_precision=-1)
    return list(written)
