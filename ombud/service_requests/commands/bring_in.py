"""
Bring in requests that another system has kept: thousands at a time, each with the timeline it can prove.

Nothing reacts to them: no mail is sent and no job is deferred for what happened elsewhere, perhaps years ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min

from ombud.kernel.numbers import SPACE
from ombud.service_requests.commands import bring_in_changes, bring_in_tables
from ombud.service_requests.commands.old_requests import OldRequest
from ombud.service_requests.commands.receive import next_serials
from ombud.service_requests.models import ServiceRequest

# So many are made before the tables are counted: enough to be counted, too few to take long without.
FIRST = 200


@dataclass(slots=True)
class Brought:
    """What became of the rows. `unknown` are those that named a request we do not have, and no date for it."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    left: int = 0
    unknown: list[OldRequest] = field(default_factory=list)


def bring_in(
    *,
    jurisdiction_id: str,
    number_prefix: str,
    rows: Sequence[OldRequest],
    lines: Sequence[str],
    trial: bool = False,
) -> Brought:
    """
    Keep rows of another system: make what is new, change what has moved on there, leave the rest.

    `lines` are the rows as `bring_in_tables.written` gives them. A row is known again by its `client_id`. What
    people here have worked on since is theirs: it is not touched and counted as `left`. An older telling never
    undoes a newer one. A `trial`, which the caller takes back, uses up no public numbers.
    """
    brought = Brought()
    with transaction.atomic():
        known = _known(jurisdiction_id, [row.client_id for row in rows])
        fresh: dict[UUID, tuple[OldRequest, str]] = {}
        for row, line in zip(rows, lines, strict=True):
            if row.client_id in known:
                continue
            if row.date_known == "no":
                brought.unknown.append(row)
            elif row.client_id not in fresh or fresh[row.client_id][0].as_of <= row.as_of:
                # The same number twice in one go: the newer telling is the request.
                fresh[row.client_id] = row, line
        new = [line for _, line in fresh.values()]
        numbers = _trial_serials(len(new)) if trial else next_serials(len(new))
        bring_in_tables.create(jurisdiction_id, number_prefix, numbers[:FIRST], new[:FIRST])
        if len(new) > FIRST:
            _count_anew_if_small(len(new))
        bring_in_tables.create(jurisdiction_id, number_prefix, numbers[FIRST:], new[FIRST:])
        brought.created = len(fresh)
        again = [(known[row.client_id], row) for row in rows if row.client_id in known]
        brought.updated, brought.unchanged, brought.left = bring_in_changes.apply(jurisdiction_id, again)
        brought.unchanged += len(rows) - len(again) - len(fresh) - len(brought.unknown)
    return brought


def _trial_serials(count: int) -> Sequence[int]:
    # From the far end of all there are. Two trials at once have the same, and the second waits for the first.
    lowest = ServiceRequest.objects.filter(pk__gt=SPACE // 2).aggregate(lowest=Min("pk"))["lowest"] or SPACE
    return range(lowest - count, lowest)


def _known(jurisdiction_id: str, client_ids: Sequence[UUID]) -> dict[UUID, ServiceRequest]:
    # One array of ids: to name thousands of parameters one by one costs PostgreSQL more than the look-up.
    found = ServiceRequest.objects.raw(
        "SELECT * FROM ombud_service_request WHERE jurisdiction_id = %s AND client_id = ANY(%s)",
        [jurisdiction_id, list(client_ids)],
    )
    return {row.client_id: row for row in found}


def _count_anew_if_small(more: int) -> None:
    """
    Let PostgreSQL count the tables anew where it believes them smaller than what is about to come.

    After a dry run, or an import that was taken back, it believes the table empty; then it looks up each foreign
    key by reading a whole index (seen with PostgreSQL 18), and an hour's import takes a day.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'ombud_service_request'::regclass")
        (believed,) = cursor.fetchone()
        if believed >= more:
            return
        # Only the owner may count; nothing else is done in that role.
        cursor.execute("SELECT current_setting('role')")
        (role,) = cursor.fetchone()
        cursor.execute("SELECT set_config('role', 'none', true)")
        cursor.execute("ANALYZE ombud_service_request, ombud_request_place, ombud_request_text")
        cursor.execute("SELECT set_config('role', %s, true)", [role])
