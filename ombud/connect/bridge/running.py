"""One turn of a link: read what changed there, and write down how it went."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

from ombud.connect.bridge import sending
from ombud.connect.bridge.models import Link
from ombud.connect.bridge.opening import opened
from ombud.connect.bridge.ports import FarDown
from ombud.connect.bridge.pulling import Pull, Tally
from ombud.connect.bridge.rules import patience
from ombud.kernel.errors import N_, OmbudError, Unavailable

log = logging.getLogger(__name__)

# The first of the two keys of PostgreSQL's advisory locks: ours among all that may be held.
_LOCK = 20_311
FORGOTTEN = timedelta(minutes=5)


class Busy(OmbudError):
    """The link is being read already."""


@contextmanager
def alone(link: Link) -> Iterator[None]:
    """Read a link alone. Raises Busy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, link.pk % 2**31])
        if not cursor.fetchone()[0]:
            raise Busy(N_("This link is being read just now."))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, link.pk % 2**31])


def run(link: Link, *, now: datetime) -> Tally:
    """
    Read what changed there since the last time, the first time everything. Raises OmbudError where it did not go
    to its end; what was read until then is kept, and the next turn goes on from there.
    """
    links = Link.objects.filter(jurisdiction_id=link.jurisdiction_id, pk=link.pk)
    with alone(link):
        links.update(tried_at=now, runs=F("runs") + 1)
        try:
            with opened(link) as bridge:
                tally = Pull(bridge, now=now).all_changes()
        except OmbudError as trouble:
            _failed(link, trouble, now=now)
            raise
        except Exception as bug:
            log.exception("Link %s was not read to its end", link.code)
            ours = Unavailable(N_("Something went wrong on our side; the log says what."))
            _failed(link, ours, now=now)
            raise ours from bug
        links.update(succeeded_at=now, trouble="", failures=0, wait_until=None)
        links.filter(loaded_at=None).update(loaded_at=now)
        sending.defer_forgotten(link, before=now - FORGOTTEN)
        return tally


def _failed(link: Link, trouble: OmbudError, *, now: datetime) -> None:
    failures = link.failures + 1
    asked = trouble.wait_seconds if isinstance(trouble, FarDown) else None
    Link.objects.filter(jurisdiction_id=link.jurisdiction_id, pk=link.pk).update(
        failures=failures,
        failed_runs=F("failed_runs") + 1,
        trouble=trouble.message[:500],
        wait_until=now + patience.wait(failures, asked=asked),
    )
