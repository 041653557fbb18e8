"""
Make thousands of requests at once: their rows in the five tables of the record.

PostgreSQL takes no COPY into tables behind row-level security, so the rows are copied into a temporary table, and
each table of the record is filled from there by one statement. Walls, foreign keys and checks hold as for any row.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from psycopg import sql

from ombud.kernel.numbers import public_number
from ombud.service_requests.commands.old_requests import OldKind, OldRequest
from ombud.service_requests.commands.receive import Place

# In the order of `_line`: what is each row's own, then what it shares with others.
_STAGED = {
    "id": "bigint", "number": "text", "client_id": "uuid", "old_number": "text",
    "requested_at": "timestamptz", "as_of": "timestamptz", "closed_at": "timestamptz", "target_at": "timestamptz",
    "scheduled_from": "timestamptz", "scheduled_to": "timestamptz", "facts": "jsonb",
    "description": "text",
    "placed": "boolean", "raw_lon": "float8", "raw_lat": "float8", "raw_text": "text", "lon": "float8",
    "lat": "float8", "address": "text", "method": "text", "note": "text", "areas": "jsonb", "area_tags": "text[]",
    "status": "text", "outcome": "text", "service_code": "text", "service_version": "int", "agency": "text",
    "unit": "text", "priority": "text", "visibility": "text", "channel": "text", "answers": "jsonb",
    "sentence": "text", "language": "text", "assignee_id": "bigint",
}  # fmt: skip
_STAGE = (
    f"CREATE TEMP TABLE IF NOT EXISTS ombud_bring_in ({', '.join(f'{n} {t}' for n, t in _STAGED.items())},"
    " place_id bigint DEFAULT nextval('ombud_request_place_id_seq'),"
    " text_id bigint DEFAULT nextval('ombud_request_text_id_seq')) ON COMMIT DROP"
)
_COPY = f"COPY ombud_bring_in ({', '.join(_STAGED)}) FROM STDIN"
_FILL = sql.SQL(
    """
    -- The rows come in the order in which they lean on each other, so nothing has to be checked later.
    SET CONSTRAINTS ALL IMMEDIATE;

    INSERT INTO ombud_request_place
        (id, jurisdiction_id, raw_lon, raw_lat, raw_text, lon, lat, address, method, areas, note)
    SELECT place_id, {city}, raw_lon, raw_lat, raw_text, lon, lat, address, method, areas, note
    FROM ombud_bring_in WHERE placed;

    INSERT INTO ombud_service_request
        (id, jurisdiction_id, number, client_id, old_number, version, status, outcome, service_code,
         service_version, agency, unit, priority, visibility, channel, place_id, asset, awaiting_reporter,
         requested_at, updated_at, target_at, scheduled_from, scheduled_to, closed_at, assignee_id, referred_to,
         bounces, reopened, lon, lat, address, area_tags)
    SELECT id, {city}, number, client_id, old_number, CASE status WHEN 'received' THEN 1 ELSE 2 END, status,
         outcome, service_code, service_version, agency, unit, priority, visibility, channel,
         CASE WHEN placed THEN place_id END, '', false, requested_at, as_of, target_at,
         scheduled_from, scheduled_to, closed_at, assignee_id, '', 0, 0, lon, lat, address, area_tags
    FROM ombud_bring_in;

    INSERT INTO ombud_request_form (request_id, jurisdiction_id, description, answers, language)
    SELECT id, {city}, description, answers, language FROM ombud_bring_in;

    INSERT INTO ombud_request_text (id, jurisdiction_id, request_id, body, language)
    SELECT text_id, {city}, id, sentence, language FROM ombud_bring_in WHERE sentence <> '';

    -- The request as it was opened. When a day of service was booked is nowhere said: the day comes with this.
    INSERT INTO ombud_request_event
        (jurisdiction_id, request_id, seq, kind, at, actor_kind, actor_agency, audience, changes, facts, text_id)
    SELECT {city}, id, 1, 'imported', requested_at, 'import', '', 'public',
        jsonb_build_object(
            'service_code', service_code, 'service_version', service_version, 'agency', agency, 'unit', unit,
            'priority', priority, 'visibility', visibility, 'channel', channel, 'requested_at', requested_at,
            'place_id', CASE WHEN placed THEN place_id END, 'target_at', target_at,
            'scheduled_from', scheduled_from, 'scheduled_to', scheduled_to)
            || CASE WHEN assignee_id IS NULL THEN '{{}}'::jsonb
               ELSE jsonb_build_object('assignee_id', assignee_id) END,
        facts, CASE WHEN status = 'received' AND sentence <> '' THEN text_id END
    FROM ombud_bring_in;

    -- That it was taken on, or ended, at the time the other system gives for it: but for a waiting list, the statuses
    -- bear the names of the events that lead there.
    INSERT INTO ombud_request_event
        (jurisdiction_id, request_id, seq, kind, at, actor_kind, actor_agency, audience, changes, facts, text_id)
    SELECT {city}, id, 2, CASE status WHEN 'on_list' THEN 'listed' ELSE status END, coalesce(closed_at, as_of),
        'import', agency, 'public',
        jsonb_strip_nulls(jsonb_build_object('status', status, 'closed_at', closed_at, 'outcome', outcome)),
        '{{}}', CASE WHEN sentence <> '' THEN text_id END
    FROM ombud_bring_in WHERE status <> 'received';

    TRUNCATE ombud_bring_in;
    """
)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def create(jurisdiction_id: str, prefix: str, serials: Sequence[int], lines: Sequence[str]) -> None:
    """Make the requests, each with its serial, and the events that the other system's rows prove, and no more."""
    if not lines:
        return
    numbered = (
        f"{serial}\t{public_number(prefix, serial)}\t{line}" for serial, line in zip(serials, lines, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            copy.write("".join(numbered))
        # All in one go: a turn to and fro for each statement would cost more than some of them.
        cursor.execute(_FILL.format(city=sql.Literal(jurisdiction_id)))


def written(rows: Sequence[OldRequest]) -> list[str]:
    """Return the rows as `create` takes them. Needs no database, and may be done while it is busy."""
    write = _Writer()
    return [write.line(row) for row in rows]


class _Writer:
    """Writes rows as COPY takes them: tabs between values, \\N for none. What many rows share is written once."""

    def __init__(self) -> None:
        self._kinds: dict[int, str] = {}
        self._areas: dict[int, str] = {}

    def line(self, row: OldRequest) -> str:
        """Return the row without serial and number."""
        kind = self._kinds.get(id(row.kind))
        if kind is None:
            kind = self._kinds[id(row.kind)] = _kind(row.kind)
        return (
            f"{row.client_id.hex}\t{_text(row.old_number)}\t{row.requested_at.isoformat()}\t{row.as_of.isoformat()}"
            f"\t{_instant(row.closed_at)}\t{_instant(row.target_at)}"
            f"\t{_instant(row.scheduled_from)}\t{_instant(row.scheduled_to)}"
            f"\t{_text(_encode(row.facts))}\t{_text(row.description)}"
            f"\t{self._place(row.place) if row.place else _NOWHERE}\t{kind}\n"
        )

    def _place(self, place: Place) -> str:
        areas = self._areas.get(id(place.areas))
        if areas is None:
            areas = self._areas[id(place.areas)] = _areas(place.areas)
        return (
            f"t\t{_number(place.raw_lon)}\t{_number(place.raw_lat)}\t{_text(place.raw_text[:300])}"
            f"\t{_number(place.lon)}\t{_number(place.lat)}\t{_text(place.address[:200])}"
            f"\t{place.method}\t{_text(place.note[:300])}\t{areas}"
        )


_NOWHERE = "f\t\\N\t\\N\t\t\\N\t\\N\t\timported\t\t[]\t{}"


def _kind(kind: OldKind) -> str:
    values = (
        kind.status.value,
        kind.outcome.value if kind.outcome else "\\N",
        kind.service_code,
        kind.service_version,
        kind.agency,
        _text(kind.unit),
        kind.priority,
        kind.visibility,
        _text(kind.channel),
        _text(_encode([dict(answer) for answer in kind.answers])),
        _text(kind.sentence),
        kind.language,
        "\\N" if kind.assignee_id is None else kind.assignee_id,
    )
    return "\t".join(map(str, values))


def _areas(areas: Sequence[Mapping[str, str]]) -> str:
    """Return the areas as JSON and as an array of tags."""
    tags = ",".join(_quoted(f"{area['layer']}:{area['code']}") for area in areas)
    return f"{_text(_encode([dict(area) for area in areas]))}\t{_text('{' + tags + '}')}"


def _quoted(element: str) -> str:
    return '"' + element.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: str) -> str:
    if value.isprintable() and "\\" not in value:
        return value
    value = value.replace("\\", "\\\\").replace("\t", "\\t")
    return value.replace("\n", "\\n").replace("\r", "\\r")


def _instant(value: datetime | None) -> str:
    return value.isoformat() if value else "\\N"


def _number(value: float | None) -> str:
    return "\\N" if value is None else repr(value)
