"""
What events make the endpoints of a city hear.

The reaction to an event queues it for each endpoint that wants it; a job for each endpoint sends what waits. A worker
that is killed in between leaves everything as it was: what was on its way goes once more, with the same id.
"""

import time
from datetime import timedelta

from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from ombud.catalog import queries as catalog
from ombud.connect.webhooks import queries
from ombud.connect.webhooks.commands import deliver
from ombud.connect.webhooks.models import State
from ombud.connect.webhooks.rules.wanted import before_and_now, wants
from ombud.connect.webhooks.turn import send_until
from ombud.kernel import clock
from ombud.opendata import events
from ombud.people import queries as people
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from ombud.plumbing.alone import alone
from ombud.service_requests import queries as requests

# A job that has sent for so long lets others have their turn.
SECONDS_A_TURN = 20.0
# So many endpoints are sent to at once: slow ones leave the worker room for letters and everything else.
LANES = 2
_NO_LANE = timedelta(seconds=2)


def queue_event(event_id: int) -> None:
    """Let an event wait for each endpoint that wants it."""
    city = walls.current()
    listening = [endpoint for endpoint in queries.endpoints(city) if endpoint.state != State.OFF]
    if not listening:
        return
    event = requests.event(city, event_id)
    told = events.public_event(event)
    if told is None:
        return
    row = event.request
    services, agencies = before_and_now(event.kind, event.facts, service=row.service_code, agency=row.agency)
    wanted = [
        endpoint
        for endpoint in listening
        if wants(queries.wanted_by(endpoint), name=told.name, services=services, agencies=agencies)
    ]
    deliver.queue(wanted, event, name=told.name, now=clock.now())


def send_waiting(endpoint_id: int) -> None:
    """Send what waits for an endpoint, until nothing is due or this turn is over. One at a time for each endpoint."""
    city, ends_at = walls.current(), time.monotonic() + SECONDS_A_TURN
    while True:
        with alone(f"webhook {endpoint_id}") as mine:
            # Whoever sends looks once more after letting go, so that what was queued meanwhile is not left lying.
            if not mine or not _has_work(city, endpoint_id):
                return
            if not _in_a_lane(city, endpoint_id, ends_at):
                deliver.send_on(queries.endpoint(city, endpoint_id), not_before=clock.now() + _NO_LANE)
                return
        if time.monotonic() >= ends_at:
            if _has_work(city, endpoint_id):
                deliver.send_on(queries.endpoint(city, endpoint_id))
            return


def _has_work(city: str, endpoint_id: int) -> bool:
    endpoint = queries.sendable(city, endpoint_id, now=clock.now())
    return endpoint is not None and bool(queries.due(endpoint, limit=1, now=clock.now()))


def _in_a_lane(city: str, endpoint_id: int, ends_at: float) -> bool:
    for lane in range(LANES):
        with alone(f"webhook lane {lane}") as free:
            if free:
                send_until(ends_at, city=city, endpoint_id=endpoint_id)
                return True
    return False


def tell_owner(endpoint_id: int) -> None:
    """Write to whoever set an endpoint up that it is off; to the administrators where they work here no more."""
    city = catalog.city(walls.current())
    endpoint = queries.endpoint(city.id, endpoint_id)
    staff = people.staff(city.id)
    to = {grant.account.email for grant in staff if grant.account_id == endpoint.owner_id}
    to = to or {grant.account.email for grant in staff if grant.role == Role.ADMINISTRATOR}
    if endpoint.state != State.OFF or not to:
        return
    with translation.override(city.default_language):
        why = (
            _("It answered that it is gone (410).")
            if endpoint.off_because == "gone"
            else _("For three days it took nothing that we sent.")
        )
        words = _(
            "Hello,\n\nthe webhook “%(name)s” of %(city)s is off. %(why)s\n\nNothing is kept for it until somebody"
            " switches it on at the desk, under Webhooks. What happened meanwhile can be fetched from the event feed.\n"
        ) % {"name": endpoint.name, "city": city.name, "why": why}
        subject = _("Webhook switched off: %(name)s") % {"name": endpoint.name}
    EmailMessage(subject=subject, body=words, to=sorted(to)).send()


def tidy_all() -> dict[str, int]:
    """Forget old deliveries of every city; return how many each had."""
    gone = {}
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            gone[row.id] = deliver.tidy(jurisdiction_id=row.id, now=clock.now())
    return gone
