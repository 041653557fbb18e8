"""
Texts as numbers: words, pairs of words and pieces of words, each under a number made from its letters.

The numbers come from CRC-32 and from nothing that a library may change, so a model that was kept years ago still
reads texts as it did when it was fitted. Pieces of words carry misspellings and endings.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ombud.kernel.texts import folded

Ids = NDArray[np.uint32]
Values = NDArray[np.float32]

WORD, PAIR, PIECE, FACT = 1.0, 0.7, 0.7, 1.0
PIECES = (3, 4, 5)
# Longer texts are cut: what somebody wants stands in the beginning, and a model must not be kept busy.
MOST_WORDS = 300
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """
    A text as features, all three in the same order: the number of each, its weight, and the word that it is of.

    `words` are the folded words; `of` holds -1 for what is no word of the text, such as a fact of the place.
    """

    ids: Ids
    values: Values
    of: NDArray[np.int32]
    words: tuple[str, ...]


def words_of(text: str) -> list[str]:
    """Return the words of a text without case and accents, at most 300."""
    return _WORD.findall(folded(text))[:MOST_WORDS]


def read(text: str, facts: Iterable[str] = ()) -> Reading:
    """Return a text, and facts known beside it (`cell:8829a1`), as features."""
    words = words_of(text)
    found: dict[int, tuple[float, int]] = {}
    before = ""
    for at, word in enumerate(words):
        _take(found, f"w {word}", WORD, at)
        if before:
            _take(found, f"p {before} {word}", PAIR, at)
        for piece in _pieces(word):
            _take(found, f"c {piece}", PIECE, at)
        before = word
    for fact in facts:
        _take(found, f"f {fact}", FACT, -1)
    ids = np.fromiter(found, dtype=np.uint32, count=len(found))
    values = np.fromiter((value for value, _ in found.values()), dtype=np.float32, count=len(found))
    of = np.fromiter((at for _, at in found.values()), dtype=np.int32, count=len(found))
    return Reading(ids, values, of, tuple(words))


def _take(found: dict[int, tuple[float, int]], name: str, value: float, at: int) -> None:
    # Once is enough: somebody who writes "please" four times asks for nothing else than who writes it once.
    found.setdefault(crc32(name.encode()), (value, at))


def _pieces(word: str) -> Iterable[str]:
    """Yield the pieces of a word, its ends marked: "<po", "pot", "oth" and so on."""
    marked = f"<{word}>"
    for length in PIECES:
        for start in range(len(marked) - length + 1):
            yield marked[start : start + length]
