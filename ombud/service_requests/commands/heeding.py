"""What a reporter writes later is read as the report was: for danger, and for hate and threats."""

from dataclasses import replace
from datetime import datetime

from ombud.catalog import queries as catalog
from ombud.service_requests import screening, timeline
from ombud.service_requests.commands import photos
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.rules.decisions import Decision
from ombud.service_requests.rules.lifecycle import ENDED, Kind
from ombud.service_requests.screening import PHOTOS_STAY, Screened, Told
from ombud.service_requests.timeline import REPORTER


def recorded(row: ServiceRequest, decision: Decision, *, at: datetime, text: str, language: str) -> RequestEvent:
    """Write down what a reporter did and said, and what their words call for; in the caller's transaction."""
    called_for = _called_for(row, text, language)
    decision = replace(decision, facts={**decision.facts, **called_for.facts})
    event = timeline.record(row, decision, actor=REPORTER, at=at, text=text, language=language)
    if called_for.facts.get(PHOTOS_STAY):
        photos.hide_all(row, at=at)
    priority = called_for.priority(row.priority)
    if row.status not in ENDED and priority != row.priority:
        kinds = {name: found for name, found in called_for.facts.items() if name != PHOTOS_STAY}
        raised = Decision(Kind.PRIORITISED, {"priority": priority}, {"before": row.priority, **kinds})
        timeline.record(row, raised, actor=timeline.SYSTEM, at=at)
    return event


def _called_for(row: ServiceRequest, text: str, language: str) -> Screened:
    city = catalog.city(row.jurisdiction_id)
    service = city.services.get(row.service_code)
    return screening.screened(city, service, Told([text], language=language)) if text and service else Screened()
