"""Messages and the mail server: down and up again, never up again, and one that knows the address to be none."""

from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection

from ombud.catalog import queries as catalog
from ombud.conversation import handlers
from ombud.conversation.models import Message
from ombud.kernel import clock
from ombud.people import commands as people
from ombud.people.commands import ContactDetails
from ombud.service_requests import queries
from ombud.service_requests.commands import attach
from ombud.web.desk.telling import Teller
from tests.builders import CityBuilder, RequestBuilder
from tests.mail_server import Mail, serving
from tests.ports import free_port

EMAIL = "ada.canary@mail.example"
Jobs = list[tuple[int, datetime | None]]


@pytest.fixture
def mail(settings: LazySettings) -> Mail:
    """A mail server that does not answer until a test serves it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = "127.0.0.1", False, ""
    settings.EMAIL_PORT = free_port()
    return Mail(port=settings.EMAIL_PORT)


@pytest.fixture
def waiting(city: CityBuilder) -> tuple[RequestBuilder, Message]:
    """A report whose receipt waits to be sent."""
    hole = city.report(name="Ada", email=EMAIL)
    handlers.tell_people(hole.row.events.get().pk)
    return hole, Message.objects.get(request_id=hole.id)


def jobs_for(message: Message) -> Jobs:
    """Return the jobs that send a message, in the order they were deferred, with the time of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, scheduled_at FROM procrastinate_jobs"
            " WHERE args->>'handler' = %s AND (args->>'subject_id')::bigint = %s ORDER BY id",
            [handlers.commands.SEND, message.pk],
        )
        return list(cursor.fetchall())


def run_until(message: Message, end: datetime) -> None:
    """Run the jobs that send a message as their times come, as a worker would."""
    done = 0
    while True:
        jobs = jobs_for(message)
        if done == len(jobs):
            return
        at = jobs[done][1] or clock.now()
        if at > end:
            return
        with clock.standing_at(max(at, clock.now())):
            handlers.send_message(message.pk)
        done += 1


def story(hole: RequestBuilder) -> list[str]:
    return [e.kind.value for e in queries.story(hole.row, audiences=("public", "reporter", "staff"))]


def test_a_server_that_was_down_for_hours_gets_it_once_it_is_up(
    mail: Mail, waiting: tuple[RequestBuilder, Message]
) -> None:
    hole, message = waiting
    up_again = clock.now() + timedelta(hours=26)
    run_until(message, up_again)
    message.refresh_from_db()
    assert (message.sent_at, message.given_up_at) == (None, None)
    assert message.failures > 8
    with serving(mail), clock.standing_at(up_again):
        handlers.send_message(message.pk)
        handlers.send_message(message.pk)
    message.refresh_from_db()
    assert message.sent_at == up_again
    assert len(mail.letters) == 1
    assert f"To: {EMAIL}" in mail.letters[0]
    assert story(hole) == ["submitted"]


def test_a_server_that_never_comes_is_given_up_after_three_days_and_staff_are_told(
    mail: Mail, waiting: tuple[RequestBuilder, Message]
) -> None:
    hole, message = waiting
    begun = clock.now()
    run_until(message, begun + timedelta(days=30))
    message.refresh_from_db()
    assert message.given_up_at == begun + timedelta(days=3)
    assert message.sent_at is None
    assert story(hole) == ["submitted", "not_reached"]
    event = hole.row.events.get(kind="not_reached")
    assert (event.audience, event.actor_kind) == ("staff", "system")
    assert event.facts == {"told": "submitted", "reporter": True}
    assert EMAIL not in f"{message.failure}{event.facts}{event.changes}"
    # Once given up it is over: a job that comes late does nothing.
    with serving(mail):
        handlers.send_message(message.pk)
    assert mail.letters == []


def test_staff_read_that_nobody_could_be_told_and_the_resident_does_not(
    mail: Mail, waiting: tuple[RequestBuilder, Message]
) -> None:
    hole, message = waiting
    run_until(message, clock.now() + timedelta(days=30))
    entries = queries.story(hole.row, audiences=("public", "reporter", "staff"))
    said = Teller(catalog.city("springfield")).story(entries)[-1].what
    assert said == "could not tell the resident by mail: that we have the report. Call them if you can."
    seen = queries.story(hole.row, audiences=("public", "reporter"))
    assert [e.kind.value for e in seen] == ["submitted"]


def test_an_address_that_the_server_knows_to_be_none_is_given_up_at_once(
    mail: Mail, waiting: tuple[RequestBuilder, Message], caplog: pytest.LogCaptureFixture
) -> None:
    hole, message = waiting
    mail.to_recipient = f"550 no such mailbox: {EMAIL}"
    with serving(mail):
        handlers.send_message(message.pk)
    message.refresh_from_db()
    assert message.given_up_at == clock.now()
    assert EMAIL not in message.failure + caplog.text
    assert f"Message {message.pk} was not sent: SMTPRecipientsRefused" in caplog.text
    assert story(hole) == ["submitted", "not_reached"]


def test_a_mailbox_that_is_full_for_now_is_tried_again(mail: Mail, waiting: tuple[RequestBuilder, Message]) -> None:
    hole, message = waiting
    mail.to_recipient = "452 the mailbox is full"
    with serving(mail):
        handlers.send_message(message.pk)
        mail.to_recipient = "250 fine"
        run_until(message, clock.now() + timedelta(hours=1))
    message.refresh_from_db()
    assert message.sent_at is not None
    assert len(mail.letters) == 1
    assert story(hole) == ["submitted"]


def test_one_who_follows_is_not_taken_for_the_reporter(mail: Mail, city: CityBuilder) -> None:
    hole = city.report()
    eve = people.keep_contact(jurisdiction_id=city.id, details=ContactDetails(email="eve@mail.example"))
    attach.follow(jurisdiction_id=city.id, request_id=hole.id, contact_point_id=eve, at=clock.now())
    hole.closed()
    handlers.tell_people(hole.row.events.get(kind="closed").pk)
    run_until(Message.objects.get(contact_point_id=eve), clock.now() + timedelta(days=30))
    assert hole.row.events.get(kind="not_reached").facts == {"told": "closed", "reporter": False}
