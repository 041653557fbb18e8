"""The only writes to the conversation."""

from collections.abc import Mapping
from datetime import datetime
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.db import transaction

from ombud.catalog import commands as catalog
from ombud.catalog import queries as catalog_queries
from ombud.catalog.commands import Edit
from ombud.conversation.models import Contact, Message, ReplyTemplate
from ombud.conversation.rules.sending import next_try
from ombud.conversation.rules.wording import Prepared, filled, read_prepared, read_wrap_up
from ombud.kernel.texts import cleaned, in_language
from ombud.people import commands as people
from ombud.people.rules.permissions import Verb
from ombud.plumbing import jobs
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import attach
from ombud.service_requests.timeline import Actor

NO_SUCH_MAILBOX = 500  # RFC 5321: from here on a refusal is for good
PREPARED = "prepared_text"
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


def keep_failure(message: Message, trouble: Exception, *, now: datetime) -> None:
    """
    Write down that a message could not be sent, and try again later; or give up and tell staff, who can call.

    What the mail server said is not kept: it repeats the address. Call it in the transaction that holds the message.
    """
    since = message.tried_since or now
    again = None if is_final(trouble) else next_try(failures=message.failures + 1, tried_since=since, now=now)
    Message.objects.filter(pk=message.pk).update(
        failures=message.failures + 1,
        tried_since=since,
        failure=type(trouble).__name__,
        given_up_at=None if again else now,
    )
    if again:
        jobs.defer(SEND, city=message.jurisdiction_id, subject_id=message.pk, not_before=again)
    elif message.request_id:
        follower = requests.follower(message.jurisdiction_id, message.follower_id or 0)
        attach.not_reached(
            jurisdiction_id=message.jurisdiction_id,
            request_id=message.request_id,
            told=message.kind,
            reporter=follower is None or follower.is_reporter,
            at=now,
        )


def is_final(trouble: Exception) -> bool:
    """Whether the mail server knows the address to be none: then no later try will do."""
    if not isinstance(trouble, SMTPRecipientsRefused):
        return False
    return all(code >= NO_SUCH_MAILBOX for code, _said in trouble.recipients.values())


def erase_person(*, jurisdiction_id: str, contact_point_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """
    Erase a person's contact data and what was written to them. Their requests stay, with what these tell.

    Whoever has the same mail address or telephone is taken for the same person.
    """
    actor.require(Verb.ERASE, agency="")
    with transaction.atomic():
        erased = people.erase_contact(
            jurisdiction_id=jurisdiction_id,
            contact_point_id=contact_point_id,
            reason=reason,
            account_id=actor.account_id or 0,
            at=at,
        )
        Message.objects.filter(jurisdiction_id=jurisdiction_id, contact_point_id__in=erased).update(
            subject="", body="", failure=""
        )


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


def save_template(*, jurisdiction_id: str, code: str, text: Prepared, edit: Edit, active: bool = True) -> bool:
    """Keep a prepared text under its code, offered or retired; False where nothing is different."""
    with transaction.atomic():
        content = {**text.told(), "active": active}
        if not catalog.keep_change(
            jurisdiction_id=jurisdiction_id, kind=PREPARED, code=code, content=content, edit=edit
        ):
            return False
        ReplyTemplate.objects.update_or_create(jurisdiction_id=jurisdiction_id, code=code, defaults=content)
        return True


def load_template(*, jurisdiction_id: str, code: str, raw: Mapping[str, Any], at: datetime) -> bool:
    """Keep a prepared text as a city's file has it; what people changed since it was last loaded stands."""
    city = catalog_queries.city(jurisdiction_id)
    text = read_prepared(raw, language=city.default_language, services=city.services)
    if catalog.loaded_before(jurisdiction_id=jurisdiction_id, kind=PREPARED, code=code, said=text.told()):
        return False
    return save_template(jurisdiction_id=jurisdiction_id, code=code, text=text, edit=Edit(at))


def fill_template(template: ReplyTemplate, *, language: str, fields: dict[str, str]) -> str:
    """Return a prepared text in the reader's language with its fields filled. Raises BadInput."""
    return filled(in_language(template.body, language), fields)
