"""
Words that tell of danger, hate or threats, by lists that are data: one file for each language.

A line of a list is words in their order; `a|b` is either, `wire*` any word that begins so, `_` up to three words of
any kind. Case and accents never matter, nor do apostrophes ("can't" is "cant"). A find does not count where
a harmless line covers it ("fire hydrant"), where one of the three words before it denies it ("no smoke"), or, for what
passes, where the text says that it is over ("last week"). Lists of languages that are written without spaces
(`joined`) are read letter by letter.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ombud.kernel.texts import folded

GAP = 3
_DENIED_WITHIN = 3
_ALONE = 3
# What is over does not call for help any more; a gas leak or a wire that hangs since yesterday still does.
_PASSES = frozenset(["violence", "crash", "medical", "fire"])
_MOST_LETTERS = 6000
_TOKEN = re.compile(r"[^\W_]+(?:['’`´][^\W_]+)*|[.,;:!?¿¡\n]")  # noqa: RUF001 - as people type them
_APART = re.compile(r"['’`´]")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Find:
    """What was found: the kind (`fire`, `threat`), the language of the list, and the words as they were written."""

    kind: str
    language: str
    words: str


@dataclass(frozen=True, slots=True)
class _Word:
    """One place of a line: whole words and beginnings of words, or a gap."""

    whole: frozenset[str] = frozenset()
    begins: tuple[str, ...] = ()
    is_gap: bool = False

    def fits(self, token: str) -> bool:
        return token in self.whole or token.startswith(self.begins)


_Line = tuple[_Word, ...]


@dataclass(frozen=True)
class WordList:
    """The lists of one language, read and ready."""

    language: str
    measured: bool
    joined: bool
    negations: tuple[_Line, ...]
    over: tuple[_Line, ...]
    breaks: frozenset[str]
    harmless: tuple[_Line, ...]
    alone: Mapping[str, str]
    danger: Mapping[str, tuple[_Line, ...]]
    hate: Mapping[str, tuple[_Line, ...]]
    letters: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def read_list(raw: Mapping[str, Any]) -> WordList:
    """Return a list from its file's content. Raises ValueError where it is not of this form."""
    try:
        joined = bool(raw.get("joined", False))
        groups = {name: dict(raw.get(name) or {}) for name in ("danger", "hate")}
        letters = {name: {kind: tuple(map(_bare, lines)) for kind, lines in g.items()} for name, g in groups.items()}
        return WordList(
            language=str(raw["language"]),
            measured=bool(raw.get("measured", False)),
            joined=joined,
            negations=_lines(raw.get("negations", ())),
            over=_lines(raw.get("over", ())),
            breaks=frozenset(_bare(word) for word in raw.get("breaks", ())),
            harmless=() if joined else _lines(raw.get("harmless", ())),
            alone={_bare(word): kind for kind, words in dict(raw.get("alone") or {}).items() for word in words},
            danger={} if joined else {kind: _lines(lines) for kind, lines in groups["danger"].items()},
            hate={} if joined else {kind: _lines(lines) for kind, lines in groups["hate"].items()},
            letters={**letters, "harmless": {"": tuple(map(_bare, raw.get("harmless", ())))}} if joined else {},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as unreadable:
        raise ValueError(f"this is no list of words: {unreadable}") from unreadable


def merged(own: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a list's file with a city's own lines added: `danger` and `hate` by kind, `harmless`."""
    whole = dict(own)
    for name in ("danger", "hate"):
        added = more.get(name) or {}
        whole[name] = {
            kind: [*(own.get(name, {}).get(kind) or ()), *(added.get(kind) or ())]
            for kind in {**(own.get(name) or {}), **added}
        }
    whole["harmless"] = [*(own.get("harmless") or ()), *(more.get("harmless") or ())]
    return whole


def danger_in(text: str, lists: Iterable[WordList]) -> list[Find]:
    """Return what in a text tells of danger to life, in any of the languages; each kind once."""
    return _found(text, lists, "danger")


def hate_in(text: str, lists: Iterable[WordList]) -> list[Find]:
    """Return what in a text tells of hate or threats, in any of the languages; each kind once."""
    return _found(text, lists, "hate")


def _found(text: str, lists: Iterable[WordList], group: str) -> list[Find]:
    text = text[:_MOST_LETTERS]
    tokens, shown = _tokens(text)
    finds: dict[str, Find] = {}
    for words in lists:
        for find in _by_letters(text, words, group) if words.joined else _by_words(tokens, shown, words, group):
            finds.setdefault(find.kind, find)
    return list(finds.values())


def _by_words(tokens: Sequence[str], shown: Sequence[str], words: WordList, group: str) -> list[Find]:
    spoken = [token for token in tokens if token[0].isalnum()]
    if group == "danger" and 0 < len(spoken) <= _ALONE and (kind := words.alone.get(" ".join(spoken))):
        return [Find(kind, words.language, " ".join(s for s in shown if s[0].isalnum()))]
    covered = _covered(tokens, words.harmless)
    is_over = any(_ends(tokens, at, line) for line in words.over for at in range(len(tokens)))
    finds = []
    lists: Mapping[str, tuple[_Line, ...]] = getattr(words, group)
    for kind, lines in lists.items():
        if is_over and group == "danger" and kind in _PASSES:
            continue
        if span := _first(tokens, lines, covered, words, deniable=group == "danger"):
            finds.append(Find(kind, words.language, " ".join(shown[span[0] : span[1]])))
    return finds


def _first(
    tokens: Sequence[str], lines: Sequence[_Line], covered: frozenset[int], words: WordList, *, deniable: bool
) -> tuple[int, int] | None:
    for line in lines:
        for at in range(len(tokens)):
            end = _ends(tokens, at, line)
            if end and covered.isdisjoint(range(at, end)) and not (deniable and _denied(tokens, at, words)):
                return at, end
    return None


def _ends(tokens: Sequence[str], at: int, line: _Line, place: int = 0) -> int:
    """Return behind which token the line ends that begins at `at`; 0 where it does not stand there."""
    if place == len(line):
        return at
    if line[place].is_gap:
        # No gap reaches over the end of a sentence.
        for skipped in range(GAP + 1):
            if skipped and (at + skipped > len(tokens) or not tokens[at + skipped - 1][0].isalnum()):
                return 0
            if end := _ends(tokens, at + skipped, line, place + 1):
                return end
        return 0
    if at < len(tokens) and line[place].fits(tokens[at]):
        return _ends(tokens, at + 1, line, place + 1)
    return 0


def _covered(tokens: Sequence[str], lines: Sequence[_Line]) -> frozenset[int]:
    found: set[int] = set()
    for line in lines:
        for at in range(len(tokens)):
            if end := _ends(tokens, at, line):
                found.update(range(at, end))
    return frozenset(found)


def _denied(tokens: Sequence[str], at: int, words: WordList) -> bool:
    start = at
    while start > 0 and at - start < _DENIED_WITHIN and tokens[start - 1][0].isalnum():
        if tokens[start - 1] in words.breaks:
            break
        start -= 1
    return any(0 < _ends(tokens, place, line) <= at for line in words.negations for place in range(start, at))


def _by_letters(text: str, words: WordList, group: str) -> list[Find]:
    bare = _bare(text)
    if group == "danger" and (kind := words.alone.get(bare.strip(" .!?。！？"))):  # noqa: RUF001 - their own marks
        return [Find(kind, words.language, text.strip())]
    for line in words.letters["harmless"][""]:
        bare = bare.replace(line, " ")
    return [
        Find(kind, words.language, hit)
        for kind, lines in words.letters[group].items()
        if (hit := next((line for line in lines if line in bare), ""))
    ]


def _lines(raw: Iterable[object]) -> tuple[_Line, ...]:
    return tuple(tuple(_word(part) for part in str(line).split()) for line in raw)


def _word(part: str) -> _Word:
    if part == "_":
        return _Word(is_gap=True)
    choices = [_bare(choice) for choice in part.split("|") if choice]
    return _Word(
        frozenset(c for c in choices if not c.endswith("*")),
        tuple(c[:-1] for c in choices if c.endswith("*")),
    )


def _bare(text: object) -> str:
    # "đ" is a letter of its own to Unicode, and people leave its stroke out.
    return _APART.sub("", folded(str(text))).replace("đ", "d")


def _tokens(text: str) -> tuple[list[str], list[str]]:
    """Return the words and stops of a text, bare and as they were written."""
    shown = _TOKEN.findall(text)
    return [_bare(token) or token for token in shown], shown
