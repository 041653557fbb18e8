"""The whole that matches, as GeoReport Bulk: CSV by its columns, and JSON with the same."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation

from ombud.connect.open311 import reading
from ombud.connect.open311.caller import Call
from ombud.connect.open311.rules.instants import written
from ombud.plumbing import walls

COLUMNS = (
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description",
    "status_notes", "source", "service_name", "service_subtype", "description", "agency_responsible", "address",
    "lat", "long",
)  # fmt: skip
PATHS = {"requests.csv": "csv", "bulk.csv": "csv", "bulk": "json"}
# What a spreadsheet would take for a formula.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def answer(call: Call, path: str) -> HttpResponse | StreamingHttpResponse:
    """Answer all requests that match, however many, page by page."""
    first = next(pages := _pages(call), [])  # what is wrong with the parameters is told before anything is sent
    if PATHS[path] == "csv":
        return StreamingHttpResponse(_csv(first, pages), content_type="text/csv; charset=utf-8")
    return StreamingHttpResponse(_json(first, pages), content_type="application/json; charset=utf-8")


def _pages(call: Call) -> Iterator[list[dict[str, Any]]]:
    number = 1
    # Most of it is sent when the visit is over, so each page enters the city's walls again.
    while page := _page(call, number):
        yield page
        number += 1


def _page(call: Call, number: int) -> list[dict[str, Any]]:
    with walls.inside(call.city.id), timezone.override(call.city.zone), translation.override(call.language):
        rows = reading.page(call, number)
        closed = {row.number: row.closed_at for row in rows}
        return [
            {
                **{name: tree.get(name) for name in COLUMNS},
                "closed_date": written(at) if (at := closed[tree["service_request_id"]]) else None,
                "status_description": tree["status"],
                "source": tree["extended_attributes"]["channel"],
            }
            for tree in reading.trees(call, rows, extensions=True)
        ]


def _csv(first: list[dict[str, Any]], rest: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    page = first
    while page:
        yield "".join(writer.writerow([_cell(row[name]) for name in COLUMNS]) for row in page)
        page = next(rest, [])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return repr(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _json(first: list[dict[str, Any]], rest: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    separator = "["
    page = first
    while page:
        for row in page:
            yield separator + json.dumps(row, ensure_ascii=False)
            separator = ",\n"
        page = next(rest, [])
    yield "]" if separator != "[" else "[]"
