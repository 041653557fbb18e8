"""Small pieces of SQL trees. Every operation gets brackets: no two dialects agree on what binds tighter."""

from collections.abc import Sequence
from functools import lru_cache

from sqlglot import exp

Sql = exp.Expr
MICRO = 1_000_000.0


def paren(inner: Sql) -> Sql:
    """Return something in brackets."""
    return exp.Paren(this=inner)


def call(name: str, *args: Sql) -> Sql:
    """Return a call of a function under just this name."""
    return exp.Anonymous(this=name, expressions=list(args))


@lru_cache(maxsize=64)
def _type(name: str, dialect: str) -> exp.DataType:
    return exp.DataType.build(name, dialect=dialect)


def cast(inner: Sql, name: str, dialect: str) -> Sql:
    """Return something as a type, named as the dialect names it."""
    return exp.Cast(this=inner, to=_type(name, dialect).copy())


def quoted(text: str) -> Sql:
    """Return a text of our own."""
    return exp.Literal.string(text)


def number(value: float) -> Sql:
    """Return a number that is ours, or was checked to be a plain one."""
    return exp.Literal.number(repr(value)) if value >= 0 else paren(exp.Neg(this=exp.Literal.number(repr(-value))))


def divided(top: Sql, bottom: Sql) -> Sql:
    """Return a division of DOUBLEs."""
    return paren(exp.Div(this=top, expression=bottom, typed=True, safe=False))


def both(*conditions: Sql) -> Sql:
    """Return that all conditions hold."""
    return _halves(exp.And, conditions)


def present(value: Sql) -> Sql:
    """Return that a value is not null, in the one way that DuckDB knows to ask the files themselves."""
    return paren(exp.Is(this=value, expression=exp.Not(this=exp.Null())))


def either(*conditions: Sql) -> Sql:
    """Return that one of the conditions holds."""
    return _halves(exp.Or, conditions)


def _halves(joint: type[exp.Connector], parts: Sequence[Sql]) -> Sql:
    """Join halves first, so that a chain of hundreds is no deep tree."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return paren(joint(this=_halves(joint, parts[:middle]), expression=_halves(joint, parts[middle:])))


def chosen(ways: Sequence[tuple[Sql, Sql]], otherwise: Sql | None = None) -> Sql:
    """Return the value of the first condition that holds, else the last one, or null."""
    ifs = [exp.If(this=when, true=then) for when, then in ways]
    return paren(exp.Case(ifs=ifs, default=otherwise))
