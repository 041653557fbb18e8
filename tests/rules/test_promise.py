"""The honest promise, against the same estimate written down naively in whole fractions."""

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ombud.service_requests.rules.promise import ENOUGH, Observed, Range, expected_range, quantiles, still_expected

SHARES = {0.1: Fraction(1, 10), 0.2: Fraction(1, 5), 0.5: Fraction(1, 2), 0.8: Fraction(4, 5), 0.9: Fraction(9, 10)}
observations = st.lists(st.builds(Observed, st.integers(1, 40).map(float), st.booleans()), max_size=60)


def by_hand(observed: Sequence[Observed], share: Fraction) -> float | None:
    """Return the first time by which the share has ended: the product limit, as the textbook has it."""
    for time in sorted({o.seconds for o in observed if o.ended}):
        surviving = Fraction(1)
        for earlier in sorted({o.seconds for o in observed if o.ended and o.seconds <= time}):
            ended = sum(o.ended and o.seconds == earlier for o in observed)
            at_risk = sum(o.seconds >= earlier for o in observed)
            surviving *= 1 - Fraction(ended, at_risk)
        if 1 - surviving >= share:
            return time
    return None


@given(observations)
def test_it_is_the_product_limit_estimate(observed: list[Observed]) -> None:
    assert quantiles(observed, list(SHARES)) == [by_hand(observed, exact) for exact in SHARES.values()]


@given(observations, st.randoms())
def test_the_order_of_the_observations_does_not_matter(observed: list[Observed], random) -> None:
    shuffled = list(observed)
    random.shuffle(shuffled)
    assert quantiles(shuffled, list(SHARES)) == quantiles(observed, list(SHARES))


@given(st.lists(st.integers(1, 1000).map(float), min_size=1, max_size=60))
def test_where_all_have_ended_it_is_the_plain_quantile(seconds: list[float]) -> None:
    (median,) = quantiles([Observed(s, ended=True) for s in seconds], [0.5])
    assert median == sorted(seconds)[(len(seconds) - 1) // 2]


@given(st.lists(st.integers(1, 1000).map(float), max_size=60))
def test_where_none_has_ended_nothing_is_promised(seconds: list[float]) -> None:
    still_open = [Observed(s, ended=False) for s in seconds]
    assert quantiles(still_open, [0.01, 0.5]) == [None, None]
    assert expected_range(still_open) is None


@given(observations.filter(lambda o: len(o) >= 1), st.integers(41, 100))
def test_one_more_that_is_still_open_never_shortens_the_promise(observed: list[Observed], waiting: int) -> None:
    before = quantiles(observed, list(SHARES))
    after = quantiles([*observed, Observed(float(waiting), ended=False)], list(SHARES))
    for was, now in zip(before, after, strict=True):
        assert now is None or (was is not None and now >= was)


def test_open_requests_are_neither_ignored_nor_counted_as_done() -> None:
    ended = [Observed(float(day), ended=True) for day in range(1, 21)]
    waiting = [Observed(30.0, ended=False)] * 20
    assert quantiles(ended, [0.5]) == [10.0]
    assert quantiles(ended + waiting, [0.5]) == [20.0]
    assert quantiles(ended + waiting, [0.8]) == [None]


def test_too_few_promise_nothing_and_enough_promise_a_range_with_its_number() -> None:
    known = [Observed(float(day), ended=True) for day in range(1, ENOUGH + 1)]
    assert expected_range(known[:-1]) is None
    assert expected_range(known) == Range(3.0, 18.0, ENOUGH)


def test_the_upper_end_is_open_where_more_than_a_fifth_wait_on() -> None:
    known = [Observed(float(day), ended=True) for day in range(1, 16)] + [Observed(99.0, ended=False)] * 5
    found = expected_range(known)
    assert found is not None
    assert found.high is None


def test_who_waits_already_is_told_from_those_that_took_longer_than_that() -> None:
    known = [Observed(float(day), ended=True) for day in [5] * 10 + list(range(6, 26))]
    assert still_expected(known, age=5.0) == Range(8.0, 23.0, 20)
    assert still_expected(known, age=6.0) is None, "it took longer than it took"
