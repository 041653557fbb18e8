"""
Personal data in free text, found and masked.

By rules, because there is no text at hand to learn from, and because a rule says why. What is found: e-mail addresses
(spelled too), telephone numbers (spaced, spelled), number plates, numbers of houses and apartments, numbers of
identity, accounts and claims, dates of birth, and names that follow a cue ("my name is"). A name without a cue is not
found: see docs/explanation/classification.md for how much is missed.

Where a city wants the place of a problem to stay readable, `keep_addresses` leaves the numbers of houses, but for
those that somebody says are a home; `keep` lists names that are no persons ("Lincoln Park").
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ombud.kernel.texts import folded
from ombud.triage.words.rules import personal

MASKS = {
    "email": "[e-mail]",
    "phone": "[phone]",
    "plate": "[plate]",
    "unit": "[unit]",
    "house": "[house no.]",
    "id": "[id]",
    "birth": "[date of birth]",
    "name": "[name]",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text that tells of a person: its kind, from where to where (characters), and how sure (0 to 1)."""

    kind: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with what was found masked; the spans are those of the text as it was."""

    text: str
    spans: tuple[Span, ...]


_Rule = Callable[[str, str], Iterator[tuple[int, int, float]]]
# In this order, which decides where two rules find the same letters.
_RULES: tuple[tuple[str, _Rule], ...] = (
    ("email", personal.emails),
    ("birth", personal.births),
    ("id", personal.ids),
    ("plate", personal.plates),
    ("phone", personal.phones),
    ("unit", personal.units),
    ("house", personal.houses),
    ("name", personal.names),
)


def redact(
    text: str,
    *,
    region: str = "US",
    keep: Iterable[str] = (),
    keep_addresses: bool = False,
    keep_phones: frozenset[str] = frozenset(),
) -> Redacted:
    """
    Return the text with personal data masked.

    `region` is where a telephone number without a country belongs; `keep_phones` are the last ten digits of numbers
    that are nobody's, such as those of the city's offices.
    """
    found = find(text, region=region, keep=keep, keep_addresses=keep_addresses)
    spans = [s for s in found if s.kind != "phone" or last_digits(text[s.start : s.end]) not in keep_phones]
    masked, end = [], 0
    for span in spans:
        masked += [text[end : span.start], MASKS[span.kind]]
        end = span.end
    return Redacted("".join([*masked, text[end:]]), tuple(spans))


def last_digits(number: str) -> str:
    """Return the last ten digits of what may be a telephone number."""
    return "".join(letter for letter in number if letter.isdigit())[-10:]


def find(text: str, *, region: str = "US", keep: Iterable[str] = (), keep_addresses: bool = False) -> list[Span]:
    """Return the spans of personal data, in the order of the text; no two overlap."""
    kept = _kept(text, keep)
    taken: list[Span] = []
    for kind, rule in _RULES:
        for start, end, score in rule(text, region):
            if kind == "house" and keep_addresses and not personal.is_home(text, start):
                continue
            if kind in ("name", "house") and any(a <= start and end <= b for a, b in kept):
                continue
            if all(end <= other.start or start >= other.end for other in taken):
                taken.append(Span(kind, start, end, score))
    return sorted(taken, key=lambda span: span.start)


def _kept(text: str, keep: Iterable[str]) -> Sequence[tuple[int, int]]:
    one = _any_of(tuple(keep))
    low = "".join(folded(letter) or letter for letter in text) if one else ""
    # Folding keeps the number of letters of nearly all texts; where it does not, nothing is left readable.
    return [found.span() for found in one.finditer(low)] if one and len(low) == len(text) else ()


@lru_cache(maxsize=256)
def _any_of(keep: tuple[str, ...]) -> re.Pattern[str] | None:
    names = sorted((folded(name) for name in keep if len(name) > 3), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b") if names else None
