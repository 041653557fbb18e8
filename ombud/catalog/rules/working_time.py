"""Targets on the calendar of the city: hours, calendar days, working days with its holidays."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ombud.catalog.rules.definition import Target


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """
    When a city or an agency works: on its `days` of the week (0 is Monday), but for holidays.

    On `closed` days it does not although it else would; on `opened` days it does although it else would not.
    """

    zone: ZoneInfo
    closes: time
    holidays: Collection[date] = frozenset()
    opens: time = time(0)
    days: Collection[int] = frozenset(range(5))
    closed: Collection[date] = frozenset()
    opened: Collection[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether this is a working day."""
        return day in self.opened or (self.would_work_on(day) and day not in self.closed)

    def would_work_on(self, day: date) -> bool:
        """Whether this is a working day as every week and year has them."""
        return day.weekday() in self.days and day not in self.holidays

    def is_at_work(self, at: datetime) -> bool:
        """Whether an instant lies within the hours of a working day."""
        local = at.astimezone(self.zone)
        return self.works_on(local.date()) and self.opens <= local.time() < self.closes


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


def moved(
    due: datetime, target: Target | None, calendar: WorkingCalendar, *, since: datetime, until: datetime
) -> datetime:
    """
    Return when a target is due whose clock stood still from `since` to `until`.

    Hours and calendar days move by the time that went by, working days by as many of them as began meanwhile: the
    end stays at closing time. A request without a target of the catalogue (one that came from elsewhere) moves by
    the time that went by.
    """
    if target is None or target.unit != "working_days":
        return due + max(until - since, timedelta(0))
    first, last = (at.astimezone(calendar.zone).date() for at in (since, until))
    stood = sum(calendar.works_on(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
    local = due.astimezone(calendar.zone)
    day = local.date()
    while stood:
        day += timedelta(days=1)
        stood -= calendar.works_on(day)
    return _at(day, local.time(), calendar.zone)


def beyond_closed(due: datetime, calendar: WorkingCalendar, *, since: datetime) -> datetime:
    """
    Return when that is to be expected which is expected at `due` by what happened in weeks as they usually are.

    Each working day between `since` and then on which nobody works moves it one day on, and so does each that it meets
    on its way. Without such days it stays.
    """
    local = due.astimezone(calendar.zone)
    day, end = since.astimezone(calendar.zone).date(), local.date()
    while calendar.closed and day <= end:
        if calendar.would_work_on(day) and not calendar.works_on(day):
            end += timedelta(days=1)
        day += timedelta(days=1)
    return due if end == local.date() else _at(end, local.time(), calendar.zone)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # A wall time that a clock change skips is moved on by zoneinfo's round trip through UTC.
    return datetime.combine(day, clock.replace(tzinfo=None), zone).astimezone(ZoneInfo("UTC"))
