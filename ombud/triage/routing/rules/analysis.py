"""What is odd about a list of rules: those that never count, that contradict, that name what is not there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ombud.triage.routing.rules.boxes import Box, Known, box_of, covers, leftover, meet
from ombud.triage.routing.rules.rule import Aspect, Rule

CONFLICTS_AT_MOST = 200


class Oddity(StrEnum):
    """What may be odd about a rule."""

    UNREACHABLE = "unreachable"  # no request can ever fit it
    SHADOWED = "shadowed"  # an earlier rule, or several together, take all that fits it
    HALF_SHADOWED = "half_shadowed"  # so it is for a part of what it says
    CONFLICT = "conflict"  # an earlier rule that fits some of the same says something else
    NOT_THERE = "not_there"  # it names what the city does not have


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One oddity of one rule. `others` are the rules that cause it, in order; `about` says what of it: the aspects that
    are taken, or the name that is missing, each as a code.
    """

    rule: str
    oddity: Oddity
    others: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


def findings(rules: Sequence[Rule], known: Known) -> list[Finding]:
    """Return what is odd, in the order of the rules; rules that are switched off are not looked at."""
    active = [rule for rule in rules if not rule.off]
    boxes = {rule.code: box_of(rule, known) for rule in active}
    found: list[Finding] = []
    taken: dict[str, frozenset[str]] = {}
    for at, rule in enumerate(active):
        found += [Finding(rule.code, Oddity.NOT_THERE, about=about) for about in _missing(rule, known)]
        if reason := _unreachable(rule, boxes[rule.code], known):
            found.append(Finding(rule.code, Oddity.UNREACHABLE, about=reason))
            taken[rule.code] = frozenset(Aspect)
        elif shadow := _overshadowed(rule, active[:at], boxes, known):
            found.append(shadow)
            taken[rule.code] = frozenset(shadow.about)
    return found + list(_conflicts(active, boxes, taken))


def _unreachable(rule: Rule, box: Box, known: Known) -> tuple[str, ...]:
    """Return the condition that can never hold, as codes."""
    for key, values in box.items():
        if not values:
            return key
    services = box.get(("service",), frozenset(known.services))
    for key, values in box.items():
        if key[0] == "answer" and known.choices:
            offered = {c for s in services for c in known.choices.get(s, {}).get(key[1], ())}
            if not offered & values:
                return key
        if key[0] == "area":
            codes = known.areas.get((key[1], key[2]))
            if codes is not None and not codes & values:
                return key
    return ()


def _overshadowed(rule: Rule, earlier: Sequence[Rule], boxes: dict[str, Box], known: Known) -> Finding | None:
    box = boxes[rule.code]
    taken: dict[Aspect, tuple[str, ...]] = {}
    for aspect in sorted(rule.then.aspects):
        before = [e for e in earlier if aspect in e.then.aspects and meet(boxes[e.code], box)]
        single = next((e.code for e in before if covers(boxes[e.code], box)), None)
        if single is not None:
            taken[aspect] = (single,)
        elif before and leftover(box, [boxes[e.code] for e in before], known) is None:
            taken[aspect] = tuple(e.code for e in before)
    if not taken:
        return None
    whole = len(taken) == len(rule.then.aspects)
    others = tuple(dict.fromkeys(code for codes in taken.values() for code in codes))
    return Finding(rule.code, Oddity.SHADOWED if whole else Oddity.HALF_SHADOWED, others, tuple(sorted(taken)))


def _conflicts(active: Sequence[Rule], boxes: dict[str, Box], taken: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """
    Yield pairs that fit some of the same and say otherwise, where neither is the other's exception.

    What a rule never decides (`taken`) contradicts nobody.
    """
    told = 0
    for at, rule in enumerate(active):
        for other in active[:at]:
            if told >= CONFLICTS_AT_MOST:
                return
            said = (rule.then.aspects - taken.get(rule.code, frozenset())) & other.then.aspects
            said -= taken.get(other.code, frozenset())
            if not said or not meet(boxes[rule.code], boxes[other.code]):
                continue
            if covers(boxes[rule.code], boxes[other.code]):
                continue  # a special case before the general one: that is how such lists are written
            differing = [aspect for aspect in sorted(said) if rule.then.of(aspect) != other.then.of(aspect)]
            if differing:
                told += 1
                yield Finding(rule.code, Oddity.CONFLICT, (other.code,), tuple(differing))


def _missing(rule: Rule, known: Known) -> Iterator[tuple[str, ...]]:
    """Yield what a rule names and the city does not have, as kind and name."""
    when, house = rule.when, known.house
    groups = {group for group, _ in known.services.values()}
    yield from (("service", code) for code in when.services if code not in known.services)
    yield from (("group", code) for code in when.groups if code not in groups)
    for area in when.areas:
        vintage = house.vintage(area.layer, area.vintage)
        if vintage is None:
            yield "layer", f"{area.layer} {area.vintage}"
            continue
        codes = known.areas.get((area.layer, vintage))
        yield from (("area", f"{area.layer} {code}") for code in area.codes if codes is not None and code not in codes)
    if when.asset and when.asset.layer and when.asset.layer not in house.asset_layers:
        yield "asset_layer", when.asset.layer
    if rule.then.agency and rule.then.agency not in house.units:
        yield "agency", rule.then.agency
    elif rule.then.agency and rule.then.unit and rule.then.unit not in house.units[rule.then.agency]:
        yield "unit", f"{rule.then.agency} {rule.then.unit}"
    if rule.then.person and rule.then.person.lower() not in house.people:
        yield "person", rule.then.person
