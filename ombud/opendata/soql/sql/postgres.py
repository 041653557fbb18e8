"""SQL of PostgreSQL. Texts are compared in the collation "C": by code point, as the other engines do."""

from sqlglot import exp

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.shapes import Polygons, Ring
from ombud.opendata.soql.sql.build import Sql, both, call, cast, chosen, either, paren, quoted
from ombud.opendata.soql.sql.dialect import DECIMAL, ISO_TIME, Dialect
from ombud.opendata.soql.tree import Apply, Node


class Postgres(Dialect):
    """
    Writes for PostgreSQL 17 and newer; the rows and look-ups that the planner sends need 15 only.

    Its polygons take a point within a millionth of a degree of an edge to be on it.
    """

    dialect = "postgres"
    double = "DOUBLE PRECISION"

    def ordered(self, node: Node) -> Sql:
        """Return something to be ordered or compared by: texts by code point."""
        written = self.write(node)
        return written if node.kind is not Kind.TEXT else paren(_in_collation(written, "C"))

    def cased(self, name: str, text: Sql) -> Sql:
        """Return a text in upper or lower case, letters of all languages."""
        # Whatever is told a collation is told "C" in the end: two that were told different ones cannot meet.
        return _in_collation(call(name, _in_collation(text, "pg_c_utf8")), "C")

    def as_decimal(self, node: Node) -> Sql:
        """Return a number as a decimal; straight from DOUBLE it would lose its last digits."""
        return cast(cast(self.as_double(node), "TEXT", self.dialect), "NUMERIC", self.dialect)

    def quantile(self, inner: Sql, share: float) -> Sql:
        """Return a quantile, between the two values it falls between."""
        return _within("percentile_cont", share, inner)

    def lower_middle(self, inner: Sql) -> Sql:
        """Return the middle value, of two the lower one."""
        return _within("percentile_disc", 0.5, inner)

    def fitting(self, text: Sql, pattern: Sql) -> Sql:
        """Return whether a regular expression finds something in a text."""
        return paren(exp.RegexpLike(this=text, expression=pattern))

    def contained(self, whole: Sql, piece: Sql) -> Sql:
        """Return whether a text has another one in it."""
        return paren(exp.GT(this=call("strpos", whole, piece), expression=exp.Literal.number(0)))

    def _unaccent(self, node: Apply) -> Sql:
        apart = call("normalize", self.write(node.args[0]), exp.Var(this="NFD"))
        return call("regexp_replace", apart, quoted("[\u0300-\u036f]"), quoted(""), quoted("g"))

    def _trimmed(self, node: Apply) -> Sql:
        name = {"trim": "btrim", "trim_leading": "ltrim", "trim_trailing": "rtrim"}[node.op]
        return call(name, self.write(node.args[0]))

    def time_as_text(self, local: Sql, *, zone: str) -> Sql:
        """Return a time as a text with milliseconds."""
        return call("to_char", local, quoted(f'YYYY-MM-DD"T"HH24:MI:SS.MS"{zone}"'))

    def number_as_text(self, node: Node) -> Sql:
        """Return a number as a text: whole ones without a point, small ones without an exponent."""
        text = cast(self.as_decimal(node), "TEXT", self.dialect)
        has_point = paren(exp.Like(this=text.copy(), expression=self.text("%.%")))
        return chosen([(has_point, call("rtrim", call("rtrim", text, quoted("0")), quoted(".")))], text.copy())

    def text_as_number(self, text: Sql) -> Sql:
        """Return a text as a number, or null where it is none."""
        fits = self.fitting(text, quoted(DECIMAL))
        return chosen([(fits, cast(text.copy(), self.double, self.dialect))])

    def text_as_time(self, text: Sql) -> Sql:
        """Return a text as a time, or null where it is none."""
        valid = call("pg_input_is_valid", text.copy(), quoted("timestamp"))
        fits = both(self.fitting(text, quoted(ISO_TIME)), valid)
        return chosen([(fits, cast(text.copy(), self.timestamp, self.dialect))])

    def point_touches(self, point: tuple[Sql, Sql], shape: Polygons) -> Sql:
        """Return whether a point lies in polygons or on their edge."""
        return either(*(self._in_part(point, part) for part in shape.parts))

    def _in_part(self, point: tuple[Sql, Sql], rings: tuple[Ring, ...]) -> Sql:
        outer, *holes = (self._in_ring(point, ring) for ring in rings)
        return both(outer, *(paren(exp.Not(this=hole)) for hole in holes))

    def _in_ring(self, point: tuple[Sql, Sql], ring: Ring) -> Sql:
        corners = ",".join(f"({lon!r},{lat!r})" for lon, lat in ring)
        polygon = exp.Cast(this=self.text(f"({corners})"), to=exp.DataType.build("polygon", udt=True))
        place = call("point", *(part.copy() for part in point))
        return paren(exp.ArrayContainsAll(this=polygon, expression=place))


def _in_collation(text: Sql, name: str) -> Sql:
    # It binds tighter than all that is not in brackets already.
    return exp.Collate(this=text, expression=exp.to_identifier(name, quoted=True))


def _within(name: str, share: float, inner: Sql) -> Sql:
    order = exp.Order(expressions=[exp.Ordered(this=inner)])
    return exp.WithinGroup(this=call(name, exp.Literal.number(repr(share))), expression=order)
