"""The city's clock of a request: where its target is due when the clock has stood still."""

from datetime import datetime

from ombud.catalog import queries as catalog
from ombud.catalog.rules.definition import Target
from ombud.catalog.rules.working_time import moved
from ombud.service_requests import timeline
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.rules import pauses as rules
from ombud.service_requests.rules.lifecycle import Kind
from ombud.service_requests.rules.pauses import Stood
from ombud.service_requests.timeline import Actor

# Each asks anew where the request goes and by when.
_ROUTED_BY = (Kind.SUBMITTED, Kind.IMPORTED, Kind.SERVICE_CHANGED, Kind.PLACE_CORRECTED)


def go_on(row: ServiceRequest, *, actor: Actor, at: datetime, why: str, text: str = "") -> RequestEvent:
    """Let the clock of a held row go on; past its limit it went on there. Call it in a transaction."""
    end = min(at, row.paused_until or at)
    due = row.unpaused_target_at or row.target_at or end
    for one in stood(row):
        due = moved_due(row, due, since=one.since, until=min(one.until, end))
    decision = rules.resume(timeline.state_of(row), at=end, target_at=due, why=why)
    return timeline.record(row, decision, actor=actor, at=at, text=text)


def stood(row: ServiceRequest) -> list[Stood]:
    """Return when the clock of a request stood still; where it does now, until its limit."""
    events = RequestEvent.objects.in_city(row.jurisdiction_id).filter(request=row, changes__has_key="paused_at")
    return rules.stood(events.order_by("seq").values_list("at", "changes"))


def targets(
    row: ServiceRequest, due: datetime | None, target: Target | None, *, agency: str
) -> dict[str, datetime | None]:
    """
    Return what changes of a request's target where it is `due` anew, counted from when it was asked, with an agency.

    It moves by each time that the clock stood still; where it ever did, also the target without that is kept.
    """
    if row.unpaused_target_at is None or due is None:
        return {"target_at": due}
    city, later = catalog.city(row.jurisdiction_id), due
    for one in stood(row):
        later = moved(later, target, city.calendar(later.year, agency), since=one.since, until=one.until)
    return {"target_at": later, "unpaused_target_at": due}


def moved_due(row: ServiceRequest, due: datetime, *, since: datetime, until: datetime) -> datetime:
    """Return when a target is due that moves because the clock stands still, on the calendar of its agency."""
    calendar = catalog.city(row.jurisdiction_id).calendar(due.year, row.agency)
    return moved(due, target_of(row), calendar, since=since, until=until)


def target_of(row: ServiceRequest) -> Target | None:
    """Return the target that a request was given: by a rule where the one that counts set it, else by its service."""
    routed = RequestEvent.objects.in_city(row.jurisdiction_id).filter(request=row, kind__in=_ROUTED_BY)
    facts = routed.order_by("-seq").values_list("facts", flat=True).first() or {}
    if ruled := facts.get("routing", {}).get("target"):
        return Target(value=ruled["value"], unit=ruled["unit"])
    service = catalog.city(row.jurisdiction_id).services.get(row.service_code)
    return service.target if service else None
