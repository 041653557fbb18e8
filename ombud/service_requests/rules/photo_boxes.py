"""Areas of a photo that are covered before anybody outside sees it, in thousandths of its width and height."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import ceil, floor
from typing import Any

from ombud.kernel.errors import N_, BadInput

WHOLE = 1000
# A picture with more is no street: whoever finds so many has gone astray, and a person looks instead.
AT_MOST = 200


class What(StrEnum):
    """What is to be covered."""

    FACE = "face"
    # Letters and digits: plates, house numbers, names at doors, and harmless signs among them.
    WRITING = "writing"
    OTHER = "other"


class Looked(StrEnum):
    """Whether a photo was searched for what must be covered."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    # Nothing is installed that could search it.
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Box:
    """One area, upright; `sure` in percent is whoever found it, None says that a person drew it."""

    what: What
    left: int
    top: int
    width: int
    height: int
    sure: int | None = None


def box(what: What, left: float, top: float, right: float, bottom: float, *, sure: float | None = None) -> Box:
    """
    Return an area from its edges as parts of the picture (0 to 1), never smaller than they say.

    What lies outside the picture is cut off. Raises BadInput where nothing is left of it.
    """
    edges = [
        min(max(n, 0), WHOLE)
        for n in (floor(left * WHOLE), floor(top * WHOLE), ceil(right * WHOLE), ceil(bottom * WHOLE))
    ]
    west, north, east, south = edges
    if east <= west or south <= north:
        raise BadInput(N_("This area lies outside of the picture, or is empty."), field="boxes")
    return Box(what, west, north, east - west, south - north, None if sure is None else round(100 * sure))


def checked(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Return areas as they may be kept, each once. Raises BadInput where they are too many, or one lies outside."""
    if len(boxes) > AT_MOST:
        raise BadInput(N_("Draw %(n)d areas at most; make some larger instead."), field="boxes", n=AT_MOST)
    for one in boxes:
        inside = one.left >= 0 and one.top >= 0 and one.left + one.width <= WHOLE and one.top + one.height <= WHOLE
        if not inside or one.width < 1 or one.height < 1:
            raise BadInput(N_("This area lies outside of the picture, or is empty."), field="boxes")
    return tuple(dict.fromkeys(boxes))


def written(boxes: Iterable[Box]) -> list[dict[str, Any]]:
    """Return areas as plain data."""
    return [asdict(one) for one in boxes]


def read(told: Iterable[Mapping[str, Any]]) -> tuple[Box, ...]:
    """Return areas from plain data that `written` made."""
    return tuple(Box(**{**one, "what": What(one["what"])}) for one in told)
