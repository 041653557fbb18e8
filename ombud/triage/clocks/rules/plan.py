"""
A city's plan of who hears when: shares of the target, quiet hours, and the roster for danger at night.

It stands in the city's file; the rosters are then kept up on a page. People are named by the address they sign in with.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, model_validator

from ombud.catalog.rules.definition import Code, Part
from ombud.kernel.errors import N_, BadInput

LATELY = timedelta(days=1)
ASSIGNEE, SUPERVISOR = "assignee", "supervisor"
Priority = Literal["low", "normal", "high", "urgent"]
IsHoliday = Callable[[date], bool]
Day = Annotated[int, Field(ge=0, le=6)]


class Hours(Part):
    """A span of the day on the city's clock; where it ends before it begins, it goes on past midnight."""

    since: time = Field(alias="from")
    until: time

    def holds(self, at: time) -> bool:
        """Whether a time of day lies in it."""
        if self.since <= self.until:
            return self.since <= at < self.until
        return at >= self.since or at < self.until


class Watch(Part):
    """
    One person's turn on a roster: on which days it begins (0 is Monday), and its hours.

    `first` and `last` are the first and last day on which it begins, none where it is for good. `holidays` says whether
    it is for holidays too, for these only, or for none of them.
    """

    who: str = Field(min_length=1, max_length=254)
    days: tuple[Day, ...] = Field(default=tuple(range(7)), min_length=1)
    hours: Hours
    first: date | None = None
    last: date | None = None
    holidays: Literal["too", "only", "never"] = "too"

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.first and self.last and self.last < self.first:
            raise ValueError("the last day comes before the first")
        return self

    def is_current(self, day: date) -> bool:
        """Whether a day lies between the first and the last."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def holds(self, at: datetime, *, is_holiday: IsHoliday) -> bool:
        """Whether it is their turn at a moment of the city's clock."""
        if not self.hours.holds(at.time()):
            return False
        begun_yesterday = self.hours.since > self.hours.until and at.time() < self.hours.until
        begun = at.date() - timedelta(days=int(begun_yesterday))
        if begun.weekday() not in self.days or not self.is_current(begun):
            return False
        return self.holidays == "too" or is_holiday(begun) == (self.holidays == "only")


class Step(Part):
    """From which share of the target's time somebody hears: the assignee, the supervisor, or those of a roster."""

    share: float = Field(gt=0, le=10)
    to: Code


class Escalation(Part):
    """The chain, and the hours in which nobody is written to but for what is urgent."""

    steps: tuple[Step, ...] = Field(min_length=1)
    quiet: Hours | None = None


class Paging(Part):
    """Which priorities call somebody out of hours, from which roster, how often each, and after how many minutes."""

    roster: Code
    priorities: tuple[Priority, ...] = ("urgent",)
    tries: int = Field(default=2, ge=1, le=9)
    minutes: int = Field(default=10, ge=1, le=240)


class Plan(Part):
    """All of it; a city without any escalates nothing and calls nobody."""

    escalation: Escalation | None = None
    paging: Paging | None = None
    rosters: dict[Code, tuple[Watch, ...]] = {}


def read_plan(settings: Mapping[str, Any]) -> Plan:
    """Return the plan of a city's file. Raises BadInput."""
    told = {name: settings[name] for name in ("escalation", "paging", "rosters") if name in settings}
    try:
        plan = Plan.model_validate(told)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BadInput(N_("%(where)s: %(what)s"), where=where, what=first["msg"]) from wrong
    named = {step.to for step in plan.escalation.steps} - {ASSIGNEE, SUPERVISOR} if plan.escalation else set()
    named |= {plan.paging.roster} if plan.paging else set()
    if missing := sorted(named - set(plan.rosters)):
        raise BadInput(N_("There is no roster called %(name)s."), name=missing[0])
    return plan


def due_steps(escalation: Escalation, *, asked: datetime, target: datetime, now: datetime) -> list[Step]:
    """
    Return the steps whose share of the time has gone by within the last day, earliest first.

    What was late long before (brought in from an old system, or from before there was a plan) is work for a list.
    """
    whole = target - asked
    reached = [step for step in escalation.steps if timedelta(0) <= now - (asked + step.share * whole) < LATELY]
    return sorted(reached, key=lambda step: step.share) if whole > timedelta(0) else []


def told_at(now: datetime, *, quiet: Hours | None, priority: str, zone: ZoneInfo) -> datetime:
    """Return when somebody may be written to: now, or when the quiet hours end; what is urgent does not wait."""
    local = now.astimezone(zone)
    if quiet is None or priority == "urgent" or not quiet.holds(local.time()):
        return now
    day = local.date() + timedelta(days=int(local.time() >= quiet.until))
    return datetime.combine(day, quiet.until, tzinfo=zone)


def read_roster(raw: Sequence[Mapping[str, Any]]) -> tuple[Watch, ...]:
    """Return the turns of a roster, in their order. Raises BadInput."""
    try:
        return tuple(Watch.model_validate(turn) for turn in raw)
    except ValidationError as wrong:
        raise BadInput(N_("%(where)s: %(what)s"), where=wrong.title, what=wrong.errors()[0]["msg"]) from wrong


def written(roster: Sequence[Watch]) -> list[dict[str, Any]]:
    """Return the turns as plain data."""
    return [watch.model_dump(mode="json", by_alias=True, exclude_defaults=True) for watch in roster]


def on_duty(roster: Sequence[Watch], *, now: datetime, zone: ZoneInfo, is_holiday: IsHoliday) -> list[str]:
    """Return whose turn it is, in the order of the roster."""
    local = now.astimezone(zone)
    return list(dict.fromkeys(watch.who for watch in roster if watch.holds(local, is_holiday=is_holiday)))


def next_called(
    paging: Paging, duty: Sequence[str], tried: Sequence[tuple[str, datetime]], *, now: datetime
) -> tuple[str | None, bool]:
    """
    Return who is called now, and whether everybody was called as often as the plan says.

    `tried` are the calls so far, oldest first. Nobody is called before the last one had its minutes.
    """
    if tried and now < tried[-1][1] + timedelta(minutes=paging.minutes):
        return None, False
    count = [who for who, _ in tried]
    for who in duty:
        if count.count(who) < paging.tries:
            return who, False
    return None, True
