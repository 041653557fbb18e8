"""
Whether what a claim rests on is still so: the answer of its query then, and the answer now. Pure.

Rows are told apart by their keys: what they are grouped by, or all that is no number. Their order says nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from math import isclose, isfinite
from typing import Any, TypeGuard

from ombud.kernel.errors import N_, BadInput

ROWS_AT_MOST = 100
DIFFERENCES_KEPT = 5
# Closer than this two sums of the same numbers are the same: they may be added up in another order.
SAME_BY = 1e-9

Cell = str | int | float | bool | None
NOTHING = N_("The query gives no rows, so nothing can rest on it.")
TOO_MANY = N_("A claim rests on %(most)s rows at most; this query gives more. Ask for less of them.")
NO_NUMBER = N_("A comparison needs a number, and %(column)s is none. Choose another column, or “exactly”.")
NO_COLUMN = N_("The answer has no column “%(column)s”.")
NEEDS_AMOUNT = N_("Write a number.")
PERCENT = N_("Write a percentage from 0 to 100.")
NOT_SO = N_("That is not what the query says: it gives %(value)s.")


class How(StrEnum):
    """How near the answer has to stay to what it was."""

    EXACTLY = "exactly"
    WITHIN = "within"
    MORE = "more"
    LESS = "less"


class Verdict(StrEnum):
    """What came of looking again."""

    REPRODUCES = "reproduces"
    DIFFERS = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query says. Numbers are as the API writes them; `keys` names the columns that say what a row is about."""

    names: tuple[str, ...]
    keys: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The columns that are no keys."""
        return tuple(name for name in self.names if name not in self.keys)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"names": list(self.names), "keys": list(self.keys), "rows": [list(row) for row in self.rows]}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Answer":
        """Return what `as_data` wrote down."""
        return cls(tuple(data["names"]), tuple(data["keys"]), tuple(tuple(row) for row in data["rows"]))


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What has to stay so: how near, and of which column; empty means all that are no keys.

    `amount` is a percentage of what it was for WITHIN, and the limit for MORE and LESS.
    """

    how: How
    amount: float | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not as the claim needs it; `gone` and `came` tell a row that only one of the answers has."""

    key: str
    column: str
    was: Cell
    now: Cell
    gone: bool = False
    came: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict, the first differences, and how many there are in all."""

    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    count: int = 0


def refuse_unfit(terms: Terms, answer: Answer) -> None:
    """Raise BadInput where a claim cannot rest on an answer, or is not even true of it."""
    if not answer.rows:
        raise BadInput(NOTHING, field="soql")
    if terms.column and terms.column not in answer.names:
        raise BadInput(NO_COLUMN, field="column", column=terms.column[:60])
    if terms.how is not How.EXACTLY and terms.amount is None:
        raise BadInput(NEEDS_AMOUNT, field="amount")
    if terms.how is How.WITHIN and not 0 <= (terms.amount or 0) <= 100:
        raise BadInput(PERCENT, field="amount")
    if terms.how in (How.MORE, How.LESS):
        held = [(name, value) for row in answer.rows for name, value in _held(terms, answer, row).items()]
        wrong = next((name for name, value in held if value is not None and not is_number(value)), None)
        if wrong or not held:
            raise BadInput(NO_NUMBER, field="column", column=f"“{wrong}”" if wrong else "-")
    outcome = judged(terms, answer, answer)
    if outcome.verdict is not Verdict.REPRODUCES:
        now = outcome.differences[0].now
        raise BadInput(NOT_SO, field="amount", value="-" if now is None else now)


def judged(terms: Terms, then: Answer, now: Answer) -> Outcome:
    """Return whether an answer is still what the claim needs it to be."""
    needed = [terms.column] if terms.column else list(then.names)
    if any(name not in now.names for name in needed):
        return Outcome(Verdict.FAILED)
    found = list(_differences(terms, then, now))
    verdict = Verdict.DIFFERS if found or not now.rows else Verdict.REPRODUCES
    return Outcome(verdict, tuple(found[:DIFFERENCES_KEPT]), len(found))


def _differences(terms: Terms, then: Answer, now: Answer) -> Iterator[Difference]:
    before, after = _by_key(terms, then), _by_key(terms, now)
    compares = terms.how in (How.MORE, How.LESS)
    for key in [*before, *(key for key in after if key not in before)]:
        label = ", ".join("-" if part is None else str(part) for part in key)
        for was, is_now in zip_longest(before.get(key, ()), after.get(key, ())):
            if was is None and not compares:
                yield Difference(label, "", None, None, came=True)
            elif is_now is None:
                # A group that is gone has no value any more that could be more than anything.
                yield Difference(label, "", None, None, gone=True)
            else:
                for name, value in is_now.items():
                    old = was.get(name) if was else None
                    if not _holds(terms, old, value):
                        yield Difference(label, name, old, value)


def _by_key(terms: Terms, answer: Answer) -> dict[tuple[Cell, ...], list[dict[str, Cell]]]:
    """Return the values that count of each row, by its key; rows that share one stand in the order of their values."""
    places = [answer.names.index(name) for name in answer.keys if name != terms.column]
    found: dict[tuple[Cell, ...], list[dict[str, Cell]]] = defaultdict(list)
    for row in answer.rows:
        found[tuple(row[place] for place in places)].append(_held(terms, answer, row))
    for rows in found.values():
        rows.sort(key=lambda held: [_sorting(value) for value in held.values()])
    return found


def _held(terms: Terms, answer: Answer, row: Sequence[Cell]) -> dict[str, Cell]:
    """Return the values of a row that the claim rests on. Where all columns are keys, the rows themselves are it."""
    named = dict(zip(answer.names, row, strict=True))
    names = (terms.column,) if terms.column else answer.values
    return {name: named[name] for name in names}


def _sorting(value: Cell) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    return (1, float(value), "") if is_number(value) else (2, 0.0, str(value))


def _holds(terms: Terms, was: Cell, now: Cell) -> bool:
    match terms.how:
        case How.EXACTLY:
            return same(was, now)
        case How.WITHIN:
            return same(was, now) or is_near(was, now, percent=terms.amount or 0)
        case How.MORE:
            return is_number(now) and float(now) > (terms.amount or 0)
        case How.LESS:
            return is_number(now) and float(now) < (terms.amount or 0)


def is_number(value: Cell) -> TypeGuard[int | float]:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(was: Cell, now: Cell) -> bool:
    """Whether two values are the same. Nothing is the same as nothing only; whole numbers are compared exactly."""
    if is_number(was) and is_number(now):
        if isinstance(was, int) and isinstance(now, int):
            return was == now
        return isclose(was, now, rel_tol=SAME_BY, abs_tol=1e-12)
    return type(was) is type(now) and was == now


def is_near(was: Cell, now: Cell, *, percent: float) -> bool:
    """Whether a number has moved by so much of what it was at most. From nought nothing else is near."""
    if not (is_number(was) and is_number(now)):
        return False
    return isfinite(now) and abs(now - was) <= abs(was) * percent / 100 * (1 + SAME_BY)
