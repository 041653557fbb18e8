"""
Full-text search: which words every row must have.

Words are compared without case and by their beginnings, once the endings of English plurals and verbs are taken off:
`lights` and `lighting` both find `Street Light Out`. Engines differ in what they know of languages; this they all do
alike, and it is the same for every language.
"""

import re

from ombud.opendata.soql.faults import too_complex

WORDS_AT_MOST = 20
_ENDINGS = ("ingly", "edly", "ings", "ing", "ies", "ied", "es", "ed", "ly", "s", "y", "e")


def search_words(text: str) -> tuple[str, ...]:
    """Return the stems that every row must have, in lower case, each once. Raises SoqlError."""
    words = re.findall(r"\w+", text.lower())
    if len(words) > WORDS_AT_MOST:
        raise too_complex(f"A search has {WORDS_AT_MOST} words at most.")
    return tuple(dict.fromkeys(_stem(word)[:60] for word in words))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word
