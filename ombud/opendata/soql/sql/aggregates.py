"""Aggregates: what many rows come to."""

from sqlglot import exp

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.sql.build import MICRO, Sql, both, call, cast, divided, paren
from ombud.opendata.soql.sql.numbers import Numbers
from ombud.opendata.soql.tree import Apply


class Aggregates(Numbers):
    """Writes aggregates."""

    def _of_some(self, node: Apply, aggregate: Sql) -> Sql:
        """Return an aggregate over those rows only that its FILTER lets through."""
        if node.only_where is None:
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=self.write(node.only_where)))

    def _over(self, node: Apply, inner: Sql) -> Sql:
        return exp.Distinct(expressions=[inner]) if node.distinct else inner

    def _counted(self, node: Apply) -> Sql:
        if node.op == "count_rows":
            return self._of_some(node, exp.Count(this=exp.Star()))
        (arg,) = node.args
        if arg.kind is Kind.POINT:
            lon, lat = self.point(arg)
            present = [paren(exp.Not(this=paren(exp.Is(this=part, expression=exp.Null())))) for part in (lon, lat)]
            inner: Sql = paren(exp.Case(ifs=[exp.If(this=both(*present), true=exp.Literal.number(1))]))
        else:
            inner = self.write(arg)
        return self._of_some(node, exp.Count(this=self._over(node, inner)))

    def _added_up(self, node: Apply) -> Sql:
        millionths = self._over(node, self.micros(node.args[0]))
        total = cast(self._of_some(node, call("sum", millionths)), self.double, self.dialect)
        if node.op == "sum":
            return divided(total, self.bind(MICRO, self.double))
        count = cast(self._of_some(node, call("count", millionths.copy())), self.double, self.dialect)
        return divided(total, paren(exp.Mul(this=count, expression=self.bind(MICRO, self.double))))

    def _outermost(self, node: Apply) -> Sql:
        return self._of_some(node, call(node.op, self._over(node, self.ordered(node.args[0]))))

    def _statistic(self, node: Apply) -> Sql:
        return self._of_some(node, call(node.op, *(self.as_double(arg) for arg in node.args)))

    def _median(self, node: Apply) -> Sql:
        return self._of_some(node, self.quantile(self.as_double(node.args[0]), 0.5))

    def _percentile(self, node: Apply) -> Sql:
        share = float(str(getattr(node.args[1], "value", 0.5)))
        return self._of_some(node, self.quantile(self.as_double(node.args[0]), share))

    def _median_lower(self, node: Apply) -> Sql:
        return self._of_some(node, self.lower_middle(self.ordered(node.args[0])))

    def quantile(self, inner: Sql, share: float) -> Sql:
        """Return a quantile, between the two values it falls between."""
        raise NotImplementedError

    def lower_middle(self, inner: Sql) -> Sql:
        """Return the middle value, of two the lower one."""
        raise NotImplementedError
