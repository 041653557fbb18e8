"""
Noise for counts, so that nobody's report shows in them: differential privacy with discrete Laplace noise.

A person bears on a release with so many reports at most (`reports_a_person`); each cell of the release gets noise of
scale reports_a_person / epsilon, which hides whatever those add up to. The sampler is exact: whole numbers and fair
coins, no floating point (Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, algorithm 2).
"""

import math
from fractions import Fraction
from random import Random


def scale_for(*, epsilon: float, reports_a_person: int) -> Fraction:
    """Return the noise's scale, in requests."""
    return Fraction(reports_a_person) / Fraction(epsilon).limit_denominator(10_000)


def drawn(scale: Fraction, dice: Random) -> int:
    """Return one draw of discrete Laplace noise. `dice` must be the system's own where people are counted."""
    t, s = scale.numerator, scale.denominator
    while True:
        rest = dice.randrange(t)
        if not _true_with_exp_of_minus(Fraction(rest, t), dice):
            continue
        wholes = 0
        while _true_with_exp_of_minus(Fraction(1), dice):
            wholes += 1
        size = (rest + t * wholes) // s
        negative = dice.randrange(2) == 1
        if negative and size == 0:
            continue
        return -size if negative else size


def _true_with_exp_of_minus(gamma: Fraction, dice: Random) -> bool:
    """Return True with probability exp(-gamma), for gamma from 0 to 1."""
    k = 1
    while dice.randrange(gamma.denominator * k) < gamma.numerator:
        k += 1
    return k % 2 == 1


def half_width(scale: Fraction, *, share: float = 0.95) -> int:
    """Return within how many requests of the true count a noisy one lies in so many of all cases at least."""
    p = math.exp(-1 / float(scale))
    return max(0, math.ceil(math.log((1 - share) * (1 + p) / 2) / math.log(p)) - 1)
