"""What the city says about privacy in its public record: the rules in force, what they cost, what was taken back."""

from dataclasses import dataclass
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition, Visibility
from ombud.opendata.lake.versions import TAKEN_BACK
from ombud.opendata.models import NoiseSpent, Tombstone
from ombud.opendata.queries import rules_of
from ombud.opendata.rules.rule_set import Rule

LATEST = 50


@dataclass(frozen=True, slots=True)
class Ruled:
    """Services that share a rule."""

    visibility: str
    rule: Rule
    services: list[ServiceDefinition]


def ruled(city: City) -> list[Ruled]:
    """Return the rules in force with the services that each is for, the most open first."""
    rules = rules_of(city)
    shared: dict[tuple[str, Rule], list[ServiceDefinition]] = {}
    for service in city.services.values():
        rule = rules.rule_for(service.code, service.visibility)
        shared.setdefault((service.visibility.value, rule), []).append(service)
    order = [visibility.value for visibility in Visibility]
    return [Ruled(*key, services) for key, services in sorted(shared.items(), key=lambda one: order.index(one[0][0]))]


def ledger(jurisdiction_id: str) -> list[NoiseSpent]:
    """Return every release of noisy counts with what it spent, newest first."""
    return list(NoiseSpent.objects.filter(jurisdiction_id=jurisdiction_id).order_by("-month"))


def taken_back(jurisdiction_id: str) -> list[Tombstone]:
    """Return what was taken back lately, newest first."""
    rows = Tombstone.objects.filter(jurisdiction_id=jurisdiction_id, reason=TAKEN_BACK)
    return list(rows.order_by("-at", "-pk")[:LATEST])


def as_data(city: City) -> dict[str, Any]:
    """Return all of it as plain JSON."""
    rules = rules_of(city)
    return {
        "rule_set": rules.name,
        "rules": rules.model_dump(mode="json"),
        "services": {
            service.code: {
                "visibility": one.visibility,
                **one.rule.model_dump(mode="json"),
                "photos": one.rule.photos_by.value,
            }
            for one in ruled(city)
            for service in one.services
        },
        "noise_spent": [
            {
                "data_set": one.dataset,
                "month": one.month.isoformat()[:7],
                "unit": one.unit,
                "mechanism": one.mechanism,
                "reports_a_person": one.reports_a_person,
                "scale": one.scale,
                "epsilon": one.epsilon,
                "spent_this_year": one.spent_this_year,
                "cap_this_year": one.cap_this_year,
            }
            for one in ledger(city.id)
        ],
        "taken_back": [{"id": one.row_id, "at": one.at.isoformat(), "reason": one.said} for one in taken_back(city.id)],
    }
