"""What the portal asks of the record: a text of SoQL, the same way as everybody's, kept for as long as it is true."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from ombud.kernel import clock
from ombud.opendata import asking
from ombud.opendata.engines.budget import ANONYMOUS
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.asked import asked

if TYPE_CHECKING:
    import pyarrow as pa

    from ombud.opendata.soql.tree import Query

# A version never changes, nor does an answer that is made of it.
ANSWERS_KEPT = 600
ROWS_KEPT = 2_000
_kept: "OrderedDict[tuple[str, str, str, str], Answer]" = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of an answer by the names of its columns. What is null is None; times have no zone."""

    names: tuple[str, ...]
    rows: list[dict[str, Any]]


def ask(snapshot: Snapshot, soql: str) -> Answer:
    """Return what a version says to a query. Raises SoqlError, and what the engine raises where it is too much."""
    key = (snapshot.jurisdiction_id, snapshot.dataset, snapshot.sha256, soql)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    answer = _asked(snapshot, soql)
    if len(answer.rows) <= ROWS_KEPT:
        with _lock:
            _kept[key] = answer
            while len(_kept) > ANSWERS_KEPT:
                _kept.popitem(last=False)
    return answer


def _asked(snapshot: Snapshot, soql: str) -> Answer:
    from ombud.opendata.formats import cells

    query = asked([("$query", soql)], snapshot.columns).resolved(snapshot.columns)
    rows: list[dict[str, Any]] = []
    for batch in asking.batches(query, snapshot, ANONYMOUS, now=clock.now()):
        rows += _rows(batch, query, cells)
    return Answer(tuple(output.name for output in query.outputs), rows)


def _rows(batch: "pa.RecordBatch", query: "Query", cells: Any) -> list[dict[str, Any]]:
    """Return a batch as rows: numbers as such, everything else as the formats of the API write it."""
    columns = []
    for output, lies_in in cells.arrays(batch, query.outputs):
        plain = output.kind in (Kind.NUMBER, Kind.CHECKBOX)
        columns.append((output.name, lies_in[0].to_pylist() if plain else cells.texts(output, lies_in)))
    names = [name for name, _values in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*(values for _name, values in columns), strict=True)]
