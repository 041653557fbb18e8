"""A place in a list of tokens, and the small steps of reading on from it."""

from ombud.opendata.soql.faults import BAD_PARSE, EARLY_END, MALFORMED, SoqlError, shown
from ombud.opendata.soql.lexer import Sort, Token, tokens

# What other dialects have and this one has not.
_REFUSED = {
    "from": "There is no FROM: a query is about the data set of its address.",
    "join": "A query cannot join data sets.",
    "union": "Queries cannot be united.",
    "intersect": "Queries cannot be intersected.",
    "minus": "Queries cannot be subtracted.",
    "ilike": "There is no ILIKE: use caseless_contains(column, 'text').",
    "escape": "LIKE has no ESCAPE: a backslash makes the next character plain.",
    "over": "Window functions (OVER) are not offered here.",
    "@": "A query cannot name another data set.",
    "?": "A query has no holes to be filled.",
    "[": "There is nothing with numbered parts here.",
}


class Cursor:
    """Steps over the tokens of a text; the last one, its end, is never stepped over."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.place = 0

    @property
    def here(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.place]

    @property
    def next(self) -> Token:
        """The one after that."""
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """Read a token."""
        token = self.here
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def at_sign(self, sign: str) -> bool:
        """Whether a sign comes next."""
        return self.here.sort is Sort.SIGN and self.here.value == sign

    def took_sign(self, sign: str) -> bool:
        """Read a sign if it comes next."""
        taken = self.at_sign(sign)
        if taken:
            self.advance()
        return taken

    def took_word(self, word: str) -> bool:
        """Read a bare word if it comes next."""
        taken = self.here.lower == word
        if taken:
            self.advance()
        return taken

    def expect_sign(self, sign: str) -> None:
        """Read a sign. Raises SoqlError."""
        if not self.took_sign(sign):
            raise self.unexpected(self.here, f"`{sign}`")

    def expect_word(self, word: str) -> None:
        """Read a bare word. Raises SoqlError."""
        if not self.took_word(word):
            raise self.unexpected(self.here, word.upper())

    def expect_end(self) -> None:
        """Raise SoqlError unless all has been read."""
        if self.here.sort is not Sort.END:
            raise self.unexpected(self.here)

    def unexpected(self, token: Token, wanted: str = "") -> SoqlError:
        """Return that a token cannot stand where it does."""
        hint = f"; expected {wanted}" if wanted else ""
        if token.sort is Sort.END:
            return SoqlError(EARLY_END, f"The query ends too early{hint}.", at=token.at)
        if refused := _REFUSED.get(token.lower or token.value):
            return SoqlError(MALFORMED, refused, at=token.at)
        said = f"Unexpected {'text' if token.sort is Sort.TEXT else 'word'}: {shown(token.value)}{hint}"
        return SoqlError(BAD_PARSE, said, at=token.at, word=shown(token.value))
