"""Asking the record what a claim rests on: like everybody's queries, with the version's own time for the present."""

from typing import TYPE_CHECKING

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput
from ombud.opendata import asking
from ombud.opendata.datasets import registry
from ombud.opendata.engines.budget import ANONYMOUS
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.claims import ROWS_AT_MOST, TOO_MANY, Answer, Cell
from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.asked import asked
from ombud.opendata.soql.tree import Output, Query

if TYPE_CHECKING:
    import pyarrow as pa

NEEDS_QUERY = N_("Write the query that the claim rests on.")


def snapshot(city: City, dataset: str, *, version: int | None = None) -> Snapshot:
    """Return a version of a data set, by its code; the newest without a number. Raises NotFound."""
    return registry.snapshot(city, registry.of_code(city, dataset), asof=version)


def answered(at: Snapshot, soql: str) -> Answer:
    """
    Return what a version says. Raises BadInput where it is too much to rest a claim on, SoqlError, Busy, TookTooLong.

    What "now" means in a query is when the version was published: so the same version always says the same.
    """
    if not soql.strip():
        raise BadInput(NEEDS_QUERY, field="soql")
    query = asked([("$query", soql)], at.columns).resolved(at.columns)
    rows: list[tuple[Cell, ...]] = []
    for batch in asking.batches(query, at, ANONYMOUS, now=at.at):
        rows += _rows(batch, query)
        if len(rows) > ROWS_AT_MOST:
            raise BadInput(TOO_MANY, field="soql", most=ROWS_AT_MOST)
    return Answer(tuple(output.name for output in query.outputs), _keys(query), tuple(rows))


def _keys(query: Query) -> tuple[str, ...]:
    """Return the columns that say what a row is about: those it is grouped by, else all that are no number."""
    last = query.stages[-1]
    if last.is_grouped:
        return tuple(output.name for output in query.outputs if not output.node.is_aggregate)
    return tuple(output.name for output in query.outputs if output.kind is not Kind.NUMBER)


def _rows(batch: "pa.RecordBatch", query: Query) -> list[tuple[Cell, ...]]:
    from ombud.opendata.formats import cells

    columns = [_cells(output, cells.texts(output, lies_in)) for output, lies_in in cells.arrays(batch, query.outputs)]
    return list(zip(*columns, strict=True))


def _cells(output: Output, texts: list[str | None]) -> list[Cell]:
    """Return a column as the API writes it: numbers with so many digits as are exact."""
    if output.kind is Kind.NUMBER:
        return [None if text is None else float(text) if "." in text else int(text) for text in texts]
    if output.kind is Kind.CHECKBOX:
        return [None if text is None else text == "true" for text in texts]
    return list(texts)
