"""Targets on the calendar of the city: hours, calendar days, working days with its holidays."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ombud.catalog.rules.definition import Target


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When a city works. Saturdays, Sundays and the holidays are free."""

    zone: ZoneInfo
    closes: time
    holidays: Collection[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether this is a working day."""
        return day.weekday() < 5 and day not in self.holidays


def target_at(start: datetime, target: Target | None, calendar: WorkingCalendar) -> datetime | None:
    """
    Return the instant by which the target asks for the end, or None where there is no target.

    Hours run through nights and weekends. Calendar days end at the same time of day, on the city's clock.
    Working days end at closing time; the day of asking is day zero, so "1 working day" asked on a Friday
    is Monday's closing. Zero days means today's closing, or the next such day's when that is past.
    """
    if target is None:
        return None
    if target.unit == "hours":
        # In UTC: added to a wall time, hours would lose or gain one where the clock changes.
        return start.astimezone(ZoneInfo("UTC")) + timedelta(hours=target.value)
    local = start.astimezone(calendar.zone)
    if target.unit == "calendar_days":
        if target.value > 0:
            return _at(local.date() + timedelta(days=int(target.value)), local.time(), calendar.zone)
        past = local.time() >= calendar.closes
        return _at(local.date() + timedelta(days=int(past)), calendar.closes, calendar.zone)
    day = local.date()
    left = int(target.value)
    if left == 0 and calendar.works_on(day) and local.time() < calendar.closes:
        return _at(day, calendar.closes, calendar.zone)
    left = max(left, 1)
    while left:
        day += timedelta(days=1)
        if calendar.works_on(day):
            left -= 1
    return _at(day, calendar.closes, calendar.zone)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # A wall time that a clock change skips is moved on by zoneinfo's round trip through UTC.
    return datetime.combine(day, clock.replace(tzinfo=None), zone).astimezone(ZoneInfo("UTC"))
