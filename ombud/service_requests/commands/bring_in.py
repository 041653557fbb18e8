"""
Bring in requests that another system has kept: thousands at a time, each with the timeline it can prove.

Nothing reacts to them: no mail is sent and no job is deferred for what happened elsewhere, perhaps years ago.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
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
from ombud.service_requests.rules.lifecycle import ENDED, Kind, Outcome, Status
from ombud.service_requests.timeline import AUDIENCE

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


class Step(NamedTuple):
    """One event of an imported request."""

    kind: Kind
    at: datetime
    changes: dict[str, Any]
    facts: Mapping[str, Any]


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
        _create(jurisdiction_id, number_prefix, list(fresh.values()))
        brought.created = len(fresh)
        again = [(known[row.client_id], row) for row in rows if row.client_id in known]
        brought.updated, brought.unchanged, brought.left = bring_in_changes.apply(jurisdiction_id, again)
        brought.unchanged += len(rows) - len(again) - len(fresh) - len(brought.unknown)
    return brought


def timeline_of(row: OldRequest, *, place_id: int | None) -> list[Step]:
    """
    Return the events that the old system's row proves, and no more.

    First the request as it was opened. That it was taken on, or ended, is an event of its own, at the time the
    old system gives. When a day of service was booked is nowhere said, so the booked day comes with the first.
    """
    opened = Step(
        Kind.IMPORTED,
        row.requested_at,
        {
            "service_code": row.service_code,
            "service_version": row.service_version,
            "agency": row.agency,
            "unit": row.unit,
            "priority": row.priority,
            "visibility": row.visibility,
            "channel": row.channel,
            "place_id": place_id,
            "requested_at": _iso(row.requested_at),
            "target_at": _iso(row.target_at),
            "scheduled_from": _iso(row.scheduled_from),
            "scheduled_to": _iso(row.scheduled_to),
        },
        row.facts,
    )
    if row.status is Status.RECEIVED:
        return [opened]
    if row.status in ENDED:
        changes: dict[str, Any] = {"status": row.status.value, "closed_at": _iso(row.closed_at)}
        if row.outcome:
            changes["outcome"] = row.outcome.value
        kind = Kind.CLOSED if row.status is Status.CLOSED else Kind.WITHDRAWN
        return [opened, Step(kind, row.closed_at or row.as_of, changes, {})]
    return [opened, Step(Kind.ACCEPTED, row.as_of, {"status": row.status.value}, {})]


# -- Making many at once: each table is filled by COPY into a temporary one and one INSERT from there, because
# PostgreSQL takes no COPY into tables behind row-level security. -----------------------------------------------
_TABLES: dict[str, tuple[str, str]] = {
    "place": (
        "ombud_request_place",
        "id, jurisdiction_id, raw_lon, raw_lat, raw_text, lon, lat, address, method, areas, note",
    ),
    "request": (
        "ombud_service_request",
        "id, jurisdiction_id, number, client_id, old_number, version, status, outcome, service_code,"
        " service_version, agency, unit, priority, visibility, channel, place_id, awaiting_reporter,"
        " requested_at, updated_at, target_at, scheduled_from, scheduled_to, closed_at, referred_to, bounces,"
        " reopened, lon, lat, address, area_tags",
    ),
    "form": ("ombud_request_form", "request_id, jurisdiction_id, description, answers, language"),
    "text": ("ombud_request_text", "id, jurisdiction_id, request_id, body, language"),
    "event": (
        "ombud_request_event",
        "jurisdiction_id, request_id, seq, kind, at, actor_kind, actor_agency, audience, changes, facts, text_id",
    ),
}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _create(jurisdiction_id: str, prefix: str, rows: Sequence[OldRequest]) -> None:
    if not rows:
        return
    lines: dict[str, list[str]] = {name: [] for name in _TABLES}
    serials = next_serials(len(rows))
    place_ids = iter(_next_ids("ombud_request_place", sum(row.place is not None for row in rows)))
    text_ids = iter(_next_ids("ombud_request_text", sum(bool(row.sentence) for row in rows)))
    for serial, row in zip(serials, rows, strict=True):
        place_id = next(place_ids) if row.place else None
        text_id = next(text_ids) if row.sentence else None
        steps = timeline_of(row, place_id=place_id)
        if row.place:
            lines["place"].append(_place_line(jurisdiction_id, place_id, row.place))
        lines["request"].append(_request_line(jurisdiction_id, prefix, serial, place_id, row, steps))
        answers = _text(_encode([dict(a) for a in row.answers])) if row.answers else "[]"
        lines["form"].append(_line(serial, jurisdiction_id, "", answers, row.language))
        if row.sentence:
            body = _text(row.sentence)
            lines["text"].append(_line(text_id, jurisdiction_id, serial, body, row.language))
        for seq, step in enumerate(steps, 1):
            text = text_id if seq == len(steps) else None
            lines["event"].append(_event_line(jurisdiction_id, serial, seq, row.agency, step, text))
    _fill(lines)


def _place_line(jurisdiction_id: str, place_id: int | None, place: Place) -> str:
    return _line(
        place_id,
        jurisdiction_id,
        place.raw_lon,
        place.raw_lat,
        _text(place.raw_text[:300]),
        place.lon,
        place.lat,
        _text(place.address[:200]),
        place.method,
        _areas_json(place.areas),
        _text(place.note[:300]),
    )


def _request_line(
    jurisdiction_id: str, prefix: str, serial: int, place_id: int | None, row: OldRequest, steps: Sequence[Step]
) -> str:
    place = row.place
    return _line(
        serial,
        jurisdiction_id,
        public_number(prefix, serial),
        row.client_id,
        _text(row.old_number),
        len(steps),
        row.status.value,
        row.outcome.value if row.outcome else None,
        row.service_code,
        row.service_version,
        row.agency,
        _text(row.unit),
        row.priority,
        row.visibility,
        _text(row.channel),
        place_id,
        "f",
        row.requested_at,
        row.as_of,
        row.target_at,
        row.scheduled_from,
        row.scheduled_to,
        row.closed_at,
        "",
        0,
        0,
        place.lon if place else None,
        place.lat if place else None,
        _text(place.address[:200]) if place else "",
        _tags(place.areas) if place else "{}",
    )


def _event_line(jurisdiction_id: str, serial: int, seq: int, agency: str, step: Step, text_id: int | None) -> str:
    return _line(
        jurisdiction_id,
        serial,
        seq,
        step.kind.value,
        step.at,
        "import",
        agency if seq > 1 else "",
        AUDIENCE.get(step.kind, "public"),
        _text(_encode(step.changes)),
        _text(_encode(dict(step.facts))) if step.facts else "{}",
        text_id,
    )


def _text(value: str) -> str:
    """Return a text as COPY takes it."""
    if value.isprintable() and "\\" not in value:
        return value
    value = value.replace("\\", "\\\\").replace("\t", "\\t")
    return value.replace("\n", "\\n").replace("\r", "\\r")


def _line(*values: object) -> str:
    return "\t".join(["\\N" if value is None else f"{value}" for value in values])


# Thousands of requests lie in the same few areas; each combination is written out once.
_areas_written: dict[tuple[int, ...], tuple[Sequence[Mapping[str, str]], str, str]] = {}


def _areas(areas: Sequence[Mapping[str, str]]) -> tuple[str, str]:
    key = tuple(map(id, areas))
    kept = _areas_written.get(key)
    if kept is None:
        if len(_areas_written) > 50_000:
            _areas_written.clear()
        tags = ",".join(_quoted(f"{a['layer']}:{a['code']}") for a in areas)
        # The areas are kept beside their key, so that no other object can take over their ids.
        kept = (
            areas,
            _text(_encode([dict(a) for a in areas])),
            _text("{" + tags + "}"),
        )
        _areas_written[key] = kept
    return kept[1], kept[2]


def _areas_json(areas: Sequence[Mapping[str, str]]) -> str:
    return _areas(areas)[0]


def _tags(areas: Sequence[Mapping[str, str]]) -> str:
    return _areas(areas)[1]


def _quoted(element: str) -> str:
    return '"' + element.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _next_ids(table: str, count: int) -> list[int]:
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [number for (number,) in cursor.fetchall()]


def _fill(lines: Mapping[str, Iterable[str]]) -> None:
    with connection.cursor() as cursor:
        # The rows come in the order in which they lean on each other, so nothing has to be checked later.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name, (table, columns) in _TABLES.items():
            block = "\n".join(lines[name])
            if not block:
                continue
            staging = f"ombud_bring_in_{name}"
            # Names of our own tables and columns: nothing here comes from outside.
            cursor.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {staging} ON COMMIT DROP AS"  # noqa: S608
                f" SELECT {columns} FROM {table} WITH NO DATA"
            )
            with cursor.copy(f"COPY {staging} ({columns}) FROM STDIN") as copy:
                copy.write(block + "\n")
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {staging}")  # noqa: S608
            cursor.execute(f"TRUNCATE {staging}")


def _known(jurisdiction_id: str, client_ids: Sequence[UUID]) -> dict[UUID, ServiceRequest]:
    found = ServiceRequest.objects.in_city(jurisdiction_id).filter(client_id__in=client_ids)
    return {row.client_id: row for row in found}
