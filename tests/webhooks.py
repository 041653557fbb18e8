"""Webhooks under test: endpoints added by an administrator, and a worker that does their jobs as their times come."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from ombud.connect.webhooks import handlers, queries
from ombud.connect.webhooks.commands import deliver, manage
from ombud.connect.webhooks.commands.manage import Told
from ombud.connect.webhooks.models import WebhookDelivery, WebhookEndpoint
from ombud.kernel import clock
from ombud.people.rules.permissions import Role
from ombud.plumbing import jobs
from ombud.service_requests.models import RequestEvent
from ombud.wiring import SEND_ON
from tests.builders import staff
from tests.receiver import Receiver

YARA = staff(Role.ADMINISTRATOR, account_id=21)
JOBS = (deliver.SEND, deliver.TELL_OWNER)


def listen_at(receiver: Receiver, *, city: str = "springfield", **wanted: Any) -> WebhookEndpoint:
    """Add an endpoint of a receiver, and give it the secret."""
    told = Told(name=wanted.pop("name", "Street works"), url=receiver.url, **wanted)
    endpoint, secret = manage.add(jurisdiction_id=city, told=told, actor=YARA, at=clock.now())
    receiver.secrets.append(secret)
    return endpoint


class Killed(BaseException):
    """The worker is gone, whatever it was doing."""


@dataclass
class Worker:
    """Does the reactions and jobs of webhooks in one city, each when it is due."""

    city: str = "springfield"
    _reacted: set[int] = field(default_factory=set)
    _done: set[int] = field(default_factory=set)

    def react(self) -> None:
        """React to what happened since."""
        for event in RequestEvent.objects.in_city(self.city).exclude(pk__in=self._reacted).order_by("pk"):
            self._reacted.add(event.pk)
            if SEND_ON in jobs.reactions_to(event.kind, city=self.city):
                handlers.queue_event(event.pk)

    def work(self) -> int:
        """Do the jobs that are due, those that they cause too; return how many there were."""
        self.react()
        done = 0
        while due := [job for job in self._jobs() if job[2] <= clock.now()]:
            for number, (handler, subject), _ in due:
                try:
                    jobs._resolve(handler)(subject)
                except Killed:
                    continue  # another worker takes the job up again
                self._done.add(number)
                done += 1
        return done

    def next_at(self) -> datetime | None:
        """Return when the next job is due."""
        return min((at for _, _, at in self._jobs()), default=None)

    def work_until(self, end: datetime) -> datetime:
        """Do everything that becomes due until an instant, at its time; return the time of the last job."""
        last = clock.now()
        self.work()
        while (at := self.next_at()) and at <= end:
            with clock.standing_at(max(at, last)):
                last = clock.now()
                self.work()
        return last

    def _jobs(self) -> list[tuple[int, tuple[str, int], datetime]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, args->>'handler', (args->>'subject_id')::bigint, scheduled_at FROM procrastinate_jobs"
                " WHERE args->>'handler' = ANY(%s) AND args->>'city' = %s ORDER BY scheduled_at NULLS FIRST, id",
                [list(JOBS), self.city],
            )
            rows = cursor.fetchall()
        now = clock.now()
        return [(number, (h, s), at or now) for number, h, s, at in rows if number not in self._done]


def fresh(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Return an endpoint as it is now."""
    return queries.endpoint(endpoint.jurisdiction_id, endpoint.pk)


def progress(endpoint: WebhookEndpoint) -> list[tuple[str, str]]:
    """Return what is on its way to an endpoint: its name and how far it has come, oldest first."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk")
    return [(row.name, row.why or row.progress) for row in rows]
