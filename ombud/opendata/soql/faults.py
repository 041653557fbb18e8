"""What can be wrong with a query, under the codes that clients of SODA know."""

from collections.abc import Iterable
from difflib import get_close_matches

from ombud.kernel.errors import OmbudError

MALFORMED = "query.compiler.malformed"
NO_COLUMN = "query.soql.no-such-column"
NO_FUNCTION = "query.soql.no-such-function"
MISMATCH = "query.soql.type-mismatch"
NOT_GROUPED = "query.soql.column-not-in-group-bys"
UNGROUPED = "query.soql.aggregate-in-ungrouped-context"
DUPLICATE_ALIAS = "query.soql.duplicate-alias"
CIRCULAR_ALIAS = "query.soql.circular-alias-definition"
BAD_CHARACTER = "query.soql.unexpected-character"
EARLY_END = "query.soql.unexpected-eof"
UNTERMINATED = "query.soql.unterminated-string"
BAD_PARSE = "query.soql.bad-parse"
TOO_COMPLEX = "query.execution.too-complex"
OUT_OF_RANGE = "query.execution.number-out-of-range"
TOO_MANY_ROWS = "query.execution.too-many-rows"


class SoqlError(OmbudError):
    """A query that cannot be answered. `at` is the offset of the word it is about, in the text it was read from."""

    def __init__(self, code: str, sentence: str, *, at: int | None = None, **about: str) -> None:
        self.code = code
        self.at = at
        self.text = ""
        self.about = about
        # The sentence is whole: a percent sign in it is one.
        super().__init__(sentence)

    def read_from(self, text: str) -> "SoqlError":
        """Remember the text that the offset counts in, unless a nearer one is known."""
        self.text = self.text or text
        return self

    @property
    def position(self) -> dict[str, object] | None:
        """The row and column, both from 1, and the line they are in."""
        if self.at is None or not self.text:
            return None
        before = self.text[: self.at]
        start = before.rfind("\n") + 1
        line = self.text[start:].split("\n", 1)[0]
        return {"row": before.count("\n") + 1, "column": self.at - start + 1, "line": line[:200]}


def shown(word: str) -> str:
    """Return a word of a query as a sentence may repeat it: short, and in one line."""
    flat = "".join(sign if sign.isprintable() else " " for sign in word)
    return flat if len(flat) <= 60 else f"{flat[:57]}..."


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint to the known word that looks most like this one, or nothing."""
    if len(word) > 80:
        return ""
    found = get_close_matches(word.casefold(), list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


def no_column(name: str, known: Iterable[str], *, at: int | None = None) -> SoqlError:
    """Return that there is no such column."""
    return SoqlError(NO_COLUMN, f"No such column: {shown(name)}{nearest(name, known)}", at=at, column=shown(name))


def too_complex(sentence: str, *, at: int | None = None) -> SoqlError:
    """Return that a query is over a budget; the sentence names the number."""
    return SoqlError(TOO_COMPLEX, sentence, at=at)
