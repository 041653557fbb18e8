"""SQL of Spark, for `spark.sql.ansi.enabled=true` and a session in UTC."""

from sqlglot import exp

from ombud.opendata.soql.sql.build import Sql, call, cast, chosen, paren, quoted
from ombud.opendata.soql.sql.compiled import Unsupported
from ombud.opendata.soql.sql.dialect import DECIMAL, ISO_TIME, Dialect
from ombud.opendata.soql.tree import Apply, Node


class Spark(Dialect):
    """Writes for Spark; polygons and the removal of accents it has not."""

    dialect = "spark"
    timestamp = "TIMESTAMP_NTZ"
    orders_around = True

    def to_utc(self, instant: Sql) -> Sql:
        """Return an instant as UTC without a zone."""
        return cast(instant, self.timestamp, self.dialect)

    def from_utc(self, naive: Sql) -> Sql:
        """Return UTC without a zone as an instant."""
        return cast(naive, "TIMESTAMP", self.dialect)

    def _cut_time_in(self, node: Apply) -> Sql:
        zone = quoted(str(getattr(node.args[1], "value", "UTC")))
        local = call("convert_timezone", quoted("UTC"), zone, self.naive(node.args[0]))
        return self._cut(local, node.op.removeprefix("date_trunc_").removesuffix("_in"))

    def part(self, name: str, local: Sql) -> Sql:
        """Return a part of a time as a whole number; Sunday is day 0 of the week."""
        whole = cast(
            call("floor", call("date_part", quoted({"isoyear": "yearofweek"}.get(name, name)), local)),
            "BIGINT",
            self.dialect,
        )
        return paren(exp.Sub(this=whole, expression=exp.Literal.number(1))) if name == "dow" else whole

    def epoch(self, local: Sql) -> Sql:
        """Return the seconds of a time since 1970."""
        micros = cast(call("unix_micros", self.from_utc(local)), self.double, self.dialect)
        return paren(exp.Div(this=micros, expression=self.bind(1_000_000.0, self.double), typed=True))

    def trunc(self, value: Sql) -> Sql:
        """Return a number cut toward zero."""
        return cast(cast(value, "BIGINT", self.dialect), self.double, self.dialect)

    def quantile(self, inner: Sql, share: float) -> Sql:
        """Return a quantile, between the two values it falls between."""
        return call("percentile", inner, exp.Literal.number(repr(share)))

    def lower_middle(self, inner: Sql) -> Sql:
        """Return the middle value, of two the lower one."""
        in_order = call("sort_array", call("collect_list", inner))
        middle = cast(
            paren(
                exp.Div(
                    this=paren(exp.Add(this=call("size", in_order), expression=exp.Literal.number(1))),
                    expression=exp.Literal.number(2),
                )
            ),
            "INT",
            self.dialect,
        )
        return call("get", in_order.copy(), paren(exp.Sub(this=middle, expression=exp.Literal.number(1))))

    def fitting(self, text: Sql, pattern: Sql) -> Sql:
        """Return whether a regular expression finds something in a text."""
        return paren(exp.RegexpLike(this=text, expression=pattern))

    def started(self, whole: Sql, piece: Sql) -> Sql:
        """Return whether a text begins with another one."""
        return call("startswith", whole, piece)

    def time_as_text(self, local: Sql, *, zone: str) -> Sql:
        """Return a time as a text with milliseconds."""
        end = f"'{zone}'" if zone else ""
        return call("date_format", local, quoted(f"yyyy-MM-dd'T'HH:mm:ss.SSS{end}"))

    def number_as_text(self, node: Node) -> Sql:
        """Return a number as a text: whole ones without a point, small ones without an exponent."""
        whole = paren(exp.EQ(this=self.as_double(node), expression=call("floor", self.as_double(node))))
        digits = cast(cast(self.as_double(node), "DECIMAL(38, 18)", self.dialect), "TEXT", self.dialect)
        integer = cast(cast(self.as_double(node), "DECIMAL(38, 0)", self.dialect), "TEXT", self.dialect)
        # The letters come before the text here.
        return chosen([(whole, integer)], call("rtrim", quoted("0"), digits))

    def text_as_number(self, text: Sql) -> Sql:
        """Return a text as a number, or null where it is none."""
        fits = self.fitting(text, quoted(DECIMAL))
        return chosen([(fits, cast(text.copy(), self.double, self.dialect))])

    def text_as_time(self, text: Sql) -> Sql:
        """Return a text as a time, or null where it is none."""
        cut = exp.TryCast(this=text.copy(), to=exp.DataType.build(self.timestamp, dialect="spark"))
        return chosen([(self.fitting(text, quoted(ISO_TIME)), cut)])

    def _unaccent(self, node: Apply) -> Sql:
        raise Unsupported(node.op)
