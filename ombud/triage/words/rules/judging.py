"""How good suggestions were: how often right, and whether their sureness can be believed."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

BINS = 10
_Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the interval that holds the true share in 95 of 100 cases (Wilson)."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share, or None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end."""
        return wilson(self.hits, self.n)

    def __str__(self) -> str:
        if not self.n:
            return "none of 0"
        low, high = self.interval
        return f"{self.hits / self.n:.1%} ({low:.1%} to {high:.1%}, n={self.n})"


@dataclass(frozen=True, slots=True)
class Guess:
    """What was suggested, best first, how sure of the first (0 to 1), and what was right (any of these)."""

    ranked: tuple[str, ...]
    probability: float
    right: frozenset[str]

    @property
    def is_first(self) -> bool:
        """Whether the first was right."""
        return bool(self.ranked) and self.ranked[0] in self.right

    @property
    def is_among(self) -> bool:
        """Whether one of the first three was right."""
        return not self.right.isdisjoint(self.ranked[:3])


@dataclass(frozen=True, slots=True)
class Bin:
    """Guesses that were about as sure: from, to, how sure on average, and how often right."""

    low: float
    high: float
    sure: float
    right: Share


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    How a model did on some texts.

    `brier` is the mean squared distance of the sureness from the truth of the first guess (0 is best); `gap` the mean
    distance between how sure and how often right, over bins weighted by their number (expected calibration error).
    """

    first: Share
    among: Share
    brier: float | None
    gap: float | None
    bins: tuple[Bin, ...]


def judge(guesses: Sequence[Guess]) -> Judgement:
    """Return how good the guesses were."""
    n = len(guesses)
    bins = _bins(guesses)
    return Judgement(
        first=Share(sum(g.is_first for g in guesses), n),
        among=Share(sum(g.is_among for g in guesses), n),
        brier=sum((g.probability - g.is_first) ** 2 for g in guesses) / n if n else None,
        gap=sum(abs(b.sure - (b.right.value or 0)) * b.right.n for b in bins) / n if n else None,
        bins=bins,
    )


def by(guesses: Iterable[tuple[Hashable, Guess]]) -> Mapping[Hashable, Judgement]:
    """Return how good the guesses of each group were, largest group first."""
    groups: dict[Hashable, list[Guess]] = {}
    for group, guess in guesses:
        groups.setdefault(group, []).append(guess)
    return {
        group: judge(some) for group, some in sorted(groups.items(), key=lambda pair: (-len(pair[1]), str(pair[0])))
    }


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share; from 0 to 1 where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def is_not_worse(new: Sequence[Guess], used: Sequence[Guess]) -> bool:
    """
    Say whether a new model may replace the one in use: on the same texts right no less often, nor less to be believed.

    One that is right as often wins by the better Brier score, so that a retrained one is kept where nothing is lost.
    """
    fresh, old = judge(new), judge(used)
    if fresh.first.hits != old.first.hits:
        return fresh.first.hits > old.first.hits
    return (fresh.brier or 0) <= (old.brier or 0)


def _bins(guesses: Sequence[Guess]) -> tuple[Bin, ...]:
    found = []
    for at in range(BINS):
        low, high = at / BINS, (at + 1) / BINS
        inside = [g for g in guesses if low <= g.probability < high or (at == BINS - 1 and g.probability >= 1)]
        if inside:
            sure = sum(g.probability for g in inside) / len(inside)
            found.append(Bin(low, high, sure, Share(sum(g.is_first for g in inside), len(inside))))
    return tuple(found)
