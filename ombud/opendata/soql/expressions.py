"""
Expressions, read by the strength with which operators bind.

Loosest first: OR, AND, NOT, then IS NULL with LIKE, BETWEEN and IN, then comparisons. That IS NULL binds looser than
`=` is SoQL's own: `a = b is null` asks whether the comparison is null.
"""

from collections.abc import Iterable

from ombud.opendata.soql.cursor import Cursor
from ombud.opendata.soql.faults import (
    BAD_PARSE,
    EARLY_END,
    MALFORMED,
    SoqlError,
    shown,
    too_complex,
)
from ombud.opendata.soql.lexer import Sort, Token
from ombud.opendata.soql.syntax import Call, Expression, Literal, Name, Part

NESTING_AT_MOST = 64
LIST_AT_MOST = 1_000
OR, AND, NOT, TESTS, COMPARED, ADDED, TIMES, POWER, SIGNED = range(1, 10)
_BINARY = {
    **dict.fromkeys(("=", "==", "<>", "!=", "<", "<=", ">", ">="), COMPARED),
    **dict.fromkeys(("+", "-", "||"), ADDED),
    **dict.fromkeys(("*", "/", "%"), TIMES),
    "^": POWER,
}
_SAME = {"==": "=", "!=": "<>"}
CLAUSES = frozenset(
    (
        *("select", "distinct", "where", "group", "having", "order", "by", "asc", "desc", "search", "limit", "offset"),
        *("as", "and", "or", "not", "is", "like", "between", "in", "when", "then", "else", "end"),
        *("from", "join", "union", "intersect", "minus"),
    )
)
TYPES = ("text", "number", "floating_timestamp", "calendar_date", "fixed_timestamp", "checkbox", "point")
PARTS = ("latitude", "longitude")


class Expressions(Cursor):
    """Reads expressions off a list of tokens."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def expression(self, least: int = OR) -> Expression:
        """Read an expression whose operators bind at least so tightly."""
        self._depth += 1
        if self._depth > NESTING_AT_MOST:
            raise too_complex(f"A query may be nested {NESTING_AT_MOST} deep; this one is deeper.", at=self.here.at)
        left = self._prefix(least)
        while (more := self._infix(left, least)) is not None:
            left = more
        self._depth -= 1
        return left

    def _prefix(self, least: int) -> Expression:
        token = self.here
        if token.lower == "not" and least <= NOT:
            self.advance()
            return Call("#not", (self.expression(NOT),), at=token.at)
        if token.sort is Sort.SIGN and token.value in "+-":
            self.advance()
            return Call(f"#sign{token.value}", (self.expression(SIGNED),), at=token.at)
        return self._suffixes(self._atom())

    def _infix(self, left: Expression, least: int) -> Expression | None:
        token = self.here
        if token.sort is Sort.SIGN and token.value in _BINARY:
            strength = _BINARY[token.value]
            return self._binary(left, token, strength) if strength >= least else None
        if token.lower == "or" and least <= OR:
            self.advance()
            return _chained("#or", left, self.expression(AND), token.at)
        if token.lower == "and" and least <= AND:
            self.advance()
            return _chained("#and", left, self.expression(NOT), token.at)
        return self._test(left) if least <= TESTS else None

    def _binary(self, left: Expression, token: Token, strength: int) -> Expression:
        self.advance()
        # The power alone joins to the right: 2 ^ 3 ^ 2 is 2 ^ 9.
        right = self.expression(strength if strength == POWER else strength + 1)
        sign = _SAME.get(token.value, token.value)
        if sign == "||":
            return _chained("#||", left, right, token.at)
        return Call(f"#{sign}", (left, right), at=token.at)

    def _test(self, left: Expression) -> Expression | None:
        token = self.here
        if token.lower == "is":
            self.advance()
            negated = self.took_word("not")
            self.expect_word("null")
            return Call("#is not null" if negated else "#is null", (left,), at=token.at)
        negated = token.lower == "not" and self.next.lower in ("like", "between", "in")
        word = self.next.lower if negated else token.lower
        if word not in ("like", "between", "in"):
            return None
        self.advance()
        if negated:
            self.advance()
        return Call(f"#not {word}" if negated else f"#{word}", (left, *self._tested(word)), at=token.at)

    def _tested(self, word: str) -> Iterable[Expression]:
        if word == "like":
            return (self.expression(COMPARED),)
        if word == "between":
            low = self.expression(COMPARED)
            self.expect_word("and")
            return (low, self.expression(COMPARED))
        self.expect_sign("(")
        listed = self._list()
        if len(listed) > LIST_AT_MOST:
            raise too_complex(f"A list after `in` has {LIST_AT_MOST:,} values at most.", at=self.here.at)
        return listed

    def _list(self) -> list[Expression]:
        """Read expressions up to the closing bracket, which is read too."""
        found = [self.expression()]
        while self.took_sign(","):
            found.append(self.expression())
        self.expect_sign(")")
        return found

    def _suffixes(self, atom: Expression) -> Expression:
        while self.here.sort is Sort.SIGN and self.here.value in ("::", "."):
            token = self.advance()
            word = self.advance()
            known = TYPES if token.value == "::" else PARTS
            if word.lower not in known:
                said = "type" if token.value == "::" else "part of a point"
                raise SoqlError(
                    BAD_PARSE, f"This is no {said}: {shown(word.value)}. Known: {', '.join(known)}.", at=word.at
                )
            if token.value == "::":
                atom = Call(f"#to {word.lower}", (atom,), at=token.at)
            else:
                atom = Part(atom, word.lower, at=token.at)
        return atom

    def _atom(self) -> Expression:
        token = self.advance()
        match token.sort:
            case Sort.TEXT:
                return Literal(token.value, at=token.at)
            case Sort.NUMBER:
                return Literal(token.value, is_number=True, at=token.at)
            case Sort.NAME:
                return Name(token.value, at=token.at)
            case Sort.WORD:
                return self._word(token)
            case Sort.END:
                raise SoqlError(EARLY_END, "The query ends where something is expected.", at=token.at)
            case Sort.SIGN if token.value == "(":
                inner = self.expression()
                self.expect_sign(")")
                return inner
            case _:
                raise self.unexpected(token)

    def _word(self, token: Token) -> Expression:
        if token.lower in ("true", "false"):
            return Literal(token.lower == "true", at=token.at)
        if token.lower == "null":
            return Literal(None, at=token.at)
        if token.lower == "case" and not self.at_sign("("):
            return self._case(token)
        if token.lower in CLAUSES:
            raise self.unexpected(token)
        return self._call(token) if self.took_sign("(") else Name(token.value, at=token.at)

    def _case(self, token: Token) -> Expression:
        parts: list[Expression] = []
        while self.took_word("when"):
            parts.append(self.expression())
            self.expect_word("then")
            parts.append(self.expression())
        if not parts:
            raise self.unexpected(self.here)
        parts.append(self.expression() if self.took_word("else") else Literal(None, at=token.at))
        self.expect_word("end")
        return Call("#case", tuple(parts), at=token.at)

    def _call(self, name: Token) -> Expression:
        star = distinct = False
        arguments: list[Expression] = []
        if self.took_sign("*"):
            star = True
            self.expect_sign(")")
        elif not self.took_sign(")"):
            distinct = self.took_word("distinct")
            arguments = self._list()
        where: Expression | None = None
        if self.here.lower == "filter" and self.next.value == "(":
            self.advance()
            self.expect_sign("(")
            self.expect_word("where")
            where = self.expression()
            self.expect_sign(")")
        if self.here.lower == "over" and self.next.value == "(":
            raise SoqlError(MALFORMED, "Window functions (OVER) are not offered here.", at=self.here.at)
        return Call(name.lower, tuple(arguments), distinct, star, where, at=name.at)


def _chained(name: str, left: Expression, right: Expression, at: int) -> Expression:
    """Join two operands, and a chain with one more."""
    if isinstance(left, Call) and left.name == name and at > left.at:
        return Call(name, (*left.arguments, right), at=left.at)
    return Call(name, (left, right), at=at)
