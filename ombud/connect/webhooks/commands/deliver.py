"""What becomes of events on their way to the endpoints."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from ombud.connect.webhooks import queries
from ombud.connect.webhooks.letters import Reply
from ombud.connect.webhooks.models import Progress, State, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ombud.connect.webhooks.rules import trying
from ombud.connect.webhooks.rules.trying import Gone, Refused, Taken
from ombud.plumbing import jobs

if TYPE_CHECKING:
    from ombud.service_requests.models import RequestEvent

SEND = "ombud.connect.webhooks.handlers.send_waiting"
TELL_OWNER = "ombud.connect.webhooks.handlers.tell_owner"
LOG_KEPT_FOR = timedelta(days=30)


def queue(endpoints: Sequence[WebhookEndpoint], event: "RequestEvent", *, name: str, now: datetime) -> None:
    """Let an event wait for some endpoints, and have it sent; the same one again is none."""
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                jurisdiction_id=event.jurisdiction_id,
                endpoint=endpoint,
                event_id=event.pk,
                request_id=event.request_id,
                seq=event.seq,
                number=event.request.number,
                name=name,
                created_at=now,
                next_try_at=now,
            )
            for endpoint in endpoints
        ],
        ignore_conflicts=True,
    )
    for endpoint in endpoints:
        if endpoint.state == State.ON:
            send_on(endpoint)


def send_on(endpoint: WebhookEndpoint, *, not_before: datetime | None = None) -> None:
    """Have what waits for an endpoint sent, now or then."""
    jobs.defer(SEND, city=endpoint.jurisdiction_id, subject_id=endpoint.pk, not_before=not_before)


def keep_replies(
    endpoint: WebhookEndpoint, replies: Mapping[WebhookDelivery, Reply], *, now: datetime, dice: float
) -> None:
    """Write down what came back from an endpoint, and when each is tried again; all in one transaction."""
    with transaction.atomic():
        WebhookAttempt.objects.bulk_create([attempt(sent, reply, now) for sent, reply in replies.items()])
        for sent, reply in replies.items():
            _keep_progress(sent, reply, now=now, dice=dice)
        _keep_standing(endpoint, replies, now=now, dice=dice)


def attempt(sent: WebhookDelivery, reply: Reply, now: datetime) -> WebhookAttempt:
    """Return the line of the log for a try, not yet kept."""
    return WebhookAttempt(
        jurisdiction_id=sent.jurisdiction_id,
        delivery=sent,
        at=now,
        status=reply.status,
        trouble=reply.trouble,
        took_ms=reply.took_ms,
        said=reply.said,
    )


def _keep_progress(sent: WebhookDelivery, reply: Reply, *, now: datetime, dice: float) -> None:
    # It may have been given up meanwhile, or sent by somebody else: what is over stays over.
    row = WebhookDelivery.objects.filter(pk=sent.pk, progress=Progress.WAITING)
    if isinstance(reply.verdict, Taken):
        row.update(progress=Progress.DELIVERED, ended_at=now)
        return
    failures = sent.failures + 1
    again = trying.next_try(failures, created_at=sent.created_at, now=now, dice=dice)
    if again is None:
        row.update(progress=Progress.GIVEN_UP, why="late", failures=failures, ended_at=now)
    else:
        row.update(failures=failures, next_try_at=again)
        send_on(sent.endpoint, not_before=again)


def _keep_standing(
    endpoint: WebhookEndpoint, replies: Mapping[WebhookDelivery, Reply], *, now: datetime, dice: float
) -> None:
    """Write down how an endpoint stands: it answers, is left alone for a while, or is switched off."""
    verdicts = [reply.verdict for reply in replies.values()]
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if any(isinstance(verdict, Gone) for verdict in verdicts):
        switch_off(endpoint, because="gone", now=now)
    elif any(isinstance(verdict, Taken) for verdict in verdicts):
        row.update(failures=0, failing_since=None, held_until=None)
    else:
        since = endpoint.failing_since or now
        # One that is refused again and again tells nothing of the others: only what is new to it counts.
        failures = endpoint.failures + any(sent.failures == 0 for sent in replies)
        wishes = [v.wait for v in verdicts if isinstance(v, Refused) and v.wait]
        held = trying.held_until(failures, now=now, dice=dice, wish=max(wishes, default=None))
        row.update(failures=failures, failing_since=since, held_until=held)
        if now - since >= trying.OFF_AFTER:
            switch_off(endpoint, because="failing", now=now)
        elif held:
            send_on(endpoint, not_before=held)


def give_up_hidden(sent: WebhookDelivery, *, now: datetime) -> None:
    """Let go of an event whose request went out of the public's sight before it was sent."""
    WebhookDelivery.objects.filter(pk=sent.pk).update(progress=Progress.GIVEN_UP, why="hidden", ended_at=now)


def give_up_late(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Let go of what has waited for longer than it is tried: the endpoint was paused, or left alone."""
    WebhookDelivery.objects.filter(
        endpoint=endpoint, progress=Progress.WAITING, created_at__lt=now - trying.TRIED_FOR - trying.LONGEST_HOLD
    ).update(progress=Progress.GIVEN_UP, why="late", ended_at=now)


def switch_off(endpoint: WebhookEndpoint, *, because: str, now: datetime) -> None:
    """Send nothing more to an endpoint that is gone or did not answer for days, and write to whoever set it up."""
    on = WebhookEndpoint.objects.filter(pk=endpoint.pk).exclude(state=State.OFF)
    if on.update(state=State.OFF, off_because=because, held_until=None):
        WebhookDelivery.objects.filter(endpoint=endpoint, progress=Progress.WAITING).update(
            progress=Progress.GIVEN_UP, why="off", ended_at=now
        )
        jobs.defer(TELL_OWNER, city=endpoint.jurisdiction_id, subject_id=endpoint.pk)


def tidy(*, jurisdiction_id: str, now: datetime) -> int:
    """Forget what ended more than 30 days ago, and take up again what lies; return how many were forgotten."""
    ended = WebhookDelivery.objects.filter(jurisdiction_id=jurisdiction_id).exclude(progress=Progress.WAITING)
    _, deleted = ended.filter(ended_at__lt=now - LOG_KEPT_FOR).delete()
    for endpoint in queries.endpoints(jurisdiction_id):
        give_up_late(endpoint, now=now)
        if queries.sendable(jurisdiction_id, endpoint.pk, now=now) and queries.due(endpoint, limit=1, now=now):
            send_on(endpoint)
    return deleted.get("webhooks.WebhookDelivery", 0)
