"""Which events an endpoint wants."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ombud.opendata.rules.public_event import HIDDEN
from ombud.service_requests.rules.lifecycle import Kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names of events, services and agencies; nothing named means all of them."""

    names: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()


def wants(wanted: Wanted, *, name: str, services: Collection[str], agencies: Collection[str]) -> bool:
    """
    Whether an event is wanted. `services` and `agencies` are the request's now and those that the event took it from.

    Whoever got a request must hear that it went elsewhere. That it went out of sight everybody hears who wants such
    news, since only its number is told.
    """
    if wanted.names and name not in wanted.names:
        return False
    if name == HIDDEN:
        return True
    if wanted.services and wanted.services.isdisjoint(services):
        return False
    return not wanted.agencies or not wanted.agencies.isdisjoint(agencies)


def before_and_now(
    kind: str, facts: Mapping[str, Any], *, service: str, agency: str
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the services and the agencies that an event is about: its request's, and those it was taken from."""
    services, agencies = {service}, {agency}
    if kind == Kind.SERVICE_CHANGED:
        services.add(str(facts.get("before", service)))
        agencies.add(str(facts.get("before_agency", agency)))
    elif kind == Kind.TRANSFERRED:
        agencies.add(str(facts.get("before", agency)))
    return frozenset(services), frozenset(agencies)
