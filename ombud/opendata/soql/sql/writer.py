"""What all dialects write alike. A dialect is a subclass that says what its engine calls differently."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlglot import exp

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.faults import too_complex
from ombud.opendata.soql.shapes import Point, Shape
from ombud.opendata.soql.sql.build import (
    Sql,
    both,
    call,
    cast,
    chosen,
    either,
    paren,
    present,
    quoted,
)
from ombud.opendata.soql.sql.compiled import Bound, Unsupported
from ombud.opendata.soql.tree import Apply, Const, Field, Node

NODES_AT_MOST = 6_000
COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
# What gives a DOUBLE already.
GIVES_DOUBLE = frozenset(
    {*ARITHMETIC, "/", "%", "^", "sign-", "sign+", "abs", "ceil", "floor", "round", "ln", "sum", "avg", "case"}
)


class Writer:
    """
    Writes expressions of one dialect.

    The same value is bound under the same name, so that an expression in SELECT and the same one in GROUP BY are the
    same to the engine too.
    """

    dialect = ""
    double = "DOUBLE"
    timestamp = "TIMESTAMP"
    # Whether groups cannot be ordered by an expression beside a condition on them.
    orders_around = False

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.bound: dict[str, Bound] = {}
        self.shapes: dict[str, Shape] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._nodes = 0

    # -- Values ------------------------------------------------------------------------------------------------

    def bind(self, value: Bound, type_: str) -> Sql:
        """Return a placeholder of a type for a value."""
        name = self._names.setdefault((type_, repr(value)), f"p{len(self._names)}")
        self.bound[name] = value
        return cast(exp.Placeholder(this=name), type_, self.dialect)

    def text(self, value: str) -> Sql:
        """Return a bound text."""
        return self.bind(value, "TEXT")

    def const(self, node: Const) -> Sql:
        """Return a bound value, typed by its kind."""
        match node.value, node.kind:
            case None, kind:
                return cast(exp.Null(), self.type_of(kind or Kind.TEXT), self.dialect)
            case bool() as value, _:
                return exp.Boolean(this=value)
            case int() as value, _ if abs(value) < 2**63:
                return self.bind(value, "BIGINT")
            case (int() | float()) as value, _:
                return self.bind(float(value), self.double)
            case datetime() as value, Kind.FIXED_TIMESTAMP:
                return self.bind(value.isoformat(), "TIMESTAMPTZ")
            case datetime() as value, _:
                return self.bind(value.isoformat(), self.timestamp)
            case str() as value, _:
                return self.text(value)
        raise Unsupported(node.kind)

    def type_of(self, kind: Kind) -> str:
        """Return the type of a kind in this dialect."""
        return {
            Kind.NUMBER: self.double,
            Kind.CALENDAR_DATE: self.timestamp,
            Kind.FIXED_TIMESTAMP: "TIMESTAMPTZ",
            Kind.CHECKBOX: "BOOLEAN",
        }.get(kind, "TEXT")

    def write(self, node: Node) -> Sql:
        """Return a node as SQL. Raises SoqlError where it grows too large, and Unsupported."""
        self._nodes += 1
        if self._nodes > NODES_AT_MOST:
            raise too_complex(f"Spelled out, a query has {NODES_AT_MOST:,} parts at most.")
        match node:
            case Const():
                return self.const(node)
            case Field():
                return exp.column(node.stored[0], table="t", quoted=True)
            case Apply():
                return self._apply(node)

    def as_double(self, node: Node) -> Sql:
        """Return a number as DOUBLE."""
        if isinstance(node, Const) and isinstance(node.value, int | float):
            return self.bind(float(node.value), self.double)
        written = self.write(node)
        return (
            written if isinstance(node, Apply) and node.op in GIVES_DOUBLE else cast(written, self.double, self.dialect)
        )

    def point(self, node: Node) -> tuple[Sql, Sql]:
        """Return the longitude and latitude of a point."""
        match node:
            case Field():
                lon, lat = (exp.column(name, table="t", quoted=True) for name in node.stored)
                return lon, lat
            case Const(value=Point(lon, lat)):
                return self.bind(lon, self.double), self.bind(lat, self.double)
            case Const():
                nothing = cast(exp.Null(), self.double, self.dialect)
                return nothing, nothing.copy()
            case Apply(op="make_point"):
                return self.as_double(node.args[1]), self.as_double(node.args[0])
            case Apply(op="to point"):
                return self.point(node.args[0])
        raise Unsupported(node.op)

    def ordered(self, node: Node) -> Sql:
        """Return something to be ordered or compared by: texts by code point."""
        return self.write(node)

    def naive(self, node: Node) -> Sql:
        """Return a time without a zone: an instant as UTC."""
        written = self.write(node)
        return self.to_utc(written) if node.kind is Kind.FIXED_TIMESTAMP else written

    def to_utc(self, instant: Sql) -> Sql:
        """Return an instant as UTC without a zone."""
        return paren(exp.AtTimeZone(this=instant, zone=quoted("UTC")))

    def shape(self, shape: Shape) -> str:
        """Return the name of a function that tells whether something touches a shape."""
        name = f"touches_{hashlib.sha256(repr(shape).encode()).hexdigest()[:24]}"
        self.shapes[name] = shape
        return name

    # -- Functions and operators -------------------------------------------------------------------------------

    def _apply(self, node: Apply) -> Sql:
        if node.op in COMPARISONS:
            return paren(COMPARISONS[node.op](this=self.ordered(node.args[0]), expression=self.ordered(node.args[1])))
        if node.op in ARITHMETIC:
            left, right = (self.as_double(arg) for arg in node.args)
            return paren(ARITHMETIC[node.op](this=left, expression=right))
        way: Callable[[Apply], Sql] | None = getattr(self, f"_{WAYS.get(node.op, node.op.replace(' ', '_'))}", None)
        if way is None:
            raise Unsupported(node.op)
        return way(node)

    def _and(self, node: Apply) -> Sql:
        return both(*(self.write(arg) for arg in node.args))

    def _or(self, node: Apply) -> Sql:
        return either(*(self.write(arg) for arg in node.args))

    def _not(self, node: Apply) -> Sql:
        return paren(exp.Not(this=paren(self.write(node.args[0]))))

    def _is_null(self, node: Apply) -> Sql:
        (arg,) = node.args
        parts = self.point(arg) if arg.kind is Kind.POINT else (self.write(arg),)
        return either(*(paren(exp.Is(this=part, expression=exp.Null())) for part in parts))

    def _is_not_null(self, node: Apply) -> Sql:
        (arg,) = node.args
        return both(*map(present, self.point(arg) if arg.kind is Kind.POINT else (self.write(arg),)))

    def _between(self, node: Apply) -> Sql:
        value, low, high = (self.ordered(arg) for arg in node.args)
        return paren(exp.Between(this=value, low=low, high=high))

    def _not_between(self, node: Apply) -> Sql:
        return paren(exp.Not(this=self._between(node)))

    def _in(self, node: Apply) -> Sql:
        value, *listed = (self.write(arg) for arg in node.args)
        return paren(exp.In(this=value, expressions=listed))

    def _not_in(self, node: Apply) -> Sql:
        return paren(exp.Not(this=self._in(node)))

    def _like(self, node: Apply) -> Sql:
        value, pattern = (self.write(arg) for arg in node.args)
        return paren(exp.Escape(this=exp.Like(this=value, expression=pattern), expression=quoted("\\")))

    def _not_like(self, node: Apply) -> Sql:
        return paren(exp.Not(this=self._like(node)))

    def _case(self, node: Apply) -> Sql:
        *pairs, otherwise = node.args
        if len(pairs) > 2 and isinstance(pairs[-2], Const) and pairs[-2].value is True:
            # `case(..., true, x)` is how SoQL says "else x".
            *pairs, _, otherwise = pairs
        ways = [(self.write(when), self.write(then)) for when, then in zip(pairs[::2], pairs[1::2], strict=True)]
        value = chosen(ways, self.write(otherwise))
        return cast(value, self.double, self.dialect) if node.kind is Kind.NUMBER else value

    def _iif(self, node: Apply) -> Sql:
        when, then, otherwise = (self.write(arg) for arg in node.args)
        return chosen([(when, then)], otherwise)

    def _plain(self, node: Apply) -> Sql:
        return call(node.op, *(self.write(arg) for arg in node.args))

    def _to_case(self, node: Apply) -> Sql:
        return self.cased(node.op, self.write(node.args[0]))

    def cased(self, name: str, text: Sql) -> Sql:
        """Return a text in upper or lower case, letters of all languages."""
        return call(name, text)

    def _extreme(self, node: Apply) -> Sql:
        first, *others = node.args
        return call(node.op, self.ordered(first), *(self.ordered(arg) for arg in others))

    def _join(self, node: Apply) -> Sql:
        return _joined([self._joinable(arg) for arg in node.args])

    def _joinable(self, arg: Node) -> Sql:
        return self.number_as_text(arg) if arg.kind is Kind.NUMBER else self.write(arg)

    def number_as_text(self, node: Node) -> Sql:
        """Return a number as a text: whole ones without a point, small ones without an exponent."""
        raise NotImplementedError

    def _caseless_eq(self, node: Apply) -> Sql:
        left, right = (self.cased("upper", self.write(arg)) for arg in node.args)
        return paren(exp.EQ(this=left, expression=right))

    def _caseless_ne(self, node: Apply) -> Sql:
        return paren(exp.Not(this=self._caseless_eq(node)))

    def _caseless_one_of(self, node: Apply) -> Sql:
        value, *listed = (self.cased("upper", self.write(arg)) for arg in node.args)
        return paren(exp.In(this=value, expressions=listed))

    def _caseless_not_one_of(self, node: Apply) -> Sql:
        return paren(exp.Not(this=self._caseless_one_of(node)))


def _joined(parts: Sequence[Sql]) -> Sql:
    """Return texts joined; halves are joined first, so that a long chain is no deep tree."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return paren(exp.DPipe(this=_joined(parts[:middle]), expression=_joined(parts[middle:])))


# Where a function is not called as its method is.
WAYS = {
    "/": "divide",
    "%": "rest",
    "^": "power",
    "||": "join",
    "sign-": "negative",
    "sign+": "positive",
    "abs": "whole_number",
    "ceil": "whole_number",
    "floor": "whole_number",
    **dict.fromkeys(("length", "replace", "coalesce", "nullif"), "plain"),
    **dict.fromkeys(("upper", "lower"), "to_case"),
    **dict.fromkeys(("greatest", "least"), "extreme"),
    **dict.fromkeys(("sum", "avg"), "added_up"),
    **dict.fromkeys(("min", "max"), "outermost"),
    **dict.fromkeys(("count", "count_rows", "count_distinct"), "counted"),
    **dict.fromkeys(("stddev_pop", "stddev_samp"), "spread"),
    **dict.fromkeys(("regr_slope", "regr_intercept", "regr_r2"), "regression"),
    **dict.fromkeys(("date_trunc_y", "date_trunc_ym", "date_trunc_ymd"), "cut_time"),
    **dict.fromkeys(("date_trunc_y_in", "date_trunc_ym_in", "date_trunc_ymd_in"), "cut_time_in"),
    **{f"date_extract_{part}": "part_of_time" for part in ("y", "m", "d", "hh", "mm", "ss", "dow", "woy", "iso_y")},
    **dict.fromkeys(("left_pad", "right_pad"), "padded"),
    **dict.fromkeys(("part latitude", "part longitude"), "part_of_point"),
    **dict.fromkeys(("trim", "trim_leading", "trim_trailing"), "trimmed"),
}
