"""Where a request goes after its service or its place was corrected: asked anew, of the same router as at first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ombud.catalog import queries as catalog
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.catalog.rules.working_time import target_at
from ombud.service_requests import ports, screening
from ombud.service_requests.commands import clocks
from ombud.service_requests.commands.receive import Place
from ombud.service_requests.models import RequestEvent, RequestForm, RequestPlace, ServiceRequest
from ombud.service_requests.ports import Routable, Routed
from ombud.service_requests.rules.decisions import NewRoute


@dataclass(frozen=True, slots=True)
class Anew:
    """The answer: the route, and what changes of the target, counted from when it was asked."""

    route: NewRoute
    targets: dict[str, datetime | None]
    routed: Routed

    def alarm(self, row: ServiceRequest, *, at: datetime) -> None:
        """Raise the alarm where a rule could not be followed; in the transaction of the change."""
        if self.routed.failed:
            ports.router().failed(jurisdiction_id=row.jurisdiction_id, request_id=row.pk, routed=self.routed, at=at)


def asked_anew(row: ServiceRequest, *, service: ServiceDefinition, place: Place | RequestPlace | None) -> Anew:
    """Return where a request would go with this service at this place."""
    city = catalog.city(row.jurisdiction_id)
    routed = ports.router().route(city, routable(row, service=service, place=place))
    target = target_at(row.requested_at, routed.target, city.calendar(row.requested_at.year, routed.agency))
    route = NewRoute(routed.agency, routed.unit, routed.assignee_id, dict(routed.facts))
    return Anew(route, clocks.targets(row, target, routed.target, agency=routed.agency), routed)


def routable(row: ServiceRequest, *, service: ServiceDefinition, place: Place | RequestPlace | None) -> Routable:
    """Return a request as routing asks for it, with what was told at first."""
    form = RequestForm.objects.filter(request=row, jurisdiction_id=row.jurisdiction_id).first()
    answers: Sequence[Mapping[str, Any]] = form.answers if form else ()
    return Routable(
        service=service,
        channel=row.channel,
        requested_at=row.requested_at,
        answers=answers,
        areas=tuple(place.areas) if place else (),
        lon=place.lon if place else None,
        lat=place.lat if place else None,
        asset=row.asset,
        danger=_was_danger(row),
    )


def _was_danger(row: ServiceRequest) -> bool:
    first = RequestEvent.objects.in_city(row.jurisdiction_id).filter(request=row, seq=1).values_list("facts", flat=True)
    facts = first.first() or {}
    return screening.DANGER in facts
