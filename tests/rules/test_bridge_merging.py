"""One field, two sides: both come to hold the same, and nothing that one side did is lost unseen."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.connect.bridge.rules.mapping import Direction, Owner
from ombud.connect.bridge.rules.merging import Ages, Agreed, Verdict, merge

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
# A side that knows five words and one that knows only whether it is over.
POORER = {"received": "open", "accepted": "open", "booked": "open", "fixed": "closed", "unstated": "closed"}
RICHER = {"open": "received", "closed": "unstated"}

nears = st.sampled_from(sorted(POORER))
fars = st.sampled_from(sorted(RICHER))
bases = st.none() | st.builds(Agreed, nears, fars)
owners = st.sampled_from(Owner)
directions = st.sampled_from(Direction)
ages = st.builds(
    Ages,
    st.none() | st.integers(0, 99).map(lambda m: NOON + timedelta(minutes=m)),
    st.none() | st.integers(0, 99).map(lambda m: NOON + timedelta(minutes=m)),
    st.just(timedelta(minutes=2)),
)


def decided(
    base: Agreed | None,
    near: str,
    far: str,
    owner: Owner,
    direction: Direction = Direction.BOTH,
    when: Ages | None = None,
) -> Verdict:
    same = POORER[near] == far
    return merge(base, near, far, same=same, owner=owner, direction=direction, ages=when or Ages())


def after(base: Agreed | None, near: str, far: str, verdict: Verdict) -> tuple[Agreed | None, str, str]:
    """Do what was decided."""
    if verdict is Verdict.GOES_NEAR:
        near = RICHER[far]
    if verdict is Verdict.GOES_FAR:
        far = POORER[near]
    agreed = verdict in (Verdict.AGREED, Verdict.GOES_NEAR, Verdict.GOES_FAR)
    return (Agreed(near, far) if agreed else base), near, far


@given(bases, nears, fars, owners, ages)
def test_both_sides_hold_the_same_after_one_step_or_a_person_is_asked(
    base: Agreed | None, near: str, far: str, owner: Owner, when: Ages
) -> None:
    verdict = decided(base, near, far, owner, when=when)
    _, near_then, far_then = after(base, near, far, verdict)
    if verdict in (Verdict.AGREED, Verdict.GOES_NEAR, Verdict.GOES_FAR):
        assert POORER[near_then] == far_then
    else:
        # Only where neither moved since they agreed to differ, or both did and nobody may decide alone.
        assert (near_then, far_then) == (near, far)


@given(bases, nears, fars, owners, directions, ages)
def test_what_was_settled_stays_settled(
    base: Agreed | None, near: str, far: str, owner: Owner, direction: Direction, when: Ages
) -> None:
    agreed, near, far = after(base, near, far, decided(base, near, far, owner, direction, when))
    again = decided(agreed, near, far, owner, direction, when)
    assert after(agreed, near, far, again)[1:] == (near, far)


@given(nears, fars, owners, ages, nears)
def test_a_change_of_one_side_alone_is_never_undone(near: str, far: str, owner: Owner, when: Ages, then: str) -> None:
    only_near = decided(Agreed(near, far), then, far, owner, when=when)
    assert after(Agreed(near, far), then, far, only_near)[1] == then
    other = "open" if far == "closed" else "closed"
    only_far = decided(Agreed(near, far), near, other, owner, when=when)
    assert after(Agreed(near, far), near, other, only_far)[2] == other


@given(bases, nears, fars, owners, directions, ages)
def test_nothing_travels_against_its_direction(
    base: Agreed | None, near: str, far: str, owner: Owner, direction: Direction, when: Ages
) -> None:
    verdict = decided(base, near, far, owner, direction, when)
    assert (verdict, direction) not in {(Verdict.GOES_NEAR, Direction.OUT), (Verdict.GOES_FAR, Direction.IN)}


@given(nears, owners, directions)
def test_what_we_sent_and_hear_again_is_no_change(near: str, owner: Owner, direction: Direction) -> None:
    sent = Agreed(near, POORER[near])
    assert decided(sent, near, POORER[near], owner, direction) is Verdict.AGREED


@pytest.mark.parametrize(
    ("owner", "near_at", "far_at", "verdict"),
    [
        (Owner.NEAR, 0, 9, Verdict.GOES_FAR),
        (Owner.FAR, 9, 0, Verdict.GOES_NEAR),
        (Owner.ASK, 0, 9, Verdict.ASK),
        (Owner.NEWEST, 0, 9, Verdict.GOES_NEAR),
        (Owner.NEWEST, 9, 0, Verdict.GOES_FAR),
        (Owner.NEWEST, 5, 7, Verdict.ASK),
        (Owner.NEWEST, 5, 8, Verdict.GOES_NEAR),
        (Owner.NEWEST, None, 8, Verdict.ASK),
        (Owner.NEWEST, 5, None, Verdict.ASK),
    ],
)
def test_the_owner_decides_where_both_moved(
    owner: Owner, near_at: int | None, far_at: int | None, verdict: Verdict
) -> None:
    when = Ages(
        None if near_at is None else NOON + timedelta(minutes=near_at),
        None if far_at is None else NOON + timedelta(minutes=far_at),
        timedelta(minutes=2),
    )
    assert decided(Agreed("fixed", "closed"), "received", "closed", owner, when=when) is Verdict.GOES_FAR
    assert decided(None, "fixed", "open", owner, when=when) is verdict
