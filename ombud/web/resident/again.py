"""What had been closed and came back, told honestly on both pages: the earlier one's and the later one's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Visibility
from ombud.service_requests import alike
from ombud.service_requests import queries as requests
from ombud.service_requests.rules.lifecycle import ENDED
from ombud.web.resident.telling import day_of


@dataclass(frozen=True, slots=True)
class Other:
    """The other request of the two; without a number where the reader may not know which one it is."""

    day: str
    number: str = ""
    is_open: bool = False


def again(city: City, row: Any, *, mine: bool) -> dict[str, Any]:
    """Return the request that this one is come back of, and those that are this one come back, as a reader may know."""
    earlier = requests.by_id(city.id, row.again_of_id) if row.again_of_id else None
    later = alike.come_back(row)
    return {
        "came_back_of": _told(row, earlier, earlier.closed_at, mine=mine) if earlier and earlier.closed_at else None,
        "came_back_as": _told(row, later[-1], later[-1].requested_at, mine=mine) if later else None,
        "came_back_times": len(later),
    }


def _told(row: Any, other: Any, at: datetime, *, mine: bool) -> Other | None:
    """
    Return what a reader may know of the other one.

    Of what is private nobody learns that somebody else reported the same; of what is shown by its area only, the
    reporter learns that, and not by which number.
    """
    seen = {row.visibility, other.visibility}
    if seen == {Visibility.PUBLIC.value}:
        return Other(day_of(at), other.number, other.status not in ENDED)
    if mine and seen <= {Visibility.PUBLIC.value, Visibility.COARSE.value}:
        return Other(day_of(at), is_open=other.status not in ENDED)
    return None
