"""
The model of a city that has no history yet: from its own catalogue, and from the phrases that Ombud ships.

The phrases name kinds of problem, not services. Which service of the city a kind belongs to is found by the
catalogue's own words: first a model is made of the catalogue alone; it reads the names of each kind; where it is
sure enough, the phrases of that kind teach that service. A kind that fits no service of the city teaches nothing.

Both fits are ridge regressions in their dual form, which has an exact solution in a second and needs no library for
learning: what a process uses until a worker has fitted the better one (`fitting`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ombud.catalog.rules.definition import ServiceDefinition
from ombud.triage.words.phrase_set import Phrase
from ombud.triage.words.rules import features
from ombud.triage.words.rules.model import LinearModel, matrix

RIDGE = 1.0
# How sharp the scores of a cold model are as log odds: chosen on the phrases of the split "tune", Los Angeles.
SHARPNESS = 22.0
# A kind's names must score this much for a service of the catalogue; below, the city has no such service.
FITS = 0.30
# Beside the best, services that fit nearly as well share a kind: a city may part what we hold for one kind.
NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a service beside requests: its code and each text that tells of it, in any language."""

    code: str
    texts: tuple[str, ...]


def known(definitions: Iterable[ServiceDefinition]) -> tuple[Known, ...]:
    """Return the words of a catalogue's services."""
    return tuple(
        Known(
            d.code,
            tuple(
                dict.fromkeys(
                    [
                        *d.name.values(),
                        *d.legacy_names,
                        *(word for words in d.keywords.values() for word in words),
                        *d.description.values(),
                    ]
                )
            ),
        )
        for d in definitions
    )


def kinds_of(
    services: Sequence[Known], kinds: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[str, dict[str, float]]:
    """Return for each kind the services it belongs to, with their shares (in sum 1); kinds that fit none are absent."""
    texts, codes = _of_catalogue(services)
    if not texts:
        return {}
    model = _fit(texts, _targets(codes, _classes(services)), _classes(services))
    found: dict[str, dict[str, float]] = {}
    for kind, names in kinds.items():
        asked = [features.read(name) for by_language in names.values() for name in by_language]
        if not asked:
            continue
        each = np.array([model.scores(reading) for reading in asked])
        # One name that fits well tells more than many that say it in other words.
        scores = (each.mean(axis=0) + each.max(axis=0)) / 2
        best = float(scores.max())
        if best >= FITS:
            near = {model.classes[i]: float(s) for i, s in enumerate(scores) if s >= best * NEARLY}
            found[kind] = {code: score / sum(near.values()) for code, score in near.items()}
    return found


def cold_model(
    services: Sequence[Known],
    phrases: Iterable[Phrase],
    kinds: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    belongs: Mapping[str, Mapping[str, float]] | None = None,
) -> LinearModel:
    """
    Return the model of a catalogue, taught by the phrases too (of which only those of the split "train" count).

    `belongs` says which services a kind belongs to, where that is known and need not be found.
    """
    classes = _classes(services)
    examples = lessons(services, phrases, kinds, belongs=belongs)
    at = {code: i for i, code in enumerate(classes)}
    wanted = np.zeros((len(examples), len(classes)), dtype=np.float32)
    for row, example in enumerate(examples):
        for code, share in example.codes.items():
            wanted[row, at[code]] = share
    return _fit([example.text for example in examples], wanted, classes)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text and the services that it asks for, with their shares (in sum 1)."""

    text: str
    codes: Mapping[str, float]
    facts: tuple[str, ...] = ()


def lessons(
    services: Sequence[Known],
    phrases: Iterable[Phrase],
    kinds: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    belongs: Mapping[str, Mapping[str, float]] | None = None,
) -> list[Lesson]:
    """Return all that can be taught of a catalogue without a history: its own texts, and the phrases that fit it."""
    texts, codes = _of_catalogue(services)
    taught = [Lesson(text, {code: 1.0}) for text, code in zip(texts, codes, strict=True)]
    belongs = kinds_of(services, kinds) if belongs is None else belongs
    said = [(p.text, p.kind) for p in phrases if p.split == "train"]
    said += [(name, kind) for kind, names in kinds.items() for some in names.values() for name in some]
    return taught + [Lesson(text, belongs[kind]) for text, kind in said if kind in belongs]


def _classes(services: Sequence[Known]) -> tuple[str, ...]:
    return tuple(service.code for service in services)


def _of_catalogue(services: Sequence[Known]) -> tuple[list[str], list[str]]:
    pairs = [(text, service.code) for service in services for text in service.texts]
    return [text for text, _ in pairs], [code for _, code in pairs]


def _targets(codes: Sequence[str], classes: Sequence[str]) -> NDArray[np.float32]:
    at = {code: i for i, code in enumerate(classes)}
    wanted = np.zeros((len(codes), len(classes)), dtype=np.float32)
    wanted[np.arange(len(codes)), [at[code] for code in codes]] = 1
    return wanted


def _fit(texts: Sequence[str], wanted: NDArray[np.float32], classes: tuple[str, ...]) -> LinearModel:
    from scipy import linalg, sparse

    read = matrix([features.read(text) for text in texts])
    rows = sparse.csr_matrix((read.values, read.columns, read.starts), shape=(len(texts), len(read.vocab)))
    alike = (rows @ rows.T).toarray()
    alike[np.diag_indices_from(alike)] += RIDGE
    solved = linalg.solve(alike, wanted, assume_a="pos", check_finite=False)
    weights = np.asarray(rows.T @ solved)
    return LinearModel(
        classes,
        read.vocab,
        read.rarity,
        weights.astype(np.float16),
        np.zeros(len(classes), dtype=np.float32),
        SHARPNESS,
    )
