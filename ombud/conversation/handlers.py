"""
What events make the city say. Each reaction writes messages; a job sends them.

Everybody who follows any request of an incident hears of it, in their own language.
"""

import logging
from smtplib import SMTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from ombud.catalog import queries as catalog
from ombud.catalog.rules.definition import Visibility
from ombud.conversation import commands, ports
from ombud.conversation.models import Message
from ombud.kernel import clock
from ombud.people import queries as people
from ombud.plumbing import walls
from ombud.service_requests import queries as requests
from ombud.service_requests import secret_link
from ombud.service_requests.storms import queries as storms

if TYPE_CHECKING:
    from ombud.catalog.city import City
    from ombud.service_requests.models import Follower, RequestEvent, ServiceRequest

log = logging.getLogger(__name__)

# Only its own reporter is told of these; the others concern everybody who reported the same thing.
_PERSONAL = frozenset({"submitted", "question_asked", "replied", "joined", "withdrawn"})
# Whoever reports such a thing must not learn by our letters that somebody else did, nor what they were told.
_QUIET = frozenset({Visibility.COUNT_ONLY.value, Visibility.PRIVATE.value})


def tell_people(event_id: int) -> None:
    """Write the message of an event to each person who follows the request."""
    event = requests.event(walls.current(), event_id)
    quiet = event.request.visibility in _QUIET
    if event.kind == "joined" and event.audience == "staff":
        return
    # An incident closed as a whole has a closing on each report: everybody hears once, of their own.
    alone = quiet or event.kind in _PERSONAL or event.facts.get("with_incident", False)
    everyone = requests.followers(event.request, whole_incident=not alone)
    told: set[int] = set()
    for follower in everyone:
        if follower.contact_point_id and follower.contact_point_id not in told:
            told.add(follower.contact_point_id)
            _tell(event, follower)


def _tell(event: "RequestEvent", follower: "Follower") -> None:
    contact = people.contact_point(event.jurisdiction_id, follower.contact_point_id or 0)
    if contact is None or not contact.email:
        return
    subject, body = compose(event, follower, language=contact.language, name=contact.name)
    commands.queue_message(
        jurisdiction_id=event.jurisdiction_id,
        request_id=follower.request_id,
        event_id=event.pk,
        follower_id=follower.pk,
        contact_point_id=contact.pk,
        kind=event.kind,
        language=contact.language,
        subject=subject[:200],
        body=body,
    )


def compose(event: "RequestEvent", follower: "Follower", *, language: str, name: str) -> tuple[str, str]:
    """Return subject and body of the message of an event, in a language."""
    city = catalog.city(event.jurisdiction_id)
    row = follower.request
    with translation.override(language), timezone.override(ZoneInfo(str(city.zone))):
        service = city.service(row.service_code)
        words = render_to_string(
            f"messages/{event.kind}.txt",
            {
                "city": city,
                "name": name,
                "row": row,
                "service": city.text(service.name),
                "agency": city.agency(row.agency),
                "event": event,
                "text": _text(event, follower),
                "programme": city.programme_name(str(event.facts.get("programme", ""))),
                "body_of": city.body(row.referred_to) if row.referred_to else None,
                "link": public_address(city.id) + secret_link.path(city.id, row.number),
                "not_fixed_days": service.not_fixed_days,
                "joined": event.request_id != row.pk,
                "storm": _storm_words(city, row, event) if event.kind == "submitted" else "",
            },
        )
    subject, _, body = words.strip().partition("\n")
    return subject.strip(), body.strip() + "\n"


def _storm_words(city: "City", row: "ServiceRequest", event: "RequestEvent") -> str:
    """Return what the city says of the storm in which a report came in; empty where there was none."""
    storm = storms.storm_at(city.id, event.at)
    return city.text(storm.words) if storm and storms.covers(storm, row.service_code, row.area_tags) else ""


def _text(event: "RequestEvent", follower: "Follower") -> str:
    """Return the words of an event as this person may read them: what was written to another may name that one."""
    words = event.text.body if event.text else ""
    is_theirs = follower.is_reporter and follower.request_id == event.request_id
    return words if is_theirs else ports.masked(event.jurisdiction_id, words)


def public_address(jurisdiction_id: str) -> str:
    """Return the address of a city's pages."""
    return f"{settings.OMBUD_PUBLIC_URL}/{jurisdiction_id}"


def send_message(message_id: int) -> None:
    """
    Send a message by mail once; where the mail server does not take it, try again later, for three days.

    The row is held while it is sent: two workers never send the same one. A later try is a job of its own, deferred
    with what is written down of the failure.
    """
    with transaction.atomic():
        unsent = Message.objects.select_for_update(skip_locked=True).filter(sent_at=None, given_up_at=None)
        message = unsent.filter(pk=message_id).first()
        if message is None:
            return
        contact = people.contact_point(message.jurisdiction_id, message.contact_point_id)
        if contact is None or not contact.email:
            Message.objects.filter(pk=message.pk).update(sent_at=clock.now(), failure="no address any more")
            return
        try:
            _mail(message, contact.email).send()
        except Exception as trouble:
            # Whatever it is, nobody but the log would hear of it, and the person would wait for ever. What a mail
            # server says repeats the address, which is nothing for a log; only a bug of ours needs its trace.
            ours = not isinstance(trouble, (SMTPException, OSError))
            log.error("Message %s was not sent: %s", message.pk, type(trouble).__name__, exc_info=ours)
            commands.keep_failure(message, trouble, now=clock.now())
        else:
            Message.objects.filter(pk=message.pk).update(sent_at=clock.now(), failure="")


def _mail(message: Message, address: str) -> EmailMessage:
    # The same id each time: sent again after a crash between sending and marking, mail programs show it once.
    host = urlsplit(settings.OMBUD_PUBLIC_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<message.{message.pk}.{message.event_id or 0}@{host}>",
        "X-Ombud-Message": str(message.pk),
        "Auto-Submitted": "auto-generated",
    }
    body = message.body
    if message.follower_id:
        token = secret_link.stop_token(message.jurisdiction_id, message.follower_id)
        stop = f"{public_address(message.jurisdiction_id)}/stop/{token}/"
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        with translation.override(message.language):
            body += "\n" + translation.gettext("Stop these messages: %(link)s") % {"link": stop} + "\n"
    return EmailMessage(subject=message.subject, body=body, to=[address], headers=headers)
