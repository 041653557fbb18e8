"""
What the words of a report call for before its number is given; `wiring` hands in who reads them.

Whoever reads them stands above the record, and the record must know what follows: how urgent it is at least, and
whether its photos stay private.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from ombud.catalog.rules.definition import ServiceDefinition

if TYPE_CHECKING:  # `wiring` reads this module before Django has its models
    from ombud.catalog.city import City

_RANKS = ("low", "normal", "high", "urgent")
DANGER, HATE, PHOTOS_STAY = "danger", "hate", "photos_stay_private"


@dataclass(frozen=True, slots=True)
class Screened:
    """
    What words call for: at least this priority, and the facts of the event that tells of the report.

    `facts` are kinds (`danger: [fire]`), never words.
    """

    at_least: str = "low"
    facts: Mapping[str, Sequence[str] | bool] = field(default_factory=dict)

    def priority(self, given: str) -> str:
        """Return the more urgent of the priority given and the one called for."""
        return max(given, self.at_least, key=_RANKS.index)


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told: each free text, the answers to the service's questions by code, and the language."""

    texts: Sequence[str]
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    language: str = ""


Screen = Callable[["City", ServiceDefinition, Told], Screened]
_name = ""


def set_screen(name: str) -> None:
    """Take the dotted name of who reads words: `(city, service, told) -> Screened`."""
    global _name
    _name = name


def screened(city: "City", service: ServiceDefinition, told: Told) -> Screened:
    """Return what the words of a report call for; where nobody reads them, nothing."""
    return _screen(_name)(city, service, told) if _name else Screened()


@lru_cache(maxsize=4)
def _screen(name: str) -> Screen:
    module, _, function = name.rpartition(".")
    found: Screen = getattr(import_module(module), function)
    return found
