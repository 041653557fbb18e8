"""Figures that are dear to count are kept a while, cheap ones never."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from ombud.insight.keeping import KEPT_FOR_TIMES_ITS_COST, SECONDS_THAT_ARE_NOTHING, Keeper, good_until

SECONDS = st.floats(min_value=0, max_value=1e5)


@given(began=SECONDS, cost=SECONDS)
def test_counting_takes_a_fiftieth_of_the_time_at_most(began: float, cost: float) -> None:
    ended = began + cost
    kept = good_until(began=began, ended=ended) - ended
    assert kept == 0 if ended - began < SECONDS_THAT_ARE_NOTHING else kept >= 0.99 * cost * KEPT_FOR_TIMES_ITS_COST


def test_what_is_cheap_is_counted_anew_each_time() -> None:
    keeper, counted = Keeper[int](), iter(range(10))
    assert [keeper.get("received", lambda: next(counted))[0] for _ in range(3)] == [0, 1, 2]


def test_of_many_who_ask_at_once_one_counts_and_all_get_its_answer() -> None:
    keeper, counted, got = Keeper[int](), iter(range(100)), []

    def slowly() -> int:
        threading.Event().wait(SECONDS_THAT_ARE_NOTHING * 2)
        return next(counted)

    threads = [threading.Thread(target=lambda: got.append(keeper.get("received", slowly)[0])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [0] * 12


def test_each_city_and_period_has_its_own() -> None:
    keeper = Keeper[str]()
    assert [keeper.get(key, lambda key=key: key)[0] for key in ("la", "nyc", "la")] == ["la", "nyc", "la"]
