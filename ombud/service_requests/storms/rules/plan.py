"""
A city's plan for a storm, from its file: for which services, how long, what comes first, what becomes of dates.

What comes first is a list: the first line that fits a report gives its rank, and what fits none comes after them all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from ombud.catalog.rules.definition import Code, Part, Texts
from ombud.kernel.errors import N_, BadInput

Word = Annotated[str, Field(min_length=1, max_length=120)]


class When(Part):
    """All of these must hold. Services and groups are one condition: the service is named, or of a group named."""

    services: tuple[Word, ...] = ()
    groups: tuple[Word, ...] = ()
    answers: dict[str, Annotated[tuple[Word, ...], Field(min_length=1)]] = {}
    priorities: tuple[Literal["low", "normal", "high", "urgent"], ...] = ()
    danger: bool | None = None


class Line(Part):
    """What comes before everything that only later lines fit."""

    title: Texts
    when: When = When()


class StormPlan(Part):
    """
    All of it; a city without any can switch a storm on for the services it then chooses.

    `hours` is what the form begins with, `longest_hours` the most that one person can switch on at once.
    `widened` promises a range whose end is `widened_by` times as far away; `suspended` promises none.
    """

    services: tuple[Code, ...] = ()
    words: dict[str, str] = {}
    hours: int = Field(default=48, ge=1, le=720)
    longest_hours: int = Field(default=168, ge=1, le=720)
    promise: Literal["suspended", "widened"] = "suspended"
    widened_by: float = Field(default=3, ge=1, le=100)
    order: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A report as far as its rank asks."""

    service: str
    group: str
    priority: str
    danger: bool
    answers: Mapping[str, Collection[str]] = field(default_factory=dict)


def read_plan(settings: Mapping[str, Any]) -> StormPlan:
    """Return the plan of a city's file. Raises BadInput."""
    try:
        return StormPlan.model_validate(settings.get("storm") or {})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(("storm", *(str(step) for step in first["loc"])))
        raise BadInput(N_("%(where)s: %(what)s"), where=where, what=first["msg"]) from wrong


def written(order: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the order as plain data, to be kept with the storm: what the file says later changes nothing of it."""
    return [line.model_dump(mode="json", exclude_defaults=True) for line in order]


def kept_order(raw: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Return the order that a storm keeps."""
    return tuple(Line.model_validate(line) for line in raw)


def rank(order: Sequence[Line], report: Known) -> int:
    """Return which line of the order a report fits first, counted from 0; their number where none."""
    return next((n for n, line in enumerate(order) if _fits(line.when, report)), len(order))


def _fits(when: When, report: Known) -> bool:
    named = not (when.services or when.groups) or report.service in when.services or report.group in when.groups
    return (
        named
        and (not when.priorities or report.priority in when.priorities)
        and (when.danger is None or when.danger == report.danger)
        and all(set(report.answers.get(code, ())) & set(wanted) for code, wanted in when.answers.items())
    )
