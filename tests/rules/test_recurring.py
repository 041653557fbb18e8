"""Places where the same thing keeps happening."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ombud.kernel.geo import LonLat, Metres, distance
from ombud.triage.likeness.rules.recurring import Happening, spots

NOON = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WITHIN = Metres(20)


def happened(day: float, *, metres: float = 0, lasts: float | None = 2, reports: int = 1) -> Happening:
    at = NOON + day * DAY
    ended_at = at + lasts * DAY if lasts is not None else None
    return Happening(LonLat(-118.25, 34.05 + metres / 111_195), at, ended_at, reports, request_id=int(day * 100))


def test_three_times_at_one_place_is_a_place_that_comes_back() -> None:
    (spot,) = spots([happened(0), happened(10, metres=5), happened(30, metres=9)], within=WITHIN, least=3)
    assert (spot.n, spot.reports, spot.median_gap_days) == (3, 3, 15.0)


def test_what_is_reported_while_it_is_open_has_not_come_back() -> None:
    """Reports that nobody joined would look like a place that keeps coming back."""
    beside = [happened(0, lasts=20), happened(1), happened(2), happened(3, lasts=None)]
    assert not spots(beside, within=WITHIN, least=2)
    (spot,) = spots([*beside[:3], happened(25)], within=WITHIN, least=2)
    assert (spot.n, spot.reports) == (2, 4)


def test_what_is_still_open_never_comes_back() -> None:
    assert not spots([happened(0, lasts=None), happened(40), happened(80)], within=WITHIN, least=2)


def test_a_street_is_not_one_place() -> None:
    street = [happened(i * 10, metres=15 * i) for i in range(12)]
    assert max(spot.n for spot in spots(street, within=WITHIN, least=1)) <= 3


happenings = st.lists(
    st.builds(
        happened,
        st.integers(0, 300),
        metres=st.integers(0, 120),
        lasts=st.none() | st.integers(0, 30),
        reports=st.integers(1, 5),
    ),
    max_size=25,
)


@settings(max_examples=80, deadline=None)
@given(happenings)
def test_every_report_is_counted_once_and_near_its_place(told: list[Happening]) -> None:
    found = spots(told, within=WITHIN, least=1)
    assert sum(spot.reports for spot in found) == sum(h.reports for h in told)
    assert all(spot.times == sorted(spot.times) and spot.n >= 1 for spot in found)
    for spot in found:
        assert spot.last is None or distance(spot.first.point, spot.last.point) <= WITHIN
