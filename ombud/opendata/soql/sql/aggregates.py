"""Aggregates: what many rows come to."""

from dataclasses import replace

from sqlglot import exp

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.sql.build import MICRO, Sql, both, call, cast, chosen, divided, paren, present
from ombud.opendata.soql.sql.numbers import Numbers
from ombud.opendata.soql.tree import Apply, Const, Node

# A DOUBLE adds up a million million of these without rounding.
SMALL = 1_000


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
            there = both(*map(present, self.point(arg)))
            inner: Sql = paren(exp.Case(ifs=[exp.If(this=there, true=exp.Literal.number(1))]))
        else:
            inner = self.write(arg)
        return self._of_some(node, exp.Count(this=self._over(node, inner)))

    def _added_up(self, node: Apply) -> Sql:
        (arg,) = node.args
        if _is_small_whole(arg) and not node.distinct:
            return self._added_up_as_it_is(node, arg)
        millionths = self._over(node, self.micros(arg))
        total = cast(self._of_some(node, call("sum", millionths)), self.double, self.dialect)
        if node.op == "sum":
            return divided(total, self.bind(MICRO, self.double))
        count = cast(self._of_some(node, call("count", millionths.copy())), self.double, self.dialect)
        return divided(total, paren(exp.Mul(this=count, expression=self.bind(MICRO, self.double))))

    def _added_up_as_it_is(self, node: Apply, arg: Node) -> Sql:
        """Return a sum or an average of what every engine adds up without rounding."""
        return self._of_some(node, call(node.op, self.as_double(arg)))

    def _outermost(self, node: Apply) -> Sql:
        return self._of_some(node, call(node.op, self._over(node, self.ordered(node.args[0]))))

    def _spread(self, node: Apply) -> Sql:
        (arg,) = node.args
        found = self._of_some(node, call(node.op, self.as_double(arg)))
        level = exp.LTE(this=found, expression=self._noise(node, arg))
        return chosen([(paren(level), self.bind(0.0, self.double))], found.copy())

    def _noise(self, node: Apply, arg: Node) -> Sql:
        """Return what the spread of equal numbers may come to: each engine rounds in its own way."""
        largest = self._of_some(node, call("max", call("abs", self.as_double(arg))))
        return paren(exp.Mul(this=largest, expression=self.bind(1e-12, self.double)))

    def _regression(self, node: Apply) -> Sql:
        y, x = node.args
        # Only pairs count, and a line through one x has no slope.
        pairs = [Apply("is not null", (arg,), Kind.CHECKBOX) for arg in (y, x)]
        counted = replace(
            node, only_where=Apply("and", (*pairs, *([node.only_where] if node.only_where else [])), Kind.CHECKBOX)
        )
        level = exp.GT(
            this=self._of_some(counted, call("stddev_pop", self.as_double(x))), expression=self._noise(counted, x)
        )
        found = self._of_some(node, call(node.op, self.as_double(y), self.as_double(x)))
        return chosen([(paren(level), found)])

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


def _is_small_whole(node: Node) -> bool:
    """Return whether a number is whole and small whatever the data are, as where a CASE makes 1 and 0 of conditions."""
    if isinstance(node, Apply) and node.op == "case":
        return all(_is_small_whole(value) for value in (*node.args[1:-1:2], node.args[-1]))
    if not isinstance(node, Const):
        return False
    return node.value is None or (isinstance(node.value, int) and abs(node.value) <= SMALL)
