"""
What the record needs of those who stand above it: who does the work, how urgent it is and by when.

`wiring` hands in who decides. Without one the catalogue decides, as it also does where the rules say nothing.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ombud.catalog.rules.definition import ServiceDefinition, Target

if TYPE_CHECKING:  # `wiring` reads this before there are models
    from ombud.catalog.city import City

UNIT_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Routable:
    """
    A request as far as routing asks, new or changed: all of it as it is kept, so that it can be asked again.

    `answers` and `areas` are as the form and the place keep them; `asset` is layer and code, `lights:4711`.
    """

    service: ServiceDefinition
    channel: str
    requested_at: datetime
    answers: Sequence[Mapping[str, Any]] = ()
    areas: Sequence[Mapping[str, str]] = ()
    lon: float | None = None
    lat: float | None = None
    asset: str = ""
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Routed:
    """Where it goes. `facts` stand in the event that does it; `failed` says that a rule could not be followed."""

    agency: str
    unit: str = ""
    assignee_id: int | None = None
    priority: str = "normal"
    target: Target | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    failed: bool = False


class Router(Protocol):
    """Who decides where requests go."""

    def route(self, city: "City", new: Routable) -> Routed:
        """Return where a request goes. Reads with few statements, writes nothing, and never refuses."""

    def failed(self, *, jurisdiction_id: str, request_id: int, routed: Routed, at: datetime) -> None:
        """Raise the alarm for a request whose rule could not be followed; in the transaction that keeps it."""


class _ByCatalogue:
    def route(self, city: "City", new: Routable) -> Routed:
        return by_catalogue(new.service)

    def failed(self, *, jurisdiction_id: str, request_id: int, routed: Routed, at: datetime) -> None:
        raise AssertionError("the catalogue does not fail")


def by_catalogue(service: ServiceDefinition) -> Routed:
    """Return where the catalogue itself sends requests of a service."""
    unit = service.unit if len(service.unit) <= UNIT_LIMIT else ""
    return Routed(service.agency, unit, None, service.priority, service.target)


_router: list[str | Router] = [_ByCatalogue()]


def set_router(dotted: str) -> None:
    """Take who decides, by its dotted name; it is looked up when first asked."""
    _router[0] = dotted


def router() -> Router:
    """Return who decides."""
    held = _router[0]
    if isinstance(held, str):
        module, _, name = held.rpartition(".")
        held = _router[0] = getattr(importlib.import_module(module), name)
    return held
