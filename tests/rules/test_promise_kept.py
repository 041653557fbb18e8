"""Whether promises hold: nothing learned from what came later, and no request left out because it is slow."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.service_requests.rules.promise import DAY, Range
from ombud.service_requests.rules.promise_kept import NO_AREA, Kept, Past, in_all, kept, ranges_at, verdict

days = st.integers(0, 400).map(lambda n: n * DAY)
histories = st.lists(st.builds(Past, days, st.none()) | st.builds(lambda a, t: Past(a, a + t), days, days), max_size=60)


def in_order(rows: list[Past]) -> list[Past]:
    return sorted(rows, key=lambda one: one.asked)


@given(histories, days, st.randoms())
def test_nothing_that_came_later_is_known(rows: list[Past], at: float, dice: random.Random) -> None:
    def otherwise(one: Past) -> Past:
        if one.asked > at:
            return Past(one.asked + dice.randint(0, 9), None)
        later = one.ended is None or one.ended > at
        return Past(one.asked, dice.choice([None, at + 1 + dice.randint(0, 99)])) if later else one

    other = in_order([otherwise(one) for one in rows])
    assert ranges_at({("A", ""): in_order(rows)}, at) == ranges_at({("A", ""): other}, at)


@given(st.floats(0, 100), st.none() | st.floats(100, 200), st.floats(0, 300), st.none() | st.floats(0, 300))
def test_who_waits_is_told_of_as_soon_as_who_has_ended(
    low: float, high: float | None, taken: float, waited: float | None
) -> None:
    promised = Range(low, high, 20)
    now = max(taken, waited or 0.0)
    told = verdict(promised, Past(0.0, taken), now=now)
    still = verdict(promised, Past(0.0, None), now=now)
    assert (told is None) == (still is None), "else the slow ones would be left out"
    assert still in (None, "late", "within")


def test_a_range_holds_from_its_lower_to_its_upper_end() -> None:
    promised = Range(5.0, 10.0, 20)
    ends = {4.0: "early", 5.0: "within", 10.0: "within", 10.5: "late"}
    assert {taken: verdict(promised, Past(0.0, taken), now=99.0) for taken in ends} == ends
    assert verdict(promised, Past(0.0, None), now=99.0) == "late"
    assert verdict(promised, Past(0.0, 6.0), now=9.0) is None
    assert verdict(Range(5.0, None, 20), Past(0.0, None), now=6.0) == "within"


@pytest.mark.parametrize("seed", range(3))
def test_where_nothing_changes_a_range_holds_for_some_more_than_six_of_ten(seed: int) -> None:
    dice = random.Random(seed)
    rows = [Past(n * DAY / 10, n * DAY / 10 + dice.expovariate(1 / (9 * DAY))) for n in range(4000)]
    months = [n * 30 * DAY for n in range(4, 12)]
    whole = in_all(kept({("A", ""): rows}, months, now=400 * DAY).values())
    assert whole.n == 2100
    assert 0.57 < whole.within / whole.n < 0.70
    closed_only = in_all(kept({("A", ""): rows}, months, now=months[-1]).values())
    assert closed_only.n < whole.n, "the last weeks cannot be told yet"


def test_an_area_is_promised_its_own_and_others_the_whole_citys() -> None:
    quick = [Past(n * DAY, (n + 1) * DAY) for n in range(60)]
    slow = [Past(n * DAY, (n + 20) * DAY) for n in range(60)]
    lost = [Past(40 * DAY, 41 * DAY)]
    past = {
        ("A", "ward:1"): quick,
        ("A", "ward:2"): slow,
        ("A", NO_AREA): lost,
        ("A", ""): in_order(quick + slow + lost),
    }
    counted = kept(past, [45 * DAY, 60 * DAY], now=200 * DAY)
    assert counted == {("A", 45 * DAY): Kept(within=30)}
    assert ("A", NO_AREA) not in ranges_at(past, 45 * DAY)
