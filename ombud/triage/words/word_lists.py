"""The lists of words that Ombud ships, and which languages they cover."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from ombud.triage.words.rules.watch import WordList, merged, read_list

_FOLDER = files("ombud.triage.words") / "lists"


@dataclass(frozen=True, slots=True)
class Watch:
    """The lists for some languages; `uncovered` are those for which there is none, `untried` those never measured."""

    lists: tuple[WordList, ...]
    uncovered: tuple[str, ...]
    untried: tuple[str, ...]


def shipped() -> tuple[str, ...]:
    """Return the languages that Ombud ships lists for."""
    names = [entry.name for entry in _FOLDER.iterdir()]
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def watch(languages: Iterable[str], more: Mapping[str, Mapping[str, Any]] | None = None) -> Watch:
    """
    Return the lists for some languages (`es-mx` counts as `es`), with a city's own lines added.

    `more` is by language what a city adds: `{"en": {"danger": {"fire": [...]}, "hate": {...}, "harmless": [...]}}`.
    A language that Ombud has no list for is covered where the city writes one.
    """
    more = more or {}
    wanted = tuple(dict.fromkeys(language.lower().split("-")[0] for language in languages))
    known = {language: _list(language, _frozen(more.get(language))) for language in wanted}
    return Watch(
        lists=tuple(words for words in known.values() if words),
        uncovered=tuple(language for language, words in known.items() if words is None),
        untried=tuple(language for language, words in known.items() if words and not words.measured),
    )


@lru_cache(maxsize=256)
def _list(language: str, more: str) -> WordList | None:
    added: Mapping[str, Any] = yaml.safe_load(more) if more else {}
    if language in shipped():
        return read_list(merged(_content(language), added))
    return read_list({"language": language, **added}) if added else None


@lru_cache(maxsize=64)
def _content(language: str) -> Mapping[str, Any]:
    raw: Mapping[str, Any] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text("utf-8"))
    return raw


def _frozen(more: Mapping[str, Any] | None) -> str:
    return yaml.safe_dump(dict(more), allow_unicode=True) if more else ""
