"""Where mail goes while no mail server is set: a Maildir in the home directory, which the demo shows as a page."""

import mailbox
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage as Parsed
from email.parser import BytesParser

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of the mailbox."""

    key: str
    to: str
    subject: str
    sent: str
    body: str


class MaildirBackend(BaseEmailBackend):
    """Puts each message into the Maildir: whole or not at all, also between processes."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages and return how many."""
        box = _box()
        for message in email_messages:
            box.add(message.message().as_bytes())
        return len(email_messages)


def letters(*, limit: int) -> list[Letter]:
    """Return the newest letters."""
    box = _box()
    # A Maildir's keys begin with the time of arrival.
    newest = sorted(box.keys(), key=lambda key: float(".".join(key.split(".")[:1])), reverse=True)[:limit]
    read = ((key, BytesParser(_class=Parsed, policy=policy.default).parsebytes(box.get_bytes(key))) for key in newest)
    return [_letter(key, parsed) for key, parsed in read]


def _letter(key: str, parsed: Parsed) -> Letter:
    body = parsed.get_body(preferencelist=("plain",))
    return Letter(
        key=key,
        to=str(parsed["To"]),
        subject=str(parsed["Subject"]),
        sent=str(parsed["Date"]),
        body=str(body.get_content()) if body else "",
    )


def _box() -> mailbox.Maildir:
    return mailbox.Maildir(settings.OMBUD_HOME / "mailbox", create=True)
