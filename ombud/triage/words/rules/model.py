"""
A linear model over the features of a text: one row of weights for each service, and how sure its scores are.

It is kept as plain numbers with a checksum, never as a pickle: a file that a stranger wrote can be wrong, but it
cannot run anything. Reading a text needs numpy alone.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ombud.kernel.errors import BadInput
from ombud.triage.words.rules import features
from ombud.triage.words.rules.features import Ids, Reading, Values

FORM = 1
_LARGEST = 200_000_000
# A service must be so many times likelier than by chance to be suggested at all.
_CHANCE = 2.0
# A word counts as a reason where it told at least this share of what the most telling word told.
_TELLING = 0.25


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A service that a text may ask for: its code, how likely (0 to 1), and the words that counted most."""

    code: str
    probability: float
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinearModel:
    """
    Features to services.

    `vocab` (n_features,) sorted numbers of the known features; `rarity` (n_features,) their weight by rarity;
    `weights` (n_features, n_classes) half floats; `bias` (n_classes,). A score times `sharpness` is a log odds.
    """

    classes: tuple[str, ...]
    vocab: Ids
    rarity: Values
    weights: NDArray[np.float16]
    bias: Values
    sharpness: float

    def scores(self, reading: Reading) -> Values:
        """Return the score of each service, (n_classes,)."""
        at, values = self._known(reading)
        scored: Values = values @ self.weights[at].astype(np.float32) + self.bias
        return scored

    def probabilities(self, reading: Reading) -> Values:
        """Return how likely each service is, (n_classes,), in sum 1."""
        likely: Values = softmax(self.scores(reading)[None, :] * self.sharpness)[0]
        return likely

    def suggest(
        self, text: str, *, facts: Iterable[str] = (), limit: int = 5, among: frozenset[str] | None = None
    ) -> list[Suggestion]:
        """
        Return the likeliest services, best first, of those offered (`among`).

        None for a text without a word that is known, nor any that is hardly likelier than by chance.
        """
        reading = features.read(text, facts)
        if not self.classes or not any(len(word) > 1 for word in reading.words):
            return []
        likely = self.probabilities(reading)
        least = min(0.5, _CHANCE / len(self.classes))
        order = [i for i in map(int, np.argsort(-likely, kind="stable")) if likely[i] >= least]
        chosen = [i for i in order if among is None or self.classes[i] in among][:limit]
        return [Suggestion(self.classes[i], round(float(likely[i]), 4), self._because(reading, i)) for i in chosen]

    def _known(self, reading: Reading) -> tuple[NDArray[np.intp], Values]:
        """Return where the known features stand, and their weights; unknown ones make the known count for less."""
        if not len(self.vocab) or not len(reading.ids):
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32)
        at = np.searchsorted(self.vocab, reading.ids)
        at[at == len(self.vocab)] = 0
        known = self.vocab[at] == reading.ids
        rarity = np.where(known, self.rarity[at], self.rarity.max())
        weighted = reading.values * rarity
        length = float(np.sqrt((weighted**2).sum())) or 1.0
        return at[known], (weighted[known] / length).astype(np.float32)

    def _because(self, reading: Reading, chosen: int, most: int = 3) -> tuple[str, ...]:
        at, values = self._known(reading)
        if not len(at):
            return ()
        known = np.isin(reading.ids, self.vocab[at])
        weights = self.weights[at].astype(np.float32)
        told = values * (weights[:, chosen] - weights.mean(axis=1))
        of = reading.of[known]
        by_word = {int(w): float(told[of == w].sum()) for w in set(of.tolist()) if w >= 0}
        best = sorted(by_word, key=lambda w: -by_word[w])[:most]
        return tuple(dict.fromkeys(reading.words[w] for w in best if by_word[w] > _TELLING * by_word[best[0]] > 0))


def softmax(scores: Values) -> Values:
    """Return (n, n_classes) scores as probabilities, each row in sum 1."""
    lifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (lifted / lifted.sum(axis=1, keepdims=True)).astype(np.float32)  # type: ignore[no-any-return]


def written(model: LinearModel) -> bytes:
    """Return the model as bytes: a checksum, then numpy's own format without pickles."""
    file = io.BytesIO()
    about = json.dumps({"form": FORM, "classes": model.classes, "sharpness": model.sharpness})
    np.savez_compressed(
        file,
        about=np.frombuffer(about.encode(), dtype=np.uint8),
        vocab=model.vocab,
        rarity=model.rarity,
        weights=model.weights,
        bias=model.bias,
    )
    return hashlib.sha256(file.getvalue()).digest() + file.getvalue()


def read_model(raw: bytes) -> LinearModel:
    """Return a model from its bytes. Raises BadInput where they are not whole or not a model."""
    if len(raw) > _LARGEST or hashlib.sha256(raw[32:]).digest() != raw[:32]:
        raise BadInput("This file of a model is not whole.")
    try:
        with np.load(io.BytesIO(raw[32:]), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            model = LinearModel(
                tuple(str(c) for c in about["classes"]),
                arrays["vocab"].astype(np.uint32),
                arrays["rarity"].astype(np.float32),
                arrays["weights"].astype(np.float16),
                arrays["bias"].astype(np.float32),
                float(about["sharpness"]),
            )
    except (ValueError, KeyError, TypeError, OSError, EOFError) as unreadable:
        raise BadInput("This file is no model.") from unreadable
    if about.get("form") != FORM or model.weights.shape != (len(model.vocab), len(model.classes)):
        raise BadInput("This file is no model.")
    return model


@dataclass(frozen=True, slots=True)
class Matrix:
    """Texts as a sparse matrix, (n_texts, n_features) by rows, with what its columns are."""

    vocab: Ids
    rarity: Values
    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Values


def matrix(readings: Sequence[Reading], *, at_least: int = 1) -> Matrix:
    """Return texts as a matrix over the features that `at_least` so many of them have; rows have length 1."""
    every = np.concatenate([r.ids for r in readings]) if readings else np.zeros(0, dtype=np.uint32)
    vocab, count = np.unique(every, return_counts=True)
    kept = count >= at_least
    vocab, count = vocab[kept], count[kept]
    rarity = (np.log((1 + len(readings)) / (1 + count)) + 1).astype(np.float32)
    blank = LinearModel(
        (), vocab, rarity, np.zeros((len(vocab), 0), np.float16), np.zeros(0, dtype=np.float32), sharpness=1.0
    )
    rows = [blank._known(reading) for reading in readings]
    starts = np.cumsum([0, *(len(at) for at, _ in rows)])
    columns = np.concatenate([at for at, _ in rows]) if rows else np.zeros(0, dtype=np.int64)
    values = np.concatenate([v for _, v in rows]) if rows else np.zeros(0, dtype=np.float32)
    return Matrix(vocab, rarity, starts, columns.astype(np.int64), values)
