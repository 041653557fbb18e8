"""
What intake asks of those who stand beside it: whether a place is served, and whether the day that was chosen is free.

`wiring` hands in who knows. Without one everything is served and no days can be chosen.
"""

import importlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from ombud.kernel.errors import BadInput
from ombud.kernel.geo import LonLat

if TYPE_CHECKING:  # `wiring` reads this before there are models
    from ombud.catalog.city import City
    from ombud.catalog.rules.definition import ServedBy
    from ombud.service_requests.timeline import Actor


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: at a place, for a kind of building, on a day; what nobody said is empty."""

    point: LonLat
    address: str = ""
    kind: str = ""
    on: date | None = None


class Doorkeeper(Protocol):
    """Who knows what is served."""

    def refusals(self, city: "City", served_by: "ServedBy", wish: Wish, *, at: datetime) -> list[BadInput]:
        """Return why a wish cannot be granted; nothing where it can, or where nobody knows."""

    def grant(
        self,
        city: "City",
        served_by: "ServedBy",
        wish: Wish,
        *,
        request_id: int,
        actor: "Actor",
        at: datetime,
    ) -> None:
        """Book the day of a wish, in the transaction that keeps the request. Raises BadInput where it is gone."""


_doorkeeper: list[str | Doorkeeper | None] = [None]


def set_doorkeeper(dotted: str) -> None:
    """Take who knows, by the dotted name; it is looked up when first asked."""
    _doorkeeper[0] = dotted


def doorkeeper() -> Doorkeeper | None:
    """Return who knows, None where nobody does."""
    held = _doorkeeper[0]
    if isinstance(held, str):
        module, _, name = held.rpartition(".")
        held = _doorkeeper[0] = getattr(importlib.import_module(module), name)
    return held
