"""PostgreSQL over the projection of the newest version: for rows and look-ups that an index leads to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import DataError, OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from ombud.opendata.engines.budget import Budget, TookTooLong
from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.faults import OUT_OF_RANGE, SoqlError
from ombud.opendata.soql.scope import output_names
from ombud.opendata.soql.sql.compiled import Compiled
from ombud.opendata.soql.tree import Output
from ombud.plumbing.rows import without_waiting

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.CALENDAR_DATE: pa.timestamp("us"),
    Kind.FIXED_TIMESTAMP: pa.timestamp("us"),
    Kind.CHECKBOX: pa.bool_(),
    Kind.POINT: pa.float64(),
    Kind.MULTIPOLYGON: pa.binary(),
}


def batch(query: Compiled, budget: Budget) -> pa.RecordBatch:
    """Run a query and return its rows. Raises SoqlError and TookTooLong."""
    try:
        within = connection.in_atomic_block
        with transaction.atomic(), connection.cursor() as cursor:
            with without_waiting(), connection.cursor() as first:
                first.execute("SELECT set_config('statement_timeout', %s, true)", [str(int(budget.seconds * 1000))])
                cursor.execute(query.sql, query.bound)
            rows = cursor.fetchall()
            if within:  # somebody else's transaction, where it would go on
                cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except DataError:
        raise SoqlError(OUT_OF_RANGE, "A number in the answer is too large.") from None
    except OperationalError as refused:
        if isinstance(refused.__cause__, QueryCanceled):
            raise TookTooLong(budget.seconds) from None
        raise
    return as_batch(query.outputs, rows)


def as_batch(outputs: Sequence[Output], rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    """Return rows as a batch, typed by what the columns are and not by what happens to be in them."""
    columns = list(zip(*rows, strict=True)) if rows else []
    names = [(name, output.kind) for place, output in enumerate(outputs) for name in output_names(place, output.kind)]
    arrays = [_array(columns[place] if rows else (), kind) for place, (_, kind) in enumerate(names)]
    return pa.RecordBatch.from_arrays(arrays, names=[name for name, _ in names])


def _array(values: Sequence[Any], kind: Kind) -> pa.Array:
    if kind is Kind.NUMBER:
        whole = all(value is None or isinstance(value, int) for value in values)
        numbers = values if whole else [value if value is None else float(value) for value in values]
        return pa.array(numbers, type=pa.int64() if whole and values else pa.float64())
    if kind is Kind.MULTIPOLYGON:
        values = [None if value is None else bytes(value) for value in values]
    if kind in (Kind.CALENDAR_DATE, Kind.FIXED_TIMESTAMP):
        values = [value.replace(tzinfo=None) if isinstance(value, datetime) else None for value in values]
    return pa.array(values, type=_TYPES[kind])
