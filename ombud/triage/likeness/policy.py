"""What a city's catalogue says about reports of one thing, completed by the figures that come with Ombud."""

from collections.abc import Mapping, Sequence
from typing import Any

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.rules.definition import Duplicates, ServiceDefinition, Visibility
from ombud.kernel.geo import Metres
from ombud.triage.likeness.rules.verdict import DEFAULTS, WINDOW_DAYS, Bars

UNKNOWN = Duplicates()
NEVER = 2.0  # as a bar: above every probability
# Of these a reporter must not learn, by a letter or a number, that somebody else reported the same.
QUIET = frozenset({Visibility.COUNT_ONLY, Visibility.PRIVATE})


def bars_of(city: City, code: str) -> Bars:
    """Return the bars of a service; of one that is lost the shipped ones."""
    service = city.services.get(code)
    told = service.duplicates if service else UNKNOWN
    days = service.not_fixed_days if service else DEFAULTS.again_days
    join = DEFAULTS.join if told.join is None else told.join
    by_itself = told.merge == "auto" and not (service and is_quiet(service))
    return Bars(
        join=join if by_itself else NEVER,
        ask=min(join, DEFAULTS.ask) if told.ask is None else told.ask,
        open_days=told.open_days or DEFAULTS.open_days,
        again_days=days if told.again_days is None else told.again_days,
    )


def reach_of(city: City, code: str) -> Metres:
    """Return how far apart reports of one thing may be, in metres; 0 where they are never compared."""
    service = city.services.get(code)
    return Metres(service.duplicate_radius_m if service else 0)


def window_of(city: City, code: str) -> float:
    """Return within how many days the same thing is usually reported again."""
    service = city.services.get(code)
    return (service.duplicates.window_days if service else None) or WINDOW_DAYS


def groups_of(city: City) -> dict[str, str]:
    """Return the group of each service that is mistaken for another: the first code of those that hang together."""
    groups: dict[str, str] = {}
    for code, service in city.services.items():
        members = {code, *(other for other in service.duplicates.mistaken_for if other in city.services)}
        if len(members) > 1:
            met = {groups[m] for m in members if m in groups} | members
            first = min(met)
            groups |= dict.fromkeys(members, first) | {m: first for m, g in groups.items() if g in met}
    return groups


def compared_with(city: City, code: str) -> list[str]:
    """Return the services among which a report of this one is looked for, itself first."""
    groups = groups_of(city)
    return [code, *(other for other, group in groups.items() if other != code and group == groups.get(code))]


def is_used(jurisdiction_id: str) -> bool:
    """Whether a city has any service whose reports are compared."""
    return any(is_compared(service) for service in catalog.city(jurisdiction_id).services.values())


def is_compared(service: ServiceDefinition) -> bool:
    """Whether reports of a service are compared at all."""
    return service.duplicates.merge != "never" and service.duplicate_radius_m > 0


def stands_alone(service: ServiceDefinition, answers: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an answer keeps this report by itself: a request for access has its own queue and clock."""
    said = {str(a.get("code")): a.get("value") for a in answers}
    for when in service.duplicates.never_when:
        value = said.get(when.question)
        if set(value if isinstance(value, list) else [value]) & set(when.answers):
            return True
    return False


def is_quiet(service: ServiceDefinition) -> bool:
    """Whether reporters must not be told that others reported the same."""
    return service.visibility in QUIET
