"""
From facts and rules to a decision with its reasons. Total: whatever comes in, something comes out.

A request that no rule sends anywhere goes where the catalogue says. A rule that fits but cannot be followed (its
unit is gone), or of which nobody can say whether it fits (its layer is not loaded), sends the request to the triage
queue of the agency and is named as a failure; it is never skipped in silence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ombud.catalog.rules.definition import Target
from ombud.service_requests.rules.decisions import TRIAGE_UNIT
from ombud.triage.routing.rules.facts import Default, Facts, House
from ombud.triage.routing.rules.rule import WEEKDAYS, AnyRule, Aspect, OnAsset, Rule, Then, Unreadable

CATALOGUE = ""  # what stands for the rule where the catalogue itself decided


class Because(StrEnum):
    """Why a rule does not fit: the first of its conditions that does not hold."""

    OFF = "off"
    SERVICE = "service"
    CRITICALITY = "criticality"
    ANSWER = "answer"
    AREA = "area"
    ASSET = "asset"
    CHANNEL = "channel"
    WEEKDAY = "weekday"
    HOURS = "hours"
    SEASON = "season"
    DANGER = "danger"


class Fault(StrEnum):
    """Why a rule fails."""

    UNREADABLE = "unreadable"
    LAYER_UNKNOWN = "layer_unknown"
    ASSET_LAYER_UNKNOWN = "asset_layer_unknown"
    AGENCY_GONE = "agency_gone"
    UNIT_GONE = "unit_gone"
    PERSON_GONE = "person_gone"


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that could not be followed; `what` names the layer, unit or agency, never a person."""

    rule: str
    fault: Fault
    what: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one rule: it fits (and decided some aspects), does not fit, or fails."""

    rule: str
    decides: frozenset[Aspect] = frozenset()
    because: Because | None = None
    what: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a request goes, how urgent it is, by when, and which rule said so; an empty code is the catalogue."""

    agency: str
    unit: str
    person: str
    priority: str
    target: Target | None
    by: dict[Aspect, str]
    failures: tuple[Failure, ...] = ()
    steps: tuple[Step, ...] = field(default=(), compare=False)


def decide(rules: Sequence[AnyRule], facts: Facts, default: Default, house: House) -> Decision:
    """Return the decision; never raises."""
    chosen: dict[Aspect, Then] = {}
    by: dict[Aspect, str] = dict.fromkeys(Aspect, CATALOGUE)
    steps: list[Step] = []
    lost: Failure | None = None
    for rule in rules:
        if Aspect.WHERE in chosen and len(chosen) == len(Aspect):
            break
        step = _judged(rule, facts, house)
        if step.because is not None:
            steps.append(step)
            continue
        says = rule.then.aspects if isinstance(rule, Rule) else frozenset({Aspect.WHERE})
        if step.failure and Aspect.WHERE in says and Aspect.WHERE not in chosen:
            # Nobody knows where it was to go from here on: the triage queue decides, not a later rule.
            chosen[Aspect.WHERE], by[Aspect.WHERE], lost = Then(), rule.code, step.failure
        elif step.failure is None and isinstance(rule, Rule):
            fresh = frozenset(aspect for aspect in says if aspect not in chosen)
            chosen |= dict.fromkeys(fresh, rule.then)
            by |= dict.fromkeys(fresh, rule.code)
            step = Step(rule.code, fresh)
            if Aspect.WHERE in fresh and (failure := _not_there(rule, default, house)):
                step, lost = Step(rule.code, fresh, failure=failure), failure
        steps.append(step)
    return _decision(chosen, by, default, house, steps, lost)


def _decision(
    chosen: dict[Aspect, Then],
    by: dict[Aspect, str],
    default: Default,
    house: House,
    steps: list[Step],
    lost: Failure | None,
) -> Decision:
    where = chosen.get(Aspect.WHERE)
    failures = [step.failure for step in steps if step.failure]
    agency, unit, person = default.agency, default.unit, ""
    if where is not None:
        agency, unit, person = where.agency or default.agency, where.unit, where.person
    if agency not in house.units:
        if where is None:
            failures.append(lost := Failure(CATALOGUE, Fault.AGENCY_GONE, agency))
        agency = default.agency
    if lost:
        unit, person = TRIAGE_UNIT, ""
    by_priority, by_target = chosen.get(Aspect.PRIORITY), chosen.get(Aspect.TARGET)
    return Decision(
        agency=agency,
        unit=unit,
        person=person,
        priority=by_priority.priority if by_priority else default.priority,
        target=by_target.target if by_target else default.target,
        by=by,
        failures=tuple(failures),
        steps=tuple(steps),
    )


def _judged(rule: AnyRule, facts: Facts, house: House) -> Step:
    if isinstance(rule, Unreadable):
        return Step(rule.code, failure=Failure(rule.code, Fault.UNREADABLE))
    if rule.off:
        return Step(rule.code, because=Because.OFF)
    # What can be known is asked first: a rule for other services does not fail by its layer.
    for because, what in _misfits(rule, facts, house):
        return Step(rule.code, because=because, what=what)
    if failure := _unknowable(rule, house):
        return Step(rule.code, failure=failure)
    return Step(rule.code)


def _misfits(rule: Rule, facts: Facts, house: House) -> Iterator[tuple[Because, str]]:
    when = rule.when
    if (when.services or when.groups) and not (facts.service in when.services or facts.group in when.groups):
        yield Because.SERVICE, facts.service
    if when.criticality and facts.criticality not in when.criticality:
        yield Because.CRITICALITY, facts.criticality
    for question, wanted in when.answers.items():
        if not facts.answers.get(question, frozenset()) & set(wanted):
            yield Because.ANSWER, question
    if when.channels and facts.channel not in when.channels:
        yield Because.CHANNEL, facts.channel
    if when.weekdays and WEEKDAYS[facts.weekday % 7] not in when.weekdays:
        yield Because.WEEKDAY, WEEKDAYS[facts.weekday % 7]
    if when.hours and not when.hours.holds(facts.minute):
        yield Because.HOURS, ""
    if when.season and not when.season.holds(facts.day):
        yield Because.SEASON, ""
    if when.danger is not None and when.danger is not facts.danger:
        yield Because.DANGER, ""
    for area in when.areas:
        vintage = house.vintage(area.layer, area.vintage)
        if vintage is not None and not any((area.layer, vintage, code) in facts.areas for code in area.codes):
            yield Because.AREA, area.layer
    if (
        when.asset
        and not _is_on(when.asset, facts)
        and (not when.asset.layer or when.asset.layer in house.asset_layers)
    ):
        yield Because.ASSET, when.asset.layer


def _is_on(wanted: OnAsset, facts: Facts) -> bool:
    asset = facts.asset
    if asset is None or (wanted.layer and wanted.layer != asset.layer):
        return False
    if wanted.owners and asset.owner not in wanted.owners:
        return False
    return all(asset.attributes.get(name) in values for name, values in wanted.attributes.items())


def _unknowable(rule: Rule, house: House) -> Failure | None:
    for area in rule.when.areas:
        if house.vintage(area.layer, area.vintage) is None:
            return Failure(rule.code, Fault.LAYER_UNKNOWN, f"{area.layer} {area.vintage}")
    asset = rule.when.asset
    if asset and asset.layer and asset.layer not in house.asset_layers:
        return Failure(rule.code, Fault.ASSET_LAYER_UNKNOWN, asset.layer)
    return None


def _not_there(rule: Rule, default: Default, house: House) -> Failure | None:
    """Return why a rule that fits cannot be followed."""
    agency = rule.then.agency or default.agency
    if agency not in house.units:
        return Failure(rule.code, Fault.AGENCY_GONE, agency)
    if rule.then.unit and rule.then.unit not in house.units[agency]:
        return Failure(rule.code, Fault.UNIT_GONE, rule.then.unit)
    if rule.then.person and not house.has_person(rule.then.person, agency):
        return Failure(rule.code, Fault.PERSON_GONE)
    return None
