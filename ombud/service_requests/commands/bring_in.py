"""
Bring in requests that another system has kept: thousands at a time, each with the timeline it can prove.

Nothing reacts to them: no mail is sent and no job is deferred for what happened elsewhere, perhaps years ago.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from ombud.kernel.numbers import public_number
from ombud.service_requests.commands import bring_in_changes
from ombud.service_requests.commands.receive import Place, next_serials
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.rules.lifecycle import Outcome, Status

# So many are made before the tables are counted: enough to be counted, too few to take long without.
FIRST = 200
DateKnown = Literal["yes", "day_seen", "no"]


class OldRequest(NamedTuple):
    """
    A request as another system tells it, in our words.

    `as_of` is the last instant the other system speaks of. `stated` names what this telling of it knows at all:
    a file without a column says nothing about it, and takes nothing away.
    """

    client_id: UUID
    old_number: str
    date_known: DateKnown
    service_code: str
    service_version: int
    agency: str
    unit: str
    status: Status
    outcome: Outcome | None
    channel: str
    priority: str
    visibility: str
    requested_at: datetime
    as_of: datetime
    closed_at: datetime | None
    target_at: datetime | None
    scheduled_from: datetime | None
    scheduled_to: datetime | None
    place: Place | None
    stated: frozenset[str]
    answers: tuple[Mapping[str, Any], ...] = ()
    sentence: str = ""
    language: str = "en"
    facts: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Brought:
    """What became of the rows. `unknown` are those that named a request we do not have, and no date for it."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    left: int = 0
    unknown: list[OldRequest] = field(default_factory=list)


def bring_in(*, jurisdiction_id: str, number_prefix: str, rows: Sequence[OldRequest]) -> Brought:
    """
    Keep rows of another system: make what is new, change what has moved on there, leave the rest.

    A row is known again by its `client_id`. What people here have worked on since is theirs: it is not touched
    and counted as `left`. An older telling never undoes a newer one.
    """
    brought = Brought()
    with transaction.atomic():
        known = _known(jurisdiction_id, [row.client_id for row in rows])
        fresh: dict[UUID, OldRequest] = {}
        for row in rows:
            if row.client_id in known:
                continue
            if row.date_known == "no":
                brought.unknown.append(row)
            elif row.client_id not in fresh or fresh[row.client_id].as_of <= row.as_of:
                # The same number twice in one go: the newer telling is the request.
                fresh[row.client_id] = row
        new = list(fresh.values())
        _create(jurisdiction_id, number_prefix, new[:FIRST])
        if len(new) > FIRST:
            _count_anew_if_small(len(new))
        _create(jurisdiction_id, number_prefix, new[FIRST:])
        brought.created = len(fresh)
        again = [(known[row.client_id], row) for row in rows if row.client_id in known]
        brought.updated, brought.unchanged, brought.left = bring_in_changes.apply(jurisdiction_id, again)
        brought.unchanged += len(rows) - len(again) - len(fresh) - len(brought.unknown)
    return brought


# -- Making many at once. PostgreSQL takes no COPY into tables behind row-level security, so the rows are copied
# into a temporary table, and each table of the record is filled from there by one statement. ----------------------
_STAGED = (
    "id bigint, number text, place_id bigint, text_id bigint, client_id uuid, old_number text, status text,"
    " outcome text, service_code text, service_version int, agency text, unit text, priority text,"
    " visibility text, channel text, requested_at timestamptz, as_of timestamptz, closed_at timestamptz,"
    " target_at timestamptz, scheduled_from timestamptz, scheduled_to timestamptz, raw_lon float8,"
    " raw_lat float8, raw_text text, lon float8, lat float8, address text, method text, areas jsonb,"
    " area_tags text[], note text, answers jsonb, sentence text, language text, facts jsonb"
)
_FILL = (
    # The rows come in the order in which they lean on each other, so nothing has to be checked later.
    "SET CONSTRAINTS ALL IMMEDIATE",
    """
    INSERT INTO ombud_request_place
        (id, jurisdiction_id, raw_lon, raw_lat, raw_text, lon, lat, address, method, areas, note)
    SELECT place_id, %(city)s, raw_lon, raw_lat, raw_text, lon, lat, address, method, areas, note
    FROM ombud_bring_in WHERE place_id IS NOT NULL
    """,
    """
    INSERT INTO ombud_service_request
        (id, jurisdiction_id, number, client_id, old_number, version, status, outcome, service_code,
         service_version, agency, unit, priority, visibility, channel, place_id, awaiting_reporter,
         requested_at, updated_at, target_at, scheduled_from, scheduled_to, closed_at, referred_to, bounces,
         reopened, lon, lat, address, area_tags)
    SELECT id, %(city)s, number, client_id, old_number, CASE status WHEN 'received' THEN 1 ELSE 2 END, status,
         outcome, service_code, service_version, agency, unit, priority, visibility, channel, place_id, false,
         requested_at, as_of, target_at, scheduled_from, scheduled_to, closed_at, '', 0,
         0, lon, lat, coalesce(address, ''), area_tags
    FROM ombud_bring_in
    """,
    """
    INSERT INTO ombud_request_form (request_id, jurisdiction_id, description, answers, language)
    SELECT id, %(city)s, '', answers, language FROM ombud_bring_in
    """,
    """
    INSERT INTO ombud_request_text (id, jurisdiction_id, request_id, body, language)
    SELECT text_id, %(city)s, id, sentence, language FROM ombud_bring_in WHERE text_id IS NOT NULL
    """,
    # The request as it was opened. When a day of service was booked is nowhere said: the day comes with this.
    """
    INSERT INTO ombud_request_event
        (jurisdiction_id, request_id, seq, kind, at, actor_kind, actor_agency, audience, changes, facts, text_id)
    SELECT %(city)s, id, 1, 'imported', requested_at, 'import', '', 'public',
        jsonb_build_object(
            'service_code', service_code, 'service_version', service_version, 'agency', agency, 'unit', unit,
            'priority', priority, 'visibility', visibility, 'channel', channel, 'place_id', place_id,
            'requested_at', requested_at, 'target_at', target_at, 'scheduled_from', scheduled_from,
            'scheduled_to', scheduled_to),
        facts, CASE status WHEN 'received' THEN text_id END
    FROM ombud_bring_in
    """,
    # That it was taken on, or ended, at the time the other system gives for it.
    """
    INSERT INTO ombud_request_event
        (jurisdiction_id, request_id, seq, kind, at, actor_kind, actor_agency, audience, changes, facts, text_id)
    SELECT %(city)s, id, 2, status, coalesce(closed_at, as_of), 'import', agency, 'public',
        jsonb_strip_nulls(jsonb_build_object('status', status, 'closed_at', closed_at, 'outcome', outcome)),
        '{}', text_id
    FROM ombud_bring_in WHERE status <> 'received'
    """,
    "TRUNCATE ombud_bring_in",
)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_NOWHERE = Place(method="imported")


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


def _create(jurisdiction_id: str, prefix: str, rows: Sequence[OldRequest]) -> None:
    """
    Make the requests with the events that the other system's rows prove, and no more.

    The four statuses such a row may have bear the names of the events that lead there.
    """
    if not rows:
        return
    serials = next_serials(len(rows))
    place_ids = iter(_next_ids("ombud_request_place", sum(row.place is not None for row in rows)))
    text_ids = iter(_next_ids("ombud_request_text", sum(bool(row.sentence) for row in rows)))
    lines = [
        _line(
            serial,
            public_number(prefix, serial),
            next(place_ids) if row.place else None,
            next(text_ids) if row.sentence else None,
            row,
        )
        for serial, row in zip(serials, rows, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS ombud_bring_in ({_STAGED}) ON COMMIT DROP")
        with cursor.copy("COPY ombud_bring_in FROM STDIN") as copy:
            copy.write("".join(lines))
        for statement in _FILL:
            cursor.execute(statement, {"city": jurisdiction_id} if "%(city)s" in statement else None)


def _line(serial: int, number: str, place_id: int | None, text_id: int | None, row: OldRequest) -> str:
    """Return the row for COPY: its values in the order of the temporary table, tabs between, \\N for none."""
    place = row.place or _NOWHERE
    areas, tags = _areas(place.areas)
    values = (
        serial,
        number,
        place_id,
        text_id,
        row.client_id.hex,
        _text(row.old_number),
        row.status.value,
        row.outcome.value if row.outcome else None,
        row.service_code,
        row.service_version,
        row.agency,
        _text(row.unit),
        row.priority,
        row.visibility,
        _text(row.channel),
        row.requested_at,
        row.as_of,
        row.closed_at,
        row.target_at,
        row.scheduled_from,
        row.scheduled_to,
        place.raw_lon,
        place.raw_lat,
        _text(place.raw_text[:300]),
        place.lon,
        place.lat,
        _text(place.address[:200]),
        place.method,
        areas,
        tags,
        _text(place.note[:300]),
        _text(_encode([dict(a) for a in row.answers])) if row.answers else "[]",
        _text(row.sentence),
        row.language,
        _text(_encode(dict(row.facts))),
    )
    return "\t".join(["\\N" if value is None else f"{value}" for value in values]) + "\n"


def _text(value: str) -> str:
    """Return a text as COPY takes it."""
    if value.isprintable() and "\\" not in value:
        return value
    value = value.replace("\\", "\\\\").replace("\t", "\\t")
    return value.replace("\n", "\\n").replace("\r", "\\r")


# Thousands of requests lie in the same few areas; each combination is written out once.
_areas_written: dict[tuple[int, ...], tuple[Sequence[Mapping[str, str]], str, str]] = {}


def _areas(areas: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    """Return the areas as JSON and as an array of tags, both for COPY."""
    key = tuple(map(id, areas))
    kept = _areas_written.get(key)
    if kept is None:
        if len(_areas_written) > 50_000:
            _areas_written.clear()
        tags = ",".join(_quoted(f"{a['layer']}:{a['code']}") for a in areas)
        # The areas are kept beside their key, so that no other object can take over their ids.
        kept = (areas, _text(_encode([dict(a) for a in areas])), _text("{" + tags + "}"))
        _areas_written[key] = kept
    return kept[1], kept[2]


def _quoted(element: str) -> str:
    return '"' + element.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _next_ids(table: str, count: int) -> list[int]:
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')::regclass) FROM generate_series(1, %s)",
            [table, count],
        )
        return [number for (number,) in cursor.fetchall()]


def _known(jurisdiction_id: str, client_ids: Sequence[UUID]) -> dict[UUID, ServiceRequest]:
    found = ServiceRequest.objects.in_city(jurisdiction_id).filter(client_id__in=client_ids)
    return {row.client_id: row for row in found}
