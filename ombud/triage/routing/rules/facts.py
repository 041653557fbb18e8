"""What the rules know of a request, and what they know of the city."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ombud.catalog.rules.definition import Target
from ombud.triage.routing.rules.rule import CURRENT


@dataclass(frozen=True, slots=True)
class Asset:
    """The asset a request is about, as far as rules ask."""

    layer: str
    code: str
    owner: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """
    A request as the rules see it.

    `areas` holds (layer, vintage, code) of each area it lies in; `minute`, `weekday` (Monday 0) and `day` (month *
    100 + day) are on the city's clock at the time of asking. `answers` holds the codes chosen, by question.
    """

    service: str
    group: str = ""
    criticality: str = ""
    channel: str = ""
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    areas: frozenset[tuple[str, str, str]] = frozenset()
    asset: Asset | None = None
    minute: int = 0
    weekday: int = 0
    day: int = 101
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Default:
    """What the catalogue says of the service: the last rule of all."""

    agency: str
    unit: str = ""
    priority: str = "normal"
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class House:
    """
    Who and what there is in the city now.

    `units` holds the units of each agency that works for the city; `people` who may work, with the agencies they may
    work for (empty text: all). `layers` holds the (layer, vintage) that are loaded, `current` the vintage that
    counts of each layer.
    """

    units: Mapping[str, frozenset[str]]
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    layers: frozenset[tuple[str, str]] = frozenset()
    current: Mapping[str, str] = field(default_factory=dict)
    asset_layers: frozenset[str] = frozenset()

    def vintage(self, layer: str, asked: str) -> str | None:
        """Return the vintage a condition means; None where that is not loaded."""
        vintage = self.current.get(layer) if asked == CURRENT else asked
        return vintage if vintage is not None and (layer, vintage) in self.layers else None

    def has_person(self, email: str, agency: str) -> bool:
        """Whether somebody of this address may work for the agency."""
        agencies = self.people.get(email.lower(), frozenset())
        return agency in agencies or "" in agencies
