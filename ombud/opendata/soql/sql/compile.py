"""A query as one statement: a SELECT for each stage, the later ones over the earlier."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlglot import exp

from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.soql.faults import too_complex
from ombud.opendata.soql.scope import ROW, output_names
from ombud.opendata.soql.sql.build import Sql, both, call, cast, paren, quoted
from ombud.opendata.soql.sql.compiled import Compiled
from ombud.opendata.soql.sql.dialect import Dialect
from ombud.opendata.soql.sql.duckdb import DuckDb
from ombud.opendata.soql.sql.postgres import Postgres
from ombud.opendata.soql.sql.spark import Spark
from ombud.opendata.soql.tree import Const, Field, Node, Query, Stage

Engine = Literal["duckdb", "postgres", "spark"]
_DIALECTS: dict[Engine, type[Dialect]] = {"duckdb": DuckDb, "postgres": Postgres, "spark": Spark}


def compiled(query: Query, engine: Engine, *, relation: str, now: datetime, jurisdiction_id: str = "") -> Compiled:
    """
    Return a query as a statement of an engine, over a relation that holds one row for each row of the data set.

    With a jurisdiction the relation holds the rows of many, and only those of the one are looked at. `now` is the
    present as the query sees it. Raises SoqlError where it is too large, and Unsupported.
    """
    writer = _DIALECTS[engine](now)
    source: Sql = exp.Table(this=exp.to_identifier(relation, quoted=True))
    try:
        if jurisdiction_id:
            source = _of_one_city(writer, source, query.columns, jurisdiction_id)
        for place, stage in enumerate(query.stages):
            source.set("alias", exp.TableAlias(this=exp.to_identifier("t", quoted=True)))
            select = _Writing(writer, stage, is_last=place == len(query.stages) - 1).select(source)
            source = select.subquery(copy=False)
        sql = source.this.sql(dialect=writer.dialect, copy=False)
    except RecursionError:
        raise too_complex("The query is nested too deep.") from None
    return Compiled(sql, writer.bound, query.outputs, writer.shapes, query.stages[-1].limit)


def _of_one_city(writer: Dialect, source: Sql, columns: Sequence[Column], jurisdiction_id: str) -> Sql:
    """Return the rows of one jurisdiction, with what only it has taken out of the JSON that holds it."""
    more = [
        exp.alias_(
            cast(
                call("jsonb_extract_path_text", exp.column("more", quoted=True), quoted(column.stored)),
                writer.type_of(column.kind),
                writer.dialect,
            ),
            column.stored,
            quoted=True,
            copy=False,
        )
        for column in columns
        if column.in_more
    ]
    own = exp.EQ(this=exp.column("jurisdiction_id", quoted=True), expression=writer.text(jurisdiction_id))
    tree = exp.Select().select(exp.Star(), *more, copy=False).from_(source, copy=False)
    return tree.where(own, copy=False).subquery(copy=False)


class _Writing:
    """Writes one stage."""

    def __init__(self, writer: Dialect, stage: Stage, *, is_last: bool) -> None:
        self.writer = writer
        self.stage = stage
        self.is_last = is_last
        self.names = [output_names(place, output.kind) for place, output in enumerate(stage.outputs)]

    def select(self, source: Sql) -> exp.Select:
        """Return the stage over what it is about."""
        stage, writer = self.stage, self.writer
        tree = exp.Select().select(*self._projections(), copy=False).from_(source, copy=False)
        if conditions := self._conditions():
            tree = tree.where(both(*conditions), copy=False)
        if stage.group:
            tree = tree.group_by(*(part for node in stage.group for part in self._parts(node)), copy=False)
        if stage.having is not None:
            tree = tree.having(writer.write(stage.having), copy=False)
        order: list[tuple[Node, bool, bool]] = [
            (by.node, by.descending, by.nulls_first) for by in stage.order if not isinstance(by.node, Const)
        ]
        if stage.distinct or (stage.is_grouped and writer.orders_around and order):
            order = self._ordered_around(tree, order)
            # The order goes around what is refused beside it.
            names = (exp.column(name, table="t", quoted=True) for names in self.names for name in names)
            tree = exp.Select().select(*names, copy=False).from_(tree.subquery("t"), copy=False)
        return self._paged(tree, order)

    def _ordered_around(
        self, tree: exp.Select, order: Sequence[tuple[Node, bool, bool]]
    ) -> list[tuple[Node, bool, bool]]:
        """Return an order by columns of the tree; what it has not is added to it."""
        if self.stage.distinct:
            tree.distinct(copy=False)
        known: dict[Node, Field] = {
            output.node: Field(output.kind, names, output.name)
            for output, names in zip(self.stage.outputs, self.names, strict=True)
        }
        for place, (node, _, _) in enumerate(order):
            if node not in known and node.kind is not None:
                names = tuple(f"o{name[1:]}" for name in output_names(place, node.kind))
                for part, name in zip(self._parts(node), names, strict=True):
                    tree.select(exp.alias_(part, name, quoted=True, copy=False), copy=False)
                known[node] = Field(node.kind, names, "")
        return [(known[node], descending, first) for node, descending, first in order]

    def _paged(self, tree: exp.Select, order: Sequence[tuple[Node, bool, bool]]) -> exp.Select:
        limit, offset = self.stage.limit, self.stage.offset
        # Between stages an order counts only where it decides which rows go on.
        if order and (self.is_last or limit is not None or offset):
            tree = tree.order_by(*(part for one in order for part in self._ordered(*one)), copy=False)
        if limit is not None:
            tree = tree.limit(exp.Literal.number(limit), copy=False)
        return tree.offset(exp.Literal.number(offset), copy=False) if offset else tree

    def _ordered(self, node: Node, descending: bool, nulls_first: bool) -> list[Sql]:
        parts = self.writer.point(node) if node.kind is Kind.POINT else (self.writer.ordered(node),)
        return [exp.Ordered(this=part, desc=descending, nulls_first=nulls_first) for part in parts]

    def _projections(self) -> list[Sql]:
        made: list[Sql] = []
        for output, names in zip(self.stage.outputs, self.names, strict=True):
            parts = self._parts(output.node, as_answer=self.is_last)
            made += [exp.alias_(part, name, quoted=True, copy=False) for part, name in zip(parts, names, strict=True)]
        if self.stage.keeps_row and not self.is_last:
            made.append(exp.alias_(self.writer.write(ROW), ROW.stored[0], quoted=True, copy=False))
        return made

    def _parts(self, node: Node, *, as_answer: bool = False) -> list[Sql]:
        if node.kind is Kind.POINT:
            return list(self.writer.point(node))
        if as_answer and node.kind is Kind.FIXED_TIMESTAMP:
            return [self.writer.naive(node)]
        return [self.writer.write(node)]

    def _conditions(self) -> list[Sql]:
        stage, writer = self.stage, self.writer
        conditions = [paren(writer.write(stage.where))] if stage.where is not None else []
        if stage.search and not stage.searched:
            return [*conditions, exp.Boolean(this=False)]
        for stem in stage.search:
            conditions.append(writer.searched([writer.write(field) for field in stage.searched], stem))
        return conditions
