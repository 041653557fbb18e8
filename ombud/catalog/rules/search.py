"""Find a service by the words a resident would use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.texts import folded

_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "de",
        "del",
        "el",
        "en",
        "for",
        "from",
        "in",
        "is",
        "it",
        "la",
        "las",
        "los",
        "my",
        "of",
        "on",
        "or",
        "the",
        "to",
        "un",
        "una",
        "with",
        "y",
    ]
)
NAME, KEYWORD, DESCRIPTION = 3.0, 2.5, 1.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A service's words, folded, each with what a hit on it is worth."""

    code: str
    phrases: tuple[tuple[str, float], ...]
    words: tuple[tuple[str, float], ...]


def index(definitions: Iterable[ServiceDefinition]) -> tuple[Entry, ...]:
    """Return the searchable words of the services, in every language they have."""
    entries = []
    for definition in definitions:
        phrases = [(folded(name), NAME) for name in definition.name.values()]
        phrases += [(folded(name), NAME) for name in definition.legacy_names]
        phrases += [(folded(k), KEYWORD) for ks in definition.keywords.values() for k in ks]
        worth: dict[str, float] = {}
        described = [(folded(text), DESCRIPTION) for text in definition.description.values()]
        for phrase, value in [*phrases, *described]:
            for word in _words(phrase):
                worth[word] = max(worth.get(word, 0), value)
        entries.append(Entry(definition.code, tuple(phrases), tuple(worth.items())))
    return tuple(entries)


def search(entries: Sequence[Entry], query: str, *, limit: int = 8) -> list[str]:
    """Return the codes of the services that fit, best first; near misspellings count for less."""
    wanted = folded(query)[:100]
    words = _words(wanted)
    if not words:
        return []
    scored = [(_score(entry, wanted, words), entry.code) for entry in entries]
    ranked = sorted(((score, code) for score, code in scored if score > 0), key=lambda pair: -pair[0])
    if not ranked:
        return []
    best = ranked[0][0]
    return [code for score, code in ranked if score >= best * 0.4][:limit]


def _words(text: str) -> list[str]:
    parts = "".join(c if c.isalnum() else " " for c in text).split()
    return [word for word in parts if len(word) > 1 and word not in _SMALL]


def _score(entry: Entry, wanted: str, words: list[str]) -> float:
    whole = max((worth for phrase, worth in entry.phrases if phrase == wanted), default=0.0)
    each = [max((_likeness(w, own) * worth for own, worth in entry.words), default=0.0) for w in words]
    # All words of the question matter: one hit in four is a weaker find than one hit in one.
    return whole * 2 + sum(each) / len(each)


def _likeness(typed: str, own: str) -> float:
    if typed == own:
        return 1.0
    if len(typed) >= 3 and own.startswith(typed):
        return 0.8
    if len(typed) >= 4 and typed.startswith(own) and len(own) >= 4:
        return 0.7
    if len(typed) >= 5 and abs(len(typed) - len(own)) <= 2 and typed[0] == own[0]:
        ratio = SequenceMatcher(None, typed, own).ratio()
        return 0.6 if ratio >= 0.84 else 0.0
    return 0.0
