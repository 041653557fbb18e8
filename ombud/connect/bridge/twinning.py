"""
Make thousands of twins at once.

As with the requests themselves: PostgreSQL takes no COPY into tables behind row-level security, so the rows are copied
into a temporary table, and the twins filled from there by one statement.
"""

import json
from collections.abc import Mapping, Sequence

from django.db import connection

from ombud.connect.bridge.models import Link, Twin

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_STAGE = (
    "CREATE TEMP TABLE IF NOT EXISTS ombud_twins_in (request_id bigint, far_id text, near jsonb, far jsonb)"
    " ON COMMIT DROP"
)
_FILL = """
INSERT INTO ombud_twin (jurisdiction_id, link_id, request_id, far_id, near, far, birth, push, wanted, attempts, trouble,
    unknown, repaired)
SELECT %s, %s, request_id, far_id, near, far, '', 'idle', 0, 0, '', '[]', '{}' FROM ombud_twins_in
RETURNING id, request_id
"""

Row = tuple[int, str, Mapping[str, str], Mapping[str, str]]


def make(link: Link, rows: Sequence[Row]) -> list[Twin]:
    """Make a twin of each (request id, far id, near, far) and return them in this order, each with its id."""
    lines = (f"{request_id}\t{_text(far_id)}\t{_json(near)}\t{_json(far)}\n" for request_id, far_id, near, far in rows)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY ombud_twins_in FROM STDIN") as copy:
            copy.write("".join(lines))
        cursor.execute(_FILL, [link.jurisdiction_id, link.pk])
        ids = {request_id: pk for pk, request_id in cursor.fetchall()}
        cursor.execute("TRUNCATE ombud_twins_in")
    return [
        Twin(
            pk=ids[request_id],
            jurisdiction_id=link.jurisdiction_id,
            link=link,
            request_id=request_id,
            far_id=far_id,
            near=dict(near),
            far=dict(far),
        )
        for request_id, far_id, near, far in rows
    ]


def _json(words: Mapping[str, str]) -> str:
    # PostgreSQL's JSON has no such character, however it is written.
    return _encode(words).replace("\\u0000", "").replace("\\", "\\\\")


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
