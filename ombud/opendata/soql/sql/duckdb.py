"""SQL of DuckDB."""

from sqlglot import exp

from ombud.opendata.soql.shapes import Polygons, Shape
from ombud.opendata.soql.sql.build import Sql, call, cast, chosen, paren, quoted
from ombud.opendata.soql.sql.dialect import DECIMAL, ISO_TIME, Dialect
from ombud.opendata.soql.tree import Apply, Node


class DuckDb(Dialect):
    """Writes for DuckDB; polygons are asked of functions that the engine registers for the run."""

    dialect = "duckdb"

    def quantile(self, inner: Sql, share: float) -> Sql:
        """Return a quantile, between the two values it falls between."""
        return call("quantile_cont", inner, exp.Literal.number(repr(share)))

    def part(self, name: str, local: Sql) -> Sql:
        """Return a part of a time, which is a whole number already."""
        return call("date_part", quoted(name), local)

    def lower_middle(self, inner: Sql) -> Sql:
        """Return the middle value, of two the lower one."""
        return call("quantile_disc", inner, exp.Literal.number("0.5"))

    def fitting(self, text: Sql, pattern: Sql) -> Sql:
        """Return whether a regular expression finds something in a text."""
        return call("regexp_matches", text, pattern)

    def _unaccent(self, node: Apply) -> Sql:
        return call("strip_accents", self.write(node.args[0]))

    def time_as_text(self, local: Sql, *, zone: str) -> Sql:
        """Return a time as a text with milliseconds."""
        return call("strftime", local, quoted(f"%Y-%m-%dT%H:%M:%S.%g{zone}"))

    def number_as_text(self, node: Node) -> Sql:
        """Return a number as a text: whole ones without a point, small ones without an exponent."""
        whole = paren(exp.EQ(this=self.as_double(node), expression=call("trunc", self.as_double(node))))
        small = paren(exp.LT(this=call("abs", self.as_double(node)), expression=self.bind(0.0001, self.double)))
        huge = cast(self.as_double(node), "HUGEINT", self.dialect)
        tiny = cast(cast(self.as_double(node), "DECIMAL(38, 20)", self.dialect), "TEXT", self.dialect)
        return chosen(
            [(whole, cast(huge, "TEXT", self.dialect)), (small, call("rtrim", tiny, quoted("0")))],
            cast(self.as_double(node), "TEXT", self.dialect),
        )

    def text_as_number(self, text: Sql) -> Sql:
        """Return a text as a number, or null where it is none."""
        return chosen(
            [(self.fitting(text, quoted(DECIMAL)), exp.TryCast(this=text.copy(), to=exp.DataType.build("DOUBLE")))]
        )

    def text_as_time(self, text: Sql) -> Sql:
        """Return a text as a time, or null where it is none."""
        cut = exp.TryCast(this=text.copy(), to=exp.DataType.build("TIMESTAMP"))
        return chosen([(self.fitting(text, quoted(ISO_TIME)), cut)])

    def point_touches(self, point: tuple[Sql, Sql], shape: Polygons) -> Sql:
        """Return whether a point lies in polygons or on their edge."""
        return call(self.shape(shape), *point)

    def other_shape_touches(self, wkb: Sql, shape: Shape) -> Sql:
        """Return whether a shape of the data touches one that was asked for."""
        return call(f"{self.shape(shape)}_wkb", wkb)
