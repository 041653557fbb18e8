"""The city's clock of a request: let it stand still for a reason, and go on, by itself when its time is over."""

from datetime import datetime, timedelta

from django.db import transaction

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput
from ombud.people.rules.permissions import Verb
from ombud.plumbing import walls
from ombud.service_requests import timeline
from ombud.service_requests.commands.act import On, read_text
from ombud.service_requests.commands.clocks import go_on, moved_due, stood
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.rules import pauses as rules


def pause(on: On, *, reason: str, until: datetime, text: str) -> RequestEvent:
    """Let the clock stand still until an instant at the latest; the words tell the resident what we wait for."""
    text = read_text(text, needed=N_("Say in plain words what we wait for."))
    city = catalog.city(on.jurisdiction_id)
    if (chosen := city.pause_reasons().get(reason)) is None:
        raise BadInput(N_("Choose why the clock stands still."), field="reason")
    with transaction.atomic():
        row = _held(on)
        used = sum((s.until - s.since for s in stood(row) if s.reason == reason), timedelta(0))
        due = moved_due(row, row.target_at or on.at, since=on.at, until=until)
        decision = rules.pause(timeline.state_of(row), reason=chosen, until=until, used=used, at=on.at, target_at=due)
        return timeline.record(row, decision, actor=on.actor, at=on.at, text=text)


def resume(on: On, *, text: str = "") -> RequestEvent:
    """Let the clock go on before its time is over."""
    text = read_text(text, needed="")
    with transaction.atomic():
        return go_on(_held(on), actor=on.actor, at=on.at, why="staff", text=text)


def resume_due(*, jurisdiction_id: str, now: datetime) -> int:
    """Let each clock of a city go on whose time to stand still is over; return how many."""
    over = ServiceRequest.objects.in_city(jurisdiction_id).filter(paused_until__lte=now)
    resumed = 0
    for pk in over.values_list("pk", flat=True):
        with transaction.atomic():
            row = timeline.load(jurisdiction_id, pk)
            if row.paused_until and row.paused_until <= now:
                go_on(row, actor=timeline.SYSTEM, at=now, why="limit")
                resumed += 1
    return resumed


def resume_all() -> dict[str, int]:
    """Let the clocks of every city go on whose time to stand still is over; return how many each had."""
    resumed = {}
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            resumed[row.id] = resume_due(jurisdiction_id=row.id, now=clock.now())
    return resumed


def _held(on: On) -> ServiceRequest:
    row = timeline.load(on.jurisdiction_id, on.request_id)
    on.actor.require(Verb.WORK, agency=row.agency)
    timeline.check_seen(row, on.seen)
    return row
