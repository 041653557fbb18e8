"""
Learn a model from texts of which the service is known: a logistic regression for each service, by scikit-learn.

On the phrases it finds more than the ridge of `cold` does. It runs in a worker or a command, never in a web process.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ombud.triage.words.rules import features
from ombud.triage.words.rules.cold import Lesson
from ombud.triage.words.rules.features import Reading
from ombud.triage.words.rules.model import LinearModel, matrix, softmax

# Chosen on the phrases of the split "tune", Los Angeles.
PENALTY = 5e-5
# How sharp the scores of a model are that was fitted without texts to sharpen it on; chosen likewise.
SHARPNESS = 2.2
# Features that so few texts have are left out of a model that learned from many.
RARE, MANY = 2, 20_000
_SHARPER = tuple(float(s) for s in np.geomspace(0.1, 6, 40))


def fit(lessons: Sequence[Lesson], classes: Sequence[str]) -> LinearModel:
    """Return the model that these lessons teach. At least two services must be taught."""
    from scipy import sparse
    from sklearn.linear_model import SGDClassifier

    pairs = [(at, code, share) for at, lesson in enumerate(lessons) for code, share in lesson.codes.items()]
    order = {code: i for i, code in enumerate(classes)}
    readings = [features.read(lesson.text, lesson.facts) for lesson in lessons]
    read = matrix(readings, at_least=RARE if len(lessons) > MANY else 1)
    rows = sparse.csr_matrix((read.values, read.columns, read.starts), shape=(len(lessons), len(read.vocab)))
    taught = np.array([order[code] for _, code, _ in pairs])
    fitted = SGDClassifier(loss="log_loss", alpha=PENALTY, max_iter=60, tol=3e-4, random_state=1).fit(
        rows[[at for at, _, _ in pairs]], taught, sample_weight=[share for _, _, share in pairs]
    )
    # With two services there is one row of weights, for the second of them.
    two = len(fitted.classes_) == 2
    weights = np.concatenate([-fitted.coef_, fitted.coef_]) if two else fitted.coef_
    bias = np.concatenate([-fitted.intercept_, fitted.intercept_]) if two else fitted.intercept_
    whole = np.zeros((len(read.vocab), len(classes)), dtype=np.float16)
    whole[:, fitted.classes_] = weights.T
    # A service that nothing teaches is never suggested.
    biases = np.full(len(classes), -20.0, dtype=np.float32)
    biases[fitted.classes_] = bias
    return LinearModel(tuple(classes), read.vocab, read.rarity, whole, biases, SHARPNESS)


def sharpened(model: LinearModel, readings: Sequence[Reading], codes: Sequence[str]) -> LinearModel:
    """Return the model with the sharpness that makes it believe these texts most truly (temperature scaling)."""
    order = {code: i for i, code in enumerate(model.classes)}
    known = [(reading, order[code]) for reading, code in zip(readings, codes, strict=True) if code in order]
    if not known:
        return model
    scores = np.array([model.scores(reading) for reading, _ in known])
    right = np.array([at for _, at in known])
    rows = np.arange(len(known))

    def surprise(sharpness: float) -> float:
        likely = softmax((scores * sharpness).astype(np.float32))[rows, right]
        return float(-np.log(np.maximum(likely, 1e-9)).mean())

    return replace(model, sharpness=min(_SHARPER, key=surprise))
