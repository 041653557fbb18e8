"""Which versions are kept: all of the last hours, then one an hour, then one a day for ever."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from pydantic import Field

from ombud.catalog.rules.definition import Part


class Keep(Part):
    """For how long every version is kept, and one an hour; the last of each day is kept for ever."""

    all_hours: int = Field(default=24, ge=1, le=24 * 366)
    hourly_days: int = Field(default=14, ge=1, le=3660)


def dropped(versions: Sequence[tuple[int, datetime]], keep: Keep, *, now: datetime) -> list[int]:
    """
    Return the versions that are not kept, of all there are in order of time.

    Of an hour or a day, in UTC, its last version is kept: what counted when it ended. The newest of all is kept always.
    """
    left: list[int] = []
    for (version, at), (_, following) in pairwise(versions):
        age = now - at
        if age <= timedelta(hours=keep.all_hours):
            continue
        span = "%Y-%m-%d %H" if age <= timedelta(days=keep.hourly_days) else "%Y-%m-%d"
        if at.strftime(span) == following.strftime(span):
            left.append(version)
    return left
