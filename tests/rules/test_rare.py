"""What is published of sensitive requests stands for k of them at least, on whatever rung."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ombud.opendata.rules.rare import Combination, Rung, rungs

ROWS = st.lists(
    st.builds(
        Combination,
        service_code=st.sampled_from("AB"),
        cell=st.sampled_from(["c1", "c2", "c3", ""]),
        day=st.sampled_from(["2026-10-30", "2026-10-31", "2026-11-01"]),
        area=st.sampled_from(["7", "8", ""]),
        k=st.just(3),
    ),
    max_size=40,
)


@given(ROWS)
def test_each_published_combination_stands_for_k(rows: list[Combination]) -> None:
    found = rungs(rows)
    published = Counter(
        (rung, row.at(rung)) for row, rung in zip(rows, found, strict=True) if rung is not Rung.NOT_PUBLISHED
    )
    assert all(n >= 3 for n in published.values())


@given(ROWS)
def test_nobody_goes_further_down_than_needed(rows: list[Combination]) -> None:
    found = rungs(rows)
    for row, rung in zip(rows, found, strict=True):
        for finer in (each for each in Rung if each < rung):
            left = [one for one, at in zip(rows, found, strict=True) if at >= finer and one.at(finer) == row.at(finer)]
            assert len(left) < 3


def test_who_is_alone_is_not_published() -> None:
    assert rungs([Combination("A", "c", "2026-11-01", "7", k=5)]) == [Rung.NOT_PUBLISHED]
