"""The wall clock of a system that writes its times without a zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ombud.connect.legacy.files.instants import CityClock
from ombud.kernel import clock


class WallClock:
    """Reads such times as instants, and knows how far back to read on the night when the clocks go back."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone, self._city_clock = zone, CityClock(zone)

    def now(self) -> datetime:
        """Return the present as the other side would write it, to the second."""
        return clock.now().astimezone(self._zone).replace(tzinfo=None, microsecond=0)

    def instant(self, wall: datetime) -> datetime:
        """Return the instant (UTC); an hour that comes twice is read as its first turn."""
        return self._city_clock.instant(wall)[0]

    def back(self, since: datetime, overlap: timedelta) -> datetime:
        """Return from when on to read again: `overlap` before, and the hour that the clocks have repeated since."""
        then, now = since.replace(tzinfo=self._zone, fold=0), clock.now().astimezone(self._zone)
        repeated = (then.utcoffset() or timedelta()) - (now.utcoffset() or timedelta())
        return since - overlap - max(repeated, timedelta())

    def repeats_within(self, span: timedelta) -> timedelta:
        """Return by how much the clocks went back in the last `span`: what was written then may seem to be to come."""
        now = clock.now()
        before, after = ((now - ago).astimezone(self._zone).utcoffset() for ago in (span, timedelta()))
        return max((before or timedelta()) - (after or timedelta()), timedelta())
