"""Arithmetic, all of it in DOUBLE. What has no answer (a division by zero, the logarithm of zero) is null."""

from sqlglot import exp

from ombud.opendata.soql.sql.build import MICRO, Sql, call, cast, chosen, divided, paren
from ombud.opendata.soql.sql.writer import Writer
from ombud.opendata.soql.tree import Apply, Const, Node


class Numbers(Writer):
    """Writes arithmetic."""

    def _divide(self, node: Apply) -> Sql:
        top, bottom = (self.as_double(arg) for arg in node.args)
        return divided(top, call("nullif", bottom, self.bind(0.0, self.double)))

    def _rest(self, node: Apply) -> Sql:
        top, bottom = node.args
        share = divided(self.as_double(top), call("nullif", self.as_double(bottom), self.bind(0.0, self.double)))
        taken = paren(exp.Mul(this=self.as_double(bottom), expression=self.trunc(share)))
        return paren(exp.Sub(this=self.as_double(top), expression=taken))

    def trunc(self, value: Sql) -> Sql:
        """Return a number cut toward zero."""
        return call("trunc", value)

    def _power(self, node: Apply) -> Sql:
        base, up = node.args
        zero = self.bind(0.0, self.double)
        whole = paren(exp.EQ(this=self.as_double(up), expression=call("floor", self.as_double(up))))
        has_answer = chosen(
            [
                (
                    paren(exp.EQ(this=self.as_double(base), expression=zero)),
                    paren(exp.GTE(this=self.as_double(up), expression=zero.copy())),
                ),
                (paren(exp.LT(this=self.as_double(base), expression=zero.copy())), whole),
            ],
            exp.Boolean(this=True),
        )
        return chosen([(has_answer, call("power", self.as_double(base), self.as_double(up)))])

    def _negative(self, node: Apply) -> Sql:
        return paren(exp.Neg(this=paren(self.as_double(node.args[0]))))

    def _positive(self, node: Apply) -> Sql:
        return self.as_double(node.args[0])

    def _ln(self, node: Apply) -> Sql:
        positive = paren(exp.GT(this=self.as_double(node.args[0]), expression=self.bind(0.0, self.double)))
        return chosen([(positive, call("ln", self.as_double(node.args[0])))])

    def _whole_number(self, node: Apply) -> Sql:
        return call(node.op, self.as_double(node.args[0]))

    def _width_bucket(self, node: Apply) -> Sql:
        value, low, high, count = node.args
        buckets = self.as_double(count)
        lowest, highest = self.as_double(low), self.as_double(high)
        reach = call("nullif", paren(exp.Sub(this=highest, expression=lowest)), self.bind(0.0, self.double))
        share = divided(paren(exp.Sub(this=self.as_double(value), expression=lowest.copy())), reach)
        place = call("floor", paren(exp.Mul(this=share, expression=buckets)))
        one = self.bind(1.0, self.double)
        below = paren(exp.LT(this=self.as_double(value), expression=lowest.copy()))
        above = paren(exp.GTE(this=self.as_double(value), expression=highest.copy()))
        last = paren(exp.Add(this=buckets.copy(), expression=one))
        within = paren(exp.Add(this=place, expression=one.copy()))
        return chosen([(below, self.bind(0.0, self.double)), (above, last)], within)

    def _round(self, node: Apply) -> Sql:
        value, *places = node.args
        to = places[0].value if places and isinstance(places[0], Const) else 0
        rounded = call(
            "round", self.as_decimal(value), exp.Literal.number(int(to or 0)) if isinstance(to, int) else exp.Null()
        )
        return cast(rounded, self.double, self.dialect)

    def as_decimal(self, node: Node) -> Sql:
        """Return a number as a decimal, to the digits that it is written with."""
        return cast(self.as_double(node), "DECIMAL(38, 10)", self.dialect)

    def micros(self, node: Node) -> Sql:
        """Return a number as whole millionths."""
        scaled = paren(exp.Mul(this=self.as_double(node), expression=self.bind(MICRO, self.double)))
        half = self.bind(0.5, self.double)
        return cast(call("floor", paren(exp.Add(this=scaled, expression=half))), "BIGINT", self.dialect)
