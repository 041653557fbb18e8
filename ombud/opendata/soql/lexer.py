"""
Tokens of SoQL.

Double quotes hold a text here and not a name, backticks hold a name, and a system field begins with a colon.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from ombud.opendata.soql.faults import (
    BAD_CHARACTER,
    BAD_PARSE,
    MALFORMED,
    UNTERMINATED,
    SoqlError,
    shown,
    too_complex,
)

CHARACTERS_AT_MOST = 16 * 1024
TOKENS_AT_MOST = 2_000


class Sort(Enum):
    """What a token is."""

    WORD = auto()
    NAME = auto()  # in backticks: never a keyword
    TEXT = auto()
    NUMBER = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token: a word as it was written, a text or name without its quotes; `at` is its offset."""

    sort: Sort
    value: str
    at: int

    @property
    def lower(self) -> str:
        """The word in lower case, and nothing for what is no bare word."""
        return self.value.lower() if self.sort is Sort.WORD else ""


_BLANK = re.compile(r"(?:\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)+")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SYSTEM = re.compile(r":(?:@?[A-Za-z_][A-Za-z0-9_]*)")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SIGNS = re.compile(r"\|>|\|\||::|:\*|==|<>|!=|<=|>=|[=<>+\-*/%^(),.\[\]@?]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/", "'": "'"}


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text, the last one its end. Raises SoqlError."""
    if len(text) > CHARACTERS_AT_MOST:
        raise too_complex(f"A query has {CHARACTERS_AT_MOST:,} characters at most; this one has {len(text):,}.")
    refuse_unreadable(text)
    found: list[Token] = []
    at = 0
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = blank.end()
            continue
        token, at = _next(text, at)
        found.append(token)
        if len(found) > TOKENS_AT_MOST:
            raise too_complex(f"A query has {TOKENS_AT_MOST:,} words and signs at most.", at=token.at)
    found.append(Token(Sort.END, "", len(text)))
    return found


def refuse_unreadable(text: str) -> None:
    """Refuse signs that are no text: NUL and half surrogates. Raises SoqlError."""
    for at, sign in enumerate(text):
        if sign == "\0" or "\ud800" <= sign <= "\udfff":
            raise SoqlError(MALFORMED, "The query holds a character that is no text.", at=at)


def _next(text: str, at: int) -> tuple[Token, int]:
    sign = text[at]
    if sign == "'":
        return _single(text, at)
    if sign == '"':
        return _double(text, at)
    if sign == "`":
        return _quoted_name(text, at)
    for sort, pattern in ((Sort.NUMBER, _NUMBER), (Sort.WORD, _WORD), (Sort.SIGN, _SIGNS), (Sort.NAME, _SYSTEM)):
        if found := pattern.match(text, at):
            return Token(sort, found[0], at), found.end()
    if text.startswith("/*", at):
        raise SoqlError(UNTERMINATED, "A comment is not ended.", at=at)
    raise SoqlError(BAD_CHARACTER, f"Unexpected character: {shown(sign)}", at=at, character=shown(sign))


def _single(text: str, at: int) -> tuple[Token, int]:
    parts: list[str] = []
    start = at + 1
    while True:
        end = text.find("'", start)
        if end < 0:
            raise SoqlError(UNTERMINATED, "A text in quotes is not ended.", at=at)
        parts.append(text[start:end])
        if not text.startswith("''", end):
            return Token(Sort.TEXT, "'".join(parts), at), end + 1
        start = end + 2


def _double(text: str, at: int) -> tuple[Token, int]:
    parts: list[str] = []
    here = at + 1
    while here < len(text):
        sign = text[here]
        if sign == '"':
            return Token(Sort.TEXT, "".join(parts), at), here + 1
        if sign == "\\":
            escaped, here = _escaped(text, here)
            parts.append(escaped)
        else:
            parts.append(sign)
            here += 1
    raise SoqlError(UNTERMINATED, "A text in quotes is not ended.", at=at)


def _escaped(text: str, at: int) -> tuple[str, int]:
    sign = text[at + 1 : at + 2]
    if sign in _ESCAPES and sign:
        return _ESCAPES[sign], at + 2
    digits = {"u": 4, "U": 6}.get(sign, 0)
    code = text[at + 2 : at + 2 + digits]
    if digits and re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", code):
        number = int(code, 16)
        if number and number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
            return chr(number), at + 2 + digits
    raise SoqlError(BAD_PARSE, "A backslash in double quotes stands before something that it cannot escape.", at=at)


def _quoted_name(text: str, at: int) -> tuple[Token, int]:
    end = text.find("`", at + 1)
    if end < 0:
        raise SoqlError(UNTERMINATED, "A name in backticks is not ended.", at=at)
    name = text[at + 1 : end].replace("-", "_")
    if not re.fullmatch(r":?[A-Za-z_][A-Za-z0-9_]*", name):
        raise SoqlError(BAD_PARSE, f"This is no name of a column: {shown(name)}", at=at)
    return Token(Sort.NAME, name, at), end + 1
