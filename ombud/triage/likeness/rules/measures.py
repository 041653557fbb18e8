"""How well reports were put together, against what is known to be true."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares between 0 and 1, of `n`; 1 where there was nothing to get wrong."""

    precision: float
    recall: float
    n: int

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def told(self) -> dict[str, float]:
        """Return it as plain data, rounded."""
        return {name: round(value, 4) for name, value in {**asdict(self), "f1": self.f1}.items()}


def of_marks(said: Sequence[bool], true: Sequence[bool]) -> Quality:
    """Return how well single marks agree; `n` is how many are true."""
    hits = sum(s and t for s, t in zip(said, true, strict=True))
    return Quality(hits / sum(said) if any(said) else 1.0, hits / sum(true) if any(true) else 1.0, sum(true))


def pairwise(said: Mapping[Any, Hashable], true: Mapping[Any, Hashable]) -> Quality:
    """Return how well pairs of one thing agree; both map a report to its thing. `n` is the number of true pairs."""
    both = _pairs(Counter((said[k], true[k]) for k in true))
    found, real = _pairs(Counter(said[k] for k in true)), _pairs(Counter(true.values()))
    return Quality(both / found if found else 1.0, both / real if real else 1.0, real)


def b_cubed(said: Mapping[Any, Hashable], true: Mapping[Any, Hashable]) -> Quality:
    """
    Return B-cubed precision and recall: for each report the share of its thing's reports that belong there.

    Large things weigh by their reports, not by their pairs, which grow with the square.
    """
    said_size, true_size = Counter(said[k] for k in true), Counter(true.values())
    overlap: dict[tuple[Hashable, Hashable], int] = defaultdict(int)
    for key, thing in true.items():
        overlap[said[key], thing] += 1
    n = len(true)
    precision = sum(c * c / said_size[s] for (s, _), c in overlap.items())
    recall = sum(c * c / true_size[t] for (_, t), c in overlap.items())
    return Quality(precision / n if n else 1.0, recall / n if n else 1.0, n)


def _pairs(sizes: Counter[Hashable]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a reliability table: scores from `low` up, what they promise and what was true."""

    low: float
    n: int
    said: float
    true: float


def reliability(scores: Sequence[float], true: Sequence[bool], *, steps: int = 10) -> tuple[list[Step], float, float]:
    """Return the table, the Brier score and the expected calibration error."""
    rows: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, hit in zip(scores, true, strict=True):
        rows[min(steps - 1, int(score * steps))].append((score, hit))
    table = [
        Step(at / steps, len(found), sum(s for s, _ in found) / len(found), sum(t for _, t in found) / len(found))
        for at, found in sorted(rows.items())
    ]
    n = len(scores) or 1
    brier = sum((s - t) ** 2 for s, t in zip(scores, true, strict=True)) / n
    return table, brier, sum(step.n * abs(step.said - step.true) for step in table) / n
