"""
GeoParquet 1.1 of the rows of a version: a file that QGIS, DuckDB and data frames open with its places.

Month by month, and within a month along a curve through the plane, so that filters by time and by box skip most of it.
Without a place it is Parquet like any other.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ombud.opendata.lake.files import ROWS_A_GROUP, schema_of
from ombud.opendata.rules.columns import MONTH, Column, Kind
from ombud.opendata.rules.values import place_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_BOX = "bbox"
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_BITS = 16


def write(target: Path, paths: Sequence[str], columns: Sequence[Column]) -> None:
    """Write the rows of files of the lake as one file."""
    import pyarrow.parquet as pq

    place = place_of(columns)
    bounds: list[tuple[float, float, float, float]] = []
    with pq.ParquetWriter(
        target, _schema(columns, place), compression="zstd", write_page_index=True, store_schema=False
    ) as writer:
        for path in paths:
            rows = aligned(pq.read_table(path, partitioning=None), columns)
            if place:
                rows, around = _placed(rows, place)
                bounds += [around] if around else []
            writer.write_table(rows, row_group_size=ROWS_A_GROUP)
        if place:
            writer.add_key_value_metadata({"geo": json.dumps(_footer(place, bounds))})


def aligned(rows: "pa.Table", columns: Sequence[Column]) -> "pa.Table":
    """Return rows with exactly these columns; one that has come since they were written is null."""
    import pyarrow as pa

    schema = schema_of(columns)
    schema = schema.remove(schema.get_field_index(MONTH))
    arrays = [
        rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)


def _schema(columns: Sequence[Column], place: Column | None) -> "pa.Schema":
    import pyarrow as pa

    schema = schema_of(columns)
    schema = schema.remove(schema.get_field_index(MONTH))
    if place is None:
        return schema
    if place.kind is Kind.POINT:
        schema = schema.append(pa.field(place.name, pa.binary()))
    return schema.append(pa.field(_BOX, pa.struct([(corner, pa.float64()) for corner in _CORNERS])))


def _placed(rows: "pa.Table", place: Column) -> "tuple[pa.Table, tuple[float, float, float, float] | None]":
    """Return rows with their shape as WKB and the box around it, along the curve, and the box around all."""
    import numpy as np
    import pyarrow as pa
    import shapely

    shapes = _shapes(rows, place)
    boxes = shapely.bounds(shapes)
    missing = np.isnan(boxes[:, 0])
    order = np.lexsort((np.arange(len(boxes)), np.where(missing, 2 ** (2 * _BITS), _along_the_curve(boxes))))
    if place.kind is Kind.POINT:
        rows = rows.append_column(place.name, pa.array(shapely.to_wkb(shapes), pa.binary()))
    struct = pa.StructArray.from_arrays(
        [pa.array(boxes[:, i]) for i in range(4)], names=list(_CORNERS), mask=pa.array(missing)
    )
    rows = rows.append_column(_BOX, struct).take(pa.array(order))
    if missing.all():
        return rows, None
    west, south = boxes[~missing, 0].min(), boxes[~missing, 1].min()
    east, north = boxes[~missing, 2].max(), boxes[~missing, 3].max()
    return rows, (float(west), float(south), float(east), float(north))


def _shapes(rows: "pa.Table", place: Column) -> "np.ndarray[Any, Any]":
    import numpy as np
    import shapely

    if place.parts:
        lon, lat = (rows[part].to_numpy() for part in place.parts)
        shapes = shapely.points(lon, lat)
        shapes[np.isnan(lon) | np.isnan(lat)] = None
        return shapes  # type: ignore[no-any-return]
    return shapely.from_wkb(rows[place.stored].to_numpy())  # type: ignore[no-any-return]


def _along_the_curve(boxes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return where each box stands on a Z-order curve over the whole world."""
    import numpy as np

    middle = np.nan_to_num((boxes[:, :2] + boxes[:, 2:]) / 2)
    share = np.clip(np.divide(np.add(middle, (180, 90)), (360, 180)), 0, 1) * (2**_BITS - 1)
    x, y = share.astype(np.int64).T
    position = np.zeros(len(boxes), np.int64)
    for bit in range(_BITS):
        position |= ((x >> bit) & 1) << (2 * bit) | ((y >> bit) & 1) << (2 * bit + 1)
    return position


def _footer(place: Column, bounds: Sequence[tuple[float, float, float, float]]) -> dict[str, Any]:
    point = place.kind is Kind.POINT
    shape: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["Point"] if point else ["Polygon", "MultiPolygon"],
        "covering": {_BOX: {corner: [_BOX, corner] for corner in _CORNERS}},
    }
    if bounds:
        west, south, east, north = zip(*bounds, strict=True)
        shape["bbox"] = [min(west), min(south), max(east), max(north)]
    primary = place.name if point else place.stored
    return {"version": "1.1.0", "primary_column": primary, "columns": {primary: shape}}
