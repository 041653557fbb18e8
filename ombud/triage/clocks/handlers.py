"""What makes alerts move: events, the clock, and the letters that follow."""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import BadInput
from ombud.people import queries as people
from ombud.plumbing import walls
from ombud.service_requests import queries as requests
from ombud.service_requests.rules.lifecycle import Kind
from ombud.service_requests.screening import DANGER
from ombud.triage.clocks import commands, queries
from ombud.triage.clocks.models import AlertEntry

log = logging.getLogger(__name__)

# Looked at every quarter of a minute: what is due so soon, or was just due. The rest has an hour.
SOON = timedelta(hours=36)

# Of these only what tells of danger calls anybody, however urgent the request was before.
_WORDS_ONLY = (Kind.ANSWERED, Kind.COMMENTED)


def page(event_id: int) -> None:
    """React to an event that may be danger: call somebody where nobody is at work."""
    city, now = walls.current(), clock.now()
    event = requests.event(city, event_id)
    if event.kind in _WORDS_ONLY and DANGER not in event.facts:
        return
    if commands.page(jurisdiction_id=city, request_id=event.request_id, now=now):
        commands.call_round(jurisdiction_id=city, now=now)


def tell(entry_id: int) -> None:
    """Write to somebody of an alert, at most once a call; what became of it is written down, whatever it was."""
    city = catalog.city(walls.current())
    entry = AlertEntry.objects.select_related("alert").get(jurisdiction_id=city.id, pk=entry_id)
    account = people.account(entry.account_id or 0)
    if account is None:  # they left since they were chosen
        commands.written_to(jurisdiction_id=city.id, entry_id=entry_id, sent=False, at=clock.now())
        return
    row = requests.by_id(city.id, entry.alert.request_id)
    with translation.override(city.default_language):
        late = entry.alert.kind == "late"
        subject = (
            _("%(number)s is running late") % {"number": row.number}
            if late
            else _("Danger: %(number)s, nobody is at work") % {"number": row.number}
        )
        link = f"{settings.OMBUD_PUBLIC_URL}/{city.id}/desk/alerts/"
        body = _("%(service)s, %(place)s\n\nSay that you know:\n%(link)s\n") % {
            "service": city.text(city.service(row.service_code).name),
            "place": row.address or _("see the map"),
            "link": link,
        }
    if not commands.begin_letter(jurisdiction_id=city.id, entry_id=entry_id, at=clock.now()):
        return
    try:
        EmailMessage(subject=subject, body=body, to=[account.email]).send()
    except (SMTPException, OSError):
        commands.written_to(jurisdiction_id=city.id, entry_id=entry_id, sent=False, at=clock.now())
        raise
    commands.written_to(jurisdiction_id=city.id, entry_id=entry_id, sent=True, at=clock.now())


def go_round() -> None:
    """Look at what is due soon, and call whoever is next."""
    _in_every_city(SOON)


def go_round_all() -> None:
    """Look at everything that is open."""
    _in_every_city(None)


def _in_every_city(due_within: timedelta | None) -> None:
    now = clock.now()
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            try:
                if queries.has_plan(row.id):
                    commands.escalate(jurisdiction_id=row.id, now=now, due_within=due_within)
                    commands.call_round(jurisdiction_id=row.id, now=now)
            except BadInput as wrong:  # the others' alerts do not wait for this city's file
                log.error("The plan of %s cannot be followed: %s", row.id, wrong)
