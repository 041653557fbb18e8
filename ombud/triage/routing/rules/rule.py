"""
One rule of routing as data: on what it waits, and what follows. Read once at the edge, from YAML, form or database.

What a rule does not mention does not matter to it. A rule may say where a request goes, how urgent it is, by when it
should be done, or several of these; of each, the first rule that fits and says it decides.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ombud.catalog.rules.definition import Code, Part, Target
from ombud.kernel.errors import N_, BadInput, Several

Word = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Words = Annotated[tuple[Word, ...], Field(max_length=500)]
CURRENT = "current"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RULES_AT_MOST = 1000


class Aspect(StrEnum):
    """What a rule can decide; each is decided by itself."""

    WHERE = "where"
    PRIORITY = "priority"
    TARGET = "target"


class InArea(Part):
    """Lies in one of some areas of a layer: of the one that counts today, or of a vintage by name."""

    layer: Code
    codes: Annotated[tuple[Word, ...], Field(min_length=1, max_length=1000)]
    vintage: str = CURRENT


class OnAsset(Part):
    """Is about an asset of a layer, or of an owner, or with these attributes; at least one of the three."""

    layer: str = ""
    owners: Words = ()
    attributes: dict[str, Annotated[tuple[Word, ...], Field(min_length=1)]] = {}

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.layer or self.owners or self.attributes):
            raise ValueError("an asset is told by its layer, its owner or an attribute")
        return self


class Hours(Part):
    """A time of day on the city's clock, from (inclusive) to (exclusive); it may run over midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    start: str = Field(alias="from")
    end: str = Field(alias="to")

    @model_validator(mode="after")
    def _are_times(self) -> Self:
        for word in (self.start, self.end):
            if not re.fullmatch(r"[0-9]{2}:[0-9]{2}", word):
                raise ValueError("write a time of day as 07:30")
            time.fromisoformat(word)
        if self.start == self.end:
            raise ValueError("the two times are the same: that is the whole day, or nothing")
        return self

    def holds(self, minute: int) -> bool:
        """Whether a minute of the day, 0 to 1439, lies in it."""
        start, end = (int(word[:2]) * 60 + int(word[3:]) for word in (self.start, self.end))
        return start <= minute < end if start < end else minute >= start or minute < end


class Season(Part):
    """Days of the year, month-day, both inclusive; it may run over New Year."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    start: str = Field(alias="from")
    end: str = Field(alias="to")

    @model_validator(mode="after")
    def _are_days(self) -> Self:
        for word in (self.start, self.end):
            if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", word):
                raise ValueError("write a day of the year as month-day, such as 10-15")
            date.fromisoformat(f"2024-{word}")  # a leap year, so that 29 February is a day
        return self

    def holds(self, day: int) -> bool:
        """Whether a day, as month * 100 + day, lies in it."""
        start, end = (int(word[:2]) * 100 + int(word[3:]) for word in (self.start, self.end))
        return start <= day <= end if start <= end else day >= start or day <= end


# Every day there can be, as month * 100 + day.
YEAR = tuple(
    month * 100 + day
    for month, days in zip(range(1, 13), (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True)
    for day in range(1, days + 1)
)


class When(Part):
    """All of these must hold. Services and groups are one condition: the service is named, or of a group named."""

    services: Words = ()
    groups: Words = ()
    criticality: Words = ()
    answers: dict[str, Annotated[tuple[Word, ...], Field(min_length=1)]] = {}
    areas: Annotated[tuple[InArea, ...], Field(max_length=8)] = ()
    asset: OnAsset | None = None
    channels: Words = ()
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    hours: Hours | None = None
    season: Season | None = None
    danger: bool | None = None


class Then(Part):
    """What follows. A unit or person without an agency is of the service's own agency."""

    agency: str = Field(default="", max_length=40)
    unit: str = Field(default="", max_length=80)
    person: str = Field(default="", max_length=254)
    priority: Literal["", "low", "normal", "high", "urgent"] = ""
    target: Target | None = None

    @cached_property
    def aspects(self) -> frozenset[Aspect]:
        """What it says; asked of every rule for every request."""
        said = {
            Aspect.WHERE: bool(self.agency or self.unit or self.person),
            Aspect.PRIORITY: bool(self.priority),
            Aspect.TARGET: self.target is not None,
        }
        return frozenset(aspect for aspect, is_said in said.items() if is_said)

    def of(self, aspect: Aspect) -> object:
        """Return what it says of an aspect, to be compared."""
        match aspect:
            case Aspect.WHERE:
                return (self.agency, self.unit, self.person)
            case Aspect.PRIORITY:
                return self.priority
            case Aspect.TARGET:
                return (self.target.value, self.target.unit) if self.target else None


class Rule(Part):
    """One rule."""

    code: Code
    title: Annotated[dict[str, str], Field(min_length=1)]
    when: When = When()
    then: Then
    off: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.then.aspects:
            raise ValueError("a rule must say where to, how urgent or by when")
        return self


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A rule that was kept but cannot be read any more: it fails, and says so, instead of vanishing."""

    code: str
    why: str


AnyRule = Rule | Unreadable


def read_rules(raw: object) -> tuple[Rule, ...]:
    """Return a list of rules as a person wrote it. Raises Several, each problem with the rule it is in."""
    if not isinstance(raw, Sequence) or isinstance(raw, str) or len(raw) > RULES_AT_MOST:
        raise Several([BadInput(N_("Rules are a list, of %(n)d at most."), n=RULES_AT_MOST)])
    rules: list[Rule] = []
    problems: list[BadInput] = []
    for n, one in enumerate(raw, start=1):
        try:
            rules.append(Rule.model_validate(one))
        except ValidationError as refused:
            problems += _problems(refused, called=_code_of(one) or str(n))
    codes = [rule.code for rule in rules]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        problems.append(BadInput(N_("Two rules are called %(code)s."), field=code, code=code))
    if problems:
        raise Several(problems)
    return tuple(rules)


def _problems(refused: ValidationError, *, called: str) -> Iterator[BadInput]:
    for problem in refused.errors():
        where = ".".join(str(step) for step in problem["loc"]) or "rule"
        yield BadInput(
            N_("Rule %(code)s, %(where)s: %(what)s"), field=where, code=called, where=where, what=problem["msg"]
        )


def _code_of(raw: object) -> str:
    return str(raw.get("code", ""))[:40] if isinstance(raw, Mapping) else ""


def kept_rules(raw: object) -> tuple[AnyRule, ...]:
    """Return rules as the database keeps them; one that cannot be read any more is named, not left out."""
    found: list[AnyRule] = []
    for n, one in enumerate(raw if isinstance(raw, list) else [raw], start=1):
        try:
            found.append(Rule.model_validate(one))
        except (ValidationError, TypeError, ValueError) as broken:
            found.append(Unreadable(_code_of(one) or f"#{n}", str(broken)[:200]))
    return tuple(found)


def written(rule: Rule) -> dict[str, Any]:
    """Return a rule as plain data, without what is left at its default."""
    return rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
