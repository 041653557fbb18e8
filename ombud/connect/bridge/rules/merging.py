"""
What becomes of one field when either side may have changed it: a merge of three, by what both last agreed on.

Each side is compared with its own word of that agreement. So a side that cannot say all that the other can (open and
closed for six statuses) takes nothing away, and what we sent and hear again is no change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from ombud.connect.bridge.rules.mapping import Direction, Owner


class Verdict(Enum):
    """What to do with a field."""

    AGREED = "agreed"  # both say the same: keep it as what was agreed
    NOTHING = "nothing"  # neither changed, or what changed does not travel
    GOES_NEAR = "goes_near"
    GOES_FAR = "goes_far"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a field was on each side, in its own words, when both last agreed."""

    near: str
    far: str


@dataclass(frozen=True, slots=True)
class Ages:
    """When each side changed, by its own clock where it is known, and how far the two clocks may be apart."""

    near: datetime | None = None
    far: datetime | None = None
    tolerance: timedelta = timedelta(0)


def merge(
    base: Agreed | None, near: str, far: str, *, same: bool, owner: Owner, direction: Direction, ages: Ages
) -> Verdict:
    """
    Return what to do with a field that is `near` here and `far` there, each in its own words.

    `same`: the two mean the same. `base` None: never agreed on, so both count as changed. The owner decides only
    where both changed; which way a field travels is its direction, and what may not travel stays where it is.
    """
    if same:
        return Verdict.AGREED
    near_changed = base is None or near != base.near
    far_changed = base is None or far != base.far
    if near_changed and far_changed:
        wanted = _by_owner(owner, ages)
    elif near_changed:
        wanted = Verdict.GOES_FAR
    elif far_changed:
        wanted = Verdict.GOES_NEAR
    else:
        return Verdict.NOTHING
    closed = {Direction.IN: Verdict.GOES_FAR, Direction.OUT: Verdict.GOES_NEAR}.get(direction)
    return Verdict.NOTHING if wanted is closed else wanted


def _by_owner(owner: Owner, ages: Ages) -> Verdict:
    match owner:
        case Owner.NEAR:
            return Verdict.GOES_FAR
        case Owner.FAR:
            return Verdict.GOES_NEAR
        case Owner.ASK:
            return Verdict.ASK
    if ages.near is None or ages.far is None or abs(ages.near - ages.far) <= ages.tolerance:
        return Verdict.ASK
    return Verdict.GOES_FAR if ages.near > ages.far else Verdict.GOES_NEAR
