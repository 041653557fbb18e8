"""
Conditions as boxes: for each thing a rule asks about, the set of values it takes.

A rule is a box in the space of all requests; whether earlier rules leave anything of it is a matter of subtracting
boxes. Areas of different layers are taken as independent of each other: what is called unreachable here is
unreachable; what is called reachable may still never happen on the ground.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ombud.triage.routing.rules.facts import House
from ombud.triage.routing.rules.rule import WEEKDAYS, YEAR, Rule

# What a request may have beside the values that rules name: no answer, no area, another channel.
OTHER = ""
# So many pieces a rule may fall into before we stop looking; then nothing is claimed of it.
PIECES_AT_MOST = 3000

Key = tuple[str, ...]
Box = dict[Key, frozenset[Any]]


@dataclass(frozen=True, slots=True)
class Known:
    """
    What the city has, for reading conditions: its services with their shelf and criticality, the choices of each
    question of each service, the area codes of each layer and vintage.
    """

    services: Mapping[str, tuple[str, str]]
    choices: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    areas: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    house: House = field(default_factory=lambda: House({}))


def box_of(rule: Rule, known: Known) -> Box:
    """Return the box of a rule; a thing it does not ask about is not in it."""
    when = rule.when
    box: Box = {}

    def narrow(key: Key, values: Iterable[Any]) -> None:
        box[key] = box[key] & frozenset(values) if key in box else frozenset(values)

    if when.services or when.groups:
        groups = set(when.groups)
        fitting = {code for code, (group, _) in known.services.items() if group in groups}
        narrow(("service",), fitting | set(when.services) & set(known.services))
    if when.criticality:
        narrow(("service",), {c for c, (_, critical) in known.services.items() if critical in when.criticality})
    for question, wanted in when.answers.items():
        narrow(("answer", question), wanted)
    for area in when.areas:
        vintage = known.house.vintage(area.layer, area.vintage) or area.vintage
        narrow(("area", area.layer, vintage), area.codes)
    if when.asset:
        narrow(("asset", "any"), {True})
        if when.asset.layer:
            narrow(("asset", "layer"), {when.asset.layer})
        if when.asset.owners:
            narrow(("asset", "owner"), when.asset.owners)
        for name, values in when.asset.attributes.items():
            narrow(("asset", "attribute", name), values)
    if when.channels:
        narrow(("channel",), when.channels)
    if when.weekdays and set(when.weekdays) != set(WEEKDAYS):
        narrow(("weekday",), when.weekdays)
    if when.hours:
        narrow(("minute",), filter(when.hours.holds, range(1440)))
    if when.season:
        narrow(("day",), filter(when.season.holds, YEAR))
    if when.danger is not None:
        narrow(("danger",), {when.danger})
    return box


def is_empty(box: Box) -> bool:
    """Whether nothing can lie in it."""
    return any(not values for values in box.values())


def covers(outer: Box, inner: Box) -> bool:
    """Whether all that lies in the inner box lies in the outer."""
    return all(key in inner and inner[key] <= values for key, values in outer.items())


def meet(a: Box, b: Box) -> bool:
    """Whether something can lie in both."""
    return all(a[key] & b[key] for key in a.keys() & b.keys()) and not (is_empty(a) or is_empty(b))


def domain_of(key: Key, boxes: Sequence[Box], known: Known) -> frozenset[Any]:
    """Return all the values there are of a thing: those that matter to these boxes, and one for all others."""
    match key[0]:
        case "service":
            return frozenset(known.services)
        case "weekday":
            return frozenset(WEEKDAYS)
        case "minute":
            return frozenset(range(1440))
        case "day":
            return frozenset(YEAR)
        case "danger":
            return frozenset({True, False})
        case _:
            return frozenset({OTHER}).union(*(box[key] for box in boxes if key in box))


def leftover(box: Box, earlier: Sequence[Box], known: Known) -> Box | None:
    """Return a piece of the box that no earlier one holds, None where they hold all of it; an empty box is held."""
    if is_empty(box):
        return None
    every = [box, *earlier]
    domains = {key: domain_of(key, every, known) for other in every for key in other}
    pieces = [box]
    for other in earlier:
        if is_empty(other):
            continue
        pieces = [rest for piece in pieces for rest in _without(piece, other, domains)]
        if not pieces:
            return None
        if len(pieces) > PIECES_AT_MOST:
            break
    return pieces[0]


def _without(piece: Box, other: Box, domains: Mapping[Key, frozenset[Any]]) -> list[Box]:
    """Return the piece without what lies in the other, as boxes that do not overlap."""
    if not meet(piece, other):
        return [piece]
    rest: list[Box] = []
    inside = dict(piece)
    for key, values in other.items():
        mine = inside.get(key, domains[key])
        if outside := mine - values:
            rest.append({**inside, key: outside})
        inside[key] = mine & values
    return rest
