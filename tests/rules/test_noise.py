"""Noise hides what one person adds to a count, and no more than it says."""

import math
from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from ombud.opendata.rules.noise import drawn, half_width, scale_for

DRAWS = 10_000


def test_the_scale_is_what_a_person_may_add_over_epsilon() -> None:
    assert scale_for(epsilon=0.25, reports_a_person=3) == 12
    assert scale_for(epsilon=0.3, reports_a_person=3) == 10


def test_draws_spread_as_the_scale_says() -> None:
    dice = Random(20)
    draws = [drawn(Fraction(12), dice) for _ in range(DRAWS)]
    # The spread of discrete Laplace noise of scale b: E|X| = 2p / (1 - p²), p = exp(-1/b).
    p = math.exp(-1 / 12)
    assert sum(map(abs, draws)) / DRAWS == pytest.approx(2 * p / (1 - p * p), abs=0.3)
    assert abs(sum(draws) / DRAWS) < 0.6
    inside = sum(abs(draw) <= half_width(Fraction(12)) for draw in draws) / DRAWS
    assert 0.945 < inside < 0.962


def test_two_cities_that_differ_in_one_person_look_alike() -> None:
    """No outcome is more than e^epsilon times likelier where the person's three reports are than where they are not."""
    epsilon, dice = 0.5, Random(7)
    scale = scale_for(epsilon=epsilon, reports_a_person=3)
    without, with_person = (Counter((n + drawn(scale, dice)) // 5 for _ in range(4 * DRAWS)) for n in (40, 43))
    often = [each for each in without if without[each] > 400 and with_person[each] > 400]
    assert len(often) > 5
    for each in often:
        assert max(without[each] / with_person[each], with_person[each] / without[each]) < math.exp(epsilon) * 1.2
