"""The events of a city one after the other, for those who read on: none is missed and none comes twice."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ombud.plumbing import commit_order
from ombud.service_requests.models import RequestEvent

# Behind many events that are not asked for a page may be short, rather than take long.
_LOOKED_AT = 5_000

# The inner rows are read off the index, and no more of them than are looked at.
_READ = """
SELECT id, written_in, asked_for FROM (
    SELECT event.id, event.written_in,
           event.kind = ANY(%(kinds)s)
           AND (request.visibility = ANY(%(visibilities)s) OR event.seq > 1 AND event.changes ? 'visibility')
           AS asked_for
    FROM (SELECT id, written_in, kind, seq, changes, request_id FROM ombud_request_event
          WHERE jurisdiction_id = %(city)s AND (written_in, id) > (%(written_in)s, %(id)s) AND written_in < %(settled)s
          ORDER BY written_in, id LIMIT %(looked_at)s) AS event
    JOIN ombud_service_request AS request ON request.id = event.request_id AND request.jurisdiction_id = %(city)s
) AS looked_at ORDER BY written_in, id
"""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Behind an event, in the order in which they are read."""

    written_in: int = commit_order.FIRST
    event_id: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some events, where the reader stands behind them, and whether more are there already."""

    events: list[RequestEvent]
    position: Position
    more: bool


def end() -> Position:
    """Return the position behind all that is settled."""
    return Position(commit_order.settled(), 0)


def changed_since(jurisdiction_id: str, written_in: int, *, most: int) -> list[tuple[int, str]]:
    """
    Return request and kind of the events written in this transaction or later, in order, settled or not.

    From a position of `end` none is left out; one that was committed just before it may be among them.
    """
    rows = RequestEvent.objects.in_city(jurisdiction_id).filter(written_in__gte=written_in)
    return list(rows.order_by("written_in", "id").values_list("request_id", "kind")[:most])


def read_on(
    jurisdiction_id: str, position: Position, *, kinds: Collection[str], visibilities: Collection[str], limit: int
) -> Stretch:
    """
    Return the next events of these kinds, of requests that have one of these visibilities or have just changed it.

    Where nothing is asked for up to the end, the position stays where it was.
    """
    settled = commit_order.settled()
    found: list[Position] = []
    at, looked_at, left = position, limit * 2, _LOOKED_AT
    while True:
        rows = _rows(jurisdiction_id, at, settled=settled, looked_at=looked_at, kinds=kinds, visibilities=visibilities)
        found += [Position(written_in, event_id) for event_id, written_in, asked_for in rows if asked_for]
        at = Position(rows[-1][1], rows[-1][0]) if rows else at
        left -= looked_at
        if len(found) >= limit:
            more = len(found) > limit or len(rows) == looked_at
            return _stretch(jurisdiction_id, found[:limit], found[limit - 1], more=more)
        if len(rows) < looked_at:
            return _stretch(jurisdiction_id, found, found[-1] if found else position, more=False)
        if left <= 0:
            return _stretch(jurisdiction_id, found, at, more=True)
        looked_at = min(looked_at * 4, max(left, 1))


def _rows(
    jurisdiction_id: str,
    after: Position,
    *,
    settled: int,
    looked_at: int,
    kinds: Collection[str],
    visibilities: Collection[str],
) -> list[tuple[int, int, bool]]:
    asked: dict[str, Any] = {
        "city": jurisdiction_id,
        "written_in": after.written_in,
        "id": after.event_id,
        "settled": settled,
        "looked_at": looked_at,
        "kinds": list(kinds),
        "visibilities": list(visibilities),
    }
    with connection.cursor() as cursor:
        cursor.execute(_READ, asked)
        return list(cursor.fetchall())


def _stretch(jurisdiction_id: str, found: list[Position], position: Position, *, more: bool) -> Stretch:
    rows = RequestEvent.objects.in_city(jurisdiction_id).filter(pk__in=[one.event_id for one in found])
    events = {event.pk: event for event in rows.select_related("request")}
    return Stretch([events[one.event_id] for one in found], position, more)
