"""Whole queries and single clauses, read into syntax trees."""

import re
from collections.abc import Callable
from typing import TypeVar

from ombud.opendata.soql.expressions import Expressions
from ombud.opendata.soql.faults import BAD_PARSE, MALFORMED, SoqlError, shown, too_complex
from ombud.opendata.soql.lexer import Sort
from ombud.opendata.soql.syntax import Call, Expression, Item, Name, Order, Part, Select, Star

ITEMS_AT_MOST = 100
GROUPS_AT_MOST = 10
STAGES_AT_MOST = 5
HEIGHT_AT_MOST = 80
LARGEST = 2**53
_ALIAS = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
Read = TypeVar("Read")


class Parser(Expressions):
    """Reads the clauses of a query."""

    def query(self) -> tuple[Select, ...]:
        """Read stages joined by `|>`."""
        stages = [self._select()]
        while self.took_sign("|>"):
            stages.append(self._select())
            if len(stages) > STAGES_AT_MOST:
                raise too_complex(f"A query has {STAGES_AT_MOST} stages at most.", at=self.here.at)
        return tuple(stages)

    def _select(self) -> Select:
        self.expect_word("select")
        distinct, items = self.items()
        where = self.expression() if self.took_word("where") else None
        group: tuple[Expression, ...] = ()
        if self.took_word("group"):
            self.expect_word("by")
            group = self.groups()
        having = self.expression() if self.took_word("having") else None
        search = self._search()
        order: tuple[Order, ...] = ()
        if self.took_word("order"):
            self.expect_word("by")
            order = self.orders()
        search = search or self._search()
        limit, offset = self._page()
        return Select(items, distinct, where, group, having, order, search, limit, offset)

    def _search(self) -> str:
        if not self.took_word("search"):
            return ""
        if self.here.sort is not Sort.TEXT:
            raise self.unexpected(self.here, "a text in quotes")
        return self.advance().value

    def _page(self) -> tuple[int | None, int]:
        limit: int | None = None
        offset = 0
        seen: set[str] = set()
        while (word := self.here.lower) in ("limit", "offset") and word not in seen:
            seen.add(word)
            self.advance()
            token = self.advance()
            number = whole(token.value if token.sort is Sort.NUMBER else "", word, at=token.at)
            limit, offset = (number, offset) if word == "limit" else (limit, number)
        return limit, offset

    def items(self) -> tuple[bool, tuple[Star | Item, ...]]:
        """Read what to select: whether each answer is wanted once, and the items."""
        distinct = self.took_word("distinct")
        found: list[Star | Item] = []
        while True:
            star = self._star() if not any(isinstance(one, Item) for one in found) else None
            found.append(star or self._item())
            if len(found) > ITEMS_AT_MOST:
                raise too_complex(f"A query selects {ITEMS_AT_MOST} things at most.", at=self.here.at)
            if not self.took_sign(","):
                return distinct, tuple(found)

    def _star(self) -> Star | None:
        if self.took_sign(":*"):
            return Star(system=True)
        if not self.took_sign("*"):
            return None
        but: list[Name] = []
        if self.took_sign("("):
            self.expect_word("except")
            but.append(self._name())
            while self.took_sign(","):
                but.append(self._name())
            self.expect_sign(")")
        return Star(but=tuple(but))

    def _name(self) -> Name:
        token = self.advance()
        if token.sort not in (Sort.WORD, Sort.NAME):
            raise self.unexpected(token, "the name of a column")
        return Name(token.value, at=token.at)

    def _item(self) -> Item:
        first = self.place
        read = self.expression()
        words = tuple(t.value for t in self.tokens[first : self.place] if t.sort is not Sort.SIGN)
        at = self.tokens[first].at
        if not self.took_word("as"):
            return Item(read, "", words, at)
        token = self.advance()
        if token.sort is Sort.SIGN or token.sort is Sort.END:
            raise self.unexpected(token, "a name")
        if not _ALIAS.fullmatch(token.value):
            raise SoqlError(
                BAD_PARSE, f"A name has letters, digits and `_`, up to 100: {shown(token.value)}", at=token.at
            )
        return Item(read, token.value, words, at)

    def groups(self) -> tuple[Expression, ...]:
        """Read what to group by."""
        found = [self.expression()]
        while self.took_sign(","):
            found.append(self.expression())
        if len(found) > GROUPS_AT_MOST:
            raise too_complex(f"A query groups by {GROUPS_AT_MOST} things at most.", at=self.here.at)
        return tuple(found)

    def orders(self) -> tuple[Order, ...]:
        """Read what to order by."""
        found = [self._order()]
        while self.took_sign(","):
            found.append(self._order())
        if len(found) > ITEMS_AT_MOST:
            raise too_complex(f"A query orders by {ITEMS_AT_MOST} things at most.", at=self.here.at)
        return tuple(found)

    def _order(self) -> Order:
        by = self.expression()
        descending = self.took_word("desc")
        if not descending:
            self.took_word("asc")
        # As where null is larger than anything.
        nulls_first = descending
        if self.here.lower in ("null", "nulls"):
            self.advance()
            nulls_first = self.took_word("first")
            if not nulls_first:
                self.expect_word("last")
        return Order(by, descending, nulls_first)


def whole(text: str, what: str, *, at: int | None = None) -> int:
    """Return a limit or offset. Raises SoqlError."""
    if not re.fullmatch(r"[0-9]{1,16}", text) or int(text) > LARGEST:
        raise SoqlError(MALFORMED, f"{what} is a whole number from 0; this is {shown(text) or 'none'}.", at=at)
    return int(text)


def read(text: str, reader: Callable[[Parser], Read]) -> Read:
    """Read a text whole by a method of the parser. Raises SoqlError."""
    try:
        parser = Parser(text)
        found = reader(parser)
        parser.expect_end()
    except SoqlError as wrong:
        raise wrong.read_from(text) from None
    return found


def query(text: str) -> tuple[Select, ...]:
    """Return the stages of a whole query. Raises SoqlError."""
    found = read(text, Parser.query)
    for stage in found:
        refuse_tall(*_roots(stage))
    return found


def expression(text: str) -> Expression:
    """Return one expression. Raises SoqlError."""
    found = read(text, Parser.expression)
    refuse_tall(found)
    return found


def _roots(stage: Select) -> list[Expression]:
    items = [item.expression for item in stage.items if isinstance(item, Item)]
    alone = [one for one in (stage.where, stage.having) if one is not None]
    return [*items, *alone, *stage.group, *(order.by for order in stage.order)]


def refuse_tall(*roots: Expression) -> None:
    """Refuse trees that are higher than what can be walked, as long chains of `+` make them. Raises SoqlError."""
    level: list[Expression] = list(roots)
    for _ in range(HEIGHT_AT_MOST):
        if not level:
            return
        level = [inner for outer in level for inner in _inner(outer)]
    if level:
        raise too_complex(f"An expression may be {HEIGHT_AT_MOST} operations high; this one is higher.")


def _inner(outer: Expression) -> tuple[Expression, ...]:
    match outer:
        case Call():
            return (*outer.arguments, outer.only_where) if outer.only_where else outer.arguments
        case Part():
            return (outer.of,)
        case _:
            return ()
