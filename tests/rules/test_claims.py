"""Whether what a claim rests on is still so, over answers of every shape."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import BadInput
from ombud.opendata.rules.claims import Answer, Cell, How, Terms, Verdict, judged, refuse_unfit

NUMBERS = st.none() | st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9).map(lambda n: round(n, 6))
KEYS = st.none() | st.text(max_size=3)
ROWS = st.lists(st.tuples(KEYS, NUMBERS, NUMBERS), min_size=1, max_size=12).map(tuple)
EXACTLY = Terms(How.EXACTLY)
REPRODUCES, DIFFERS = Verdict.REPRODUCES, Verdict.DIFFERS


def answer(rows: Any) -> Answer:
    return Answer(("ward", "n", "days"), ("ward",), tuple(rows))


def one(value: Cell) -> Answer:
    return Answer(("n",), (), ((value,),))


@given(ROWS, st.randoms())
def test_the_order_of_groups_says_nothing(rows: Any, random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    for terms in (EXACTLY, Terms(How.WITHIN, 0)):
        assert judged(terms, answer(rows), answer(shuffled)).verdict is REPRODUCES


@given(ROWS, st.integers(0, 11), st.sampled_from([1, 2]), st.integers(1, 1000))
def test_one_number_that_moved_is_seen_and_named(rows: Any, place: int, column: int, by: int) -> None:
    place %= len(rows)
    before = rows[place][column]
    changed = [list(row) for row in rows]
    changed[place][column] = 1 if before is None else before + by
    found = judged(EXACTLY, answer(rows), answer(changed))
    assert found.verdict is DIFFERS
    assert found.count >= 1
    assert judged(EXACTLY, answer(changed), answer(rows)).verdict is DIFFERS


@given(ROWS, st.integers(0, 11))
def test_a_group_that_is_gone_or_new_is_seen(rows: Any, place: int) -> None:
    fewer = [row for n, row in enumerate(rows) if n != place % len(rows)]
    for terms in (EXACTLY, Terms(How.WITHIN, 100)):
        [gone, came] = [judged(terms, answer(a), answer(b)) for a, b in ((rows, fewer), (fewer, rows))]
        assert gone.verdict is came.verdict is DIFFERS
    lone = [judged(EXACTLY, answer(a), answer(b)).differences for a, b in ((rows[:1], ()), ((), rows[:1]))]
    assert [d[0].gone for d in lone] == [True, False]
    assert [d[0].came for d in lone] == [False, True]


@given(st.floats(1, 1e9), st.floats(0, 100), st.floats(-1, 1))
def test_within_is_of_what_it_was(was: float, percent: float, part: float) -> None:
    terms = Terms(How.WITHIN, percent)
    assert judged(terms, one(was), one(was * (1 + part * percent / 100))).verdict is REPRODUCES
    beyond = was * (1 + math.copysign(percent * 1.001 + 0.001, part) / 100)
    assert judged(terms, one(was), one(beyond)).verdict is DIFFERS


@given(ROWS, ROWS, st.floats(0, 100), st.floats(0, 100))
def test_what_holds_within_less_holds_within_more(then: Any, now: Any, a: float, b: float) -> None:
    near, far = sorted((a, b))
    if judged(Terms(How.WITHIN, near), one(then[0][1]), one(now[0][1])).verdict is REPRODUCES:
        assert judged(Terms(How.WITHIN, far), one(then[0][1]), one(now[0][1])).verdict is REPRODUCES
    if judged(EXACTLY, answer(then), answer(now)).verdict is REPRODUCES:
        assert judged(Terms(How.WITHIN, near), answer(then), answer(now)).verdict is REPRODUCES


@given(NUMBERS, st.integers(-(10**12), 10**12))
def test_more_and_less_are_strict_and_nothing_is_neither(now: Cell, limit: int) -> None:
    more, less = (judged(Terms(how, limit), one(0), one(now)).verdict is REPRODUCES for how in (How.MORE, How.LESS))
    assert (more, less) == ((False, False) if now is None else (float(now) > limit, float(now) < limit))


@pytest.mark.parametrize(
    ("was", "now", "same"),
    [
        (None, None, True), (None, 0, False), (0, None, False), ("", None, False), (0, 0, True), (1, 1.0, True),
        (0.1 + 0.2, 0.3, True), (10**15, 10**15 + 1, False), (True, 1, False), (True, True, True), ("a", "A", False),
        ("1", 1, False), (1234, 1198, False),
    ],
)  # fmt: skip
def test_what_is_the_same(was: Cell, now: Cell, same: bool) -> None:
    assert (judged(EXACTLY, one(was), one(now)).verdict is REPRODUCES) is same


def test_from_nought_nothing_else_is_near() -> None:
    assert judged(Terms(How.WITHIN, 100), one(0), one(1)).verdict is DIFFERS
    assert judged(Terms(How.WITHIN, 0), one(0), one(0)).verdict is REPRODUCES


def test_a_claim_may_rest_on_one_column_alone() -> None:
    then, now = answer([("1", 5, 2.5)]), answer([("1", 6, 2.5)])
    assert judged(EXACTLY, then, now).verdict is DIFFERS
    assert judged(Terms(How.EXACTLY, column="days"), then, now).verdict is REPRODUCES
    found = judged(Terms(How.EXACTLY, column="n"), then, now).differences[0]
    assert (found.key, found.column, found.was, found.now) == ("1", "n", 5, 6)


def test_a_column_that_is_gone_cannot_be_judged() -> None:
    then = answer([("1", 5, 2.5)])
    now = Answer(("ward", "n"), ("ward",), (("1", 5),))
    assert judged(EXACTLY, then, now).verdict is Verdict.FAILED
    assert judged(Terms(How.EXACTLY, column="n"), then, now).verdict is REPRODUCES


def test_an_answer_without_rows_reproduces_nothing() -> None:
    assert judged(Terms(How.MORE, 0), one(5), replace(one(5), rows=())).verdict is DIFFERS


@given(ROWS)
def test_an_answer_comes_back_from_where_it_is_kept(rows: Any) -> None:
    assert Answer.of_data(answer(rows).as_data()) == answer(rows)


@pytest.mark.parametrize(
    ("terms", "found", "field"),
    [
        (EXACTLY, replace(one(1), rows=()), "soql"),
        (Terms(How.EXACTLY, column="m"), one(1), "column"),
        (Terms(How.WITHIN), one(1), "amount"),
        (Terms(How.WITHIN, 101), one(1), "amount"),
        (Terms(How.WITHIN, -1), one(1), "amount"),
        (Terms(How.MORE, 5), one(5), "amount"),
        (Terms(How.LESS, 5), one(None), "amount"),
        (Terms(How.MORE, 5, "ward"), answer([("a", 1, 1)]), "column"),
        (Terms(How.MORE, 5), Answer(("ward",), ("ward",), (("a",),)), "column"),
    ],
)
def test_what_a_claim_cannot_rest_on_is_refused(terms: Terms, found: Answer, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        refuse_unfit(terms, found)
    assert refused.value.field == field


@given(ROWS)
def test_what_is_exactly_so_can_be_claimed(rows: Any) -> None:
    refuse_unfit(EXACTLY, answer(rows))
