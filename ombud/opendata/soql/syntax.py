"""The syntax tree: what was written, before anybody knows what it means. `at` is an offset into the text."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number as it was written, a truth value, or nothing."""

    value: str | bool | None
    is_number: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A column or an alias, in the letters it was written in."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """
    A function or an operator and what it is applied to.

    Operators have names that nobody can write: `#=`, `#and`, `#in`. `#and`, `#or` and `#||` take any number of
    operands, so that a long chain is not a deep tree.
    """

    name: str
    arguments: tuple["Expression", ...]
    distinct: bool = False
    star: bool = False
    only_where: "Expression | None" = None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a point: its latitude or longitude."""

    of: "Expression"
    name: str
    at: int = field(default=0, compare=False)


Expression = Literal | Name | Call | Part


@dataclass(frozen=True, slots=True)
class Star:
    """All columns, or all system fields, but for some."""

    system: bool = False
    but: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An expression to select and the name its writer gave it; `words` are those it was written in."""

    expression: Expression
    alias: str = ""
    words: tuple[str, ...] = ()
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Order:
    """What to order by. Nulls count as the largest value unless it is said where they go."""

    by: Expression
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """One stage of a query. No items at all stand for `*`."""

    items: tuple[Star | Item, ...] = ()
    distinct: bool = False
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    having: Expression | None = None
    order: tuple[Order, ...] = ()
    search: str = ""
    limit: int | None = None
    offset: int = 0
    # Conditions that parameters of their own gave, each with the text it came from.
    filters: tuple[tuple[str, Expression], ...] = ()
    # The text that each clause was read from; offsets count in it.
    sources: tuple[tuple[str, str], ...] = ()

    def source(self, clause: str) -> str:
        """Return the text of a clause, or of the whole query where it was one."""
        said = dict(self.sources)
        return said.get(clause, said.get("query", ""))
