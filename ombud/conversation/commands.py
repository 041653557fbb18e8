"""The only writes to the conversation."""

from datetime import datetime
from typing import Any

from ombud.conversation.models import Contact, Message, ReplyTemplate
from ombud.conversation.rules.wording import filled, read_wrap_up
from ombud.kernel.texts import cleaned, in_language
from ombud.people.rules.permissions import Verb
from ombud.plumbing import jobs
from ombud.service_requests.timeline import Actor

SEND = "ombud.conversation.handlers.send_message"


def queue_message(*, jurisdiction_id: str, **columns: Any) -> int | None:
    """Keep a message and defer its sending, in the present transaction; the same one again is none."""
    rows = Message.objects.bulk_create([Message(jurisdiction_id=jurisdiction_id, **columns)], ignore_conflicts=True)
    kept = Message.objects.filter(
        jurisdiction_id=jurisdiction_id,
        event_id=columns.get("event_id"),
        contact_point_id=columns["contact_point_id"],
        sent_at=None,
    ).first()
    if not rows or kept is None:
        return None
    jobs.defer(SEND, city=jurisdiction_id, subject_id=kept.pk)
    return kept.pk


def log_contact(
    *,
    jurisdiction_id: str,
    channel: str,
    wrap_up: str,
    topic: str,
    language: str,
    request_id: int | None,
    actor: Actor,
    at: datetime,
) -> int:
    """Write down a contact. Raises BadInput without a wrap-up code."""
    actor.require(Verb.CREATE, agency="")
    row = Contact.objects.create(
        jurisdiction_id=jurisdiction_id,
        account_id=actor.account_id or 0,
        channel=channel,
        wrap_up=read_wrap_up(wrap_up),
        topic=cleaned(topic)[:200],
        language=language,
        request_id=request_id,
        at=at,
    )
    return row.pk


def save_template(*, jurisdiction_id: str, code: str, **columns: Any) -> None:
    """Keep a prepared text under its code."""
    ReplyTemplate.objects.update_or_create(jurisdiction_id=jurisdiction_id, code=code, defaults=columns)


def fill_template(template: ReplyTemplate, *, language: str, fields: dict[str, str]) -> str:
    """Return a prepared text in the reader's language with its fields filled. Raises BadInput."""
    return filled(in_language(template.body, language), fields)
