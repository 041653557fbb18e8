"""
Which engine answers a query.

PostgreSQL takes rows of the newest version that an index leads straight to: look-ups by id or number, and pages in the
order of an index with no filter but on that index. Everything else goes to DuckDB, which reads columns and not rows; a
filter that PostgreSQL would have to walk through the whole table for is one of those. How many rows a version has,
nobody need count: that is known since it was published.
"""

from ombud.opendata.soql.tree import Apply, Const, Field, Node, Query, Stage

ROWS_AT_MOST = 20_000
# The columns that an index of the projection begins with, besides the jurisdiction.
ORDERED_BY = frozenset({"_id", "requested_datetime", "updated_datetime", "closed_datetime"})
# Those that name one row.
LED_TO = frozenset({"_id", "service_request_id"})
_COMPARED = frozenset({"=", "<", "<=", ">", ">=", "between", "in"})


def only_counts(query: Query) -> bool:
    """Return whether a query asks for nothing but how many rows there are."""
    if len(query.stages) != 1:
        return False
    (stage,) = query.stages
    of_all = not (stage.where or stage.group or stage.having or stage.search or stage.offset or stage.limit == 0)
    return of_all and all(_is_count_of_rows(output.node) for output in stage.outputs)


def _is_count_of_rows(node: Node) -> bool:
    return isinstance(node, Apply) and node.op == "count_rows" and node.only_where is None


def fits_rows(query: Query) -> bool:
    """Return whether a query is for PostgreSQL."""
    if len(query.stages) != 1:
        return False
    (stage,) = query.stages
    plain = not (stage.is_grouped or stage.distinct or stage.search)
    if not plain or not all(isinstance(output.node, Field) for output in stage.outputs):
        return False
    conditions = _conditions(stage.where)
    if any(_is_lookup(one) for one in conditions):
        return all(_column(one) or _is_lookup(one) for one in conditions)
    if stage.limit is None or stage.limit + stage.offset > ROWS_AT_MOST:
        return False
    led_by = _led_by(stage)
    return led_by in ORDERED_BY and all(_column(one) == led_by for one in conditions)


def _led_by(stage: Stage) -> str:
    """Return the column that the rows are ordered by, if an index gives that order."""
    by = stage.order[0]
    if not isinstance(by.node, Field) or len(stage.order) > 2 or by.nulls_first != by.descending:
        return ""
    return by.node.stored[0]


def _conditions(where: Node | None) -> list[Node]:
    if where is None:
        return []
    if isinstance(where, Apply) and where.op == "and":
        return [inner for arg in where.args for inner in _conditions(arg)]
    return [where]


def _column(condition: Node) -> str:
    """Return the column that a condition compares with values, or nothing where it does something else."""
    if not isinstance(condition, Apply) or condition.op not in _COMPARED:
        return ""
    column, *values = condition.args
    if isinstance(column, Field) and len(column.stored) == 1 and all(isinstance(value, Const) for value in values):
        return column.stored[0]
    return ""


def _is_lookup(condition: Node) -> bool:
    if not isinstance(condition, Apply):
        return False
    if condition.op == "or":
        return all(_is_lookup(one) for one in condition.args)
    return condition.op in ("=", "in") and _column(condition) in LED_TO
