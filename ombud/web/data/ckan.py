"""CKAN's Action API, as far as it reads: for tools that speak it and nothing else."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.opendata.catalogues import ckan
from ombud.opendata.catalogues.entry import Entry
from ombud.opendata.datasets import registry
from ombud.opendata.export import reading
from ombud.opendata.export.reading import Asked
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.bounds import read_value
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.values import flat, geometry
from ombud.plumbing import walls
from ombud.web.data.answering import door, number, only, written
from ombud.web.data.entries import listings

ROWS_AT_FIRST = 100
ROWS_AT_MOST = 32_000
NO_ACTION = N_("There is no action “%(name)s” here; there are: %(known)s.")
NO_PACKAGE = N_("There is no package “%(id)s” here.")
NO_FIELD = N_("There is no field “%(name)s” in this resource.")
BODY_AT_MOST = 64 * 1024
NO_JSON = N_("What was posted is no JSON object.")
BAD_FILTERS = N_("filters: write a JSON object of fields and what stands in them.")
_ERRORS = {404: "Not Found Error", 405: "Method Not Allowed", 429: "Too Many Requests", 500: "Internal Server Error"}


def refusal(status: int, code: str, message: str) -> dict[str, Any]:
    """Return a refusal as CKAN has it."""
    return {
        "help": "",
        "success": False,
        "error": {"__type": _ERRORS.get(status, "Validation Error"), "message": message},
    }


@door(refusal, methods=("GET", "HEAD", "POST"))
def action(request: HttpRequest, name: str) -> HttpResponse:
    """Do an action. Clients post what they ask for as JSON unless they are told not to; nothing is changed by it."""
    if request.method == "POST":
        request.GET = _posted(request.body)  # type: ignore[assignment]
    do = _ACTIONS.get(name)
    if do is None:
        raise NotFound(NO_ACTION, name=name[:40], known=", ".join(_ACTIONS))
    help_address = request.build_absolute_uri(request.path)
    return written({"help": help_address, "success": True, "result": do(request)})


def _posted(body: bytes) -> QueryDict:
    """Return what was posted as it stands in an address. Raises BadInput."""
    try:
        told = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise BadInput(NO_JSON) from None
    if not isinstance(told, dict) or len(body) > BODY_AT_MOST:
        raise BadInput(NO_JSON)
    return QueryDict(urlencode({name: _as_parameter(name, value) for name, value in told.items() if value is not None}))


def _as_parameter(name: str, value: Any) -> str:
    if name in ("fields", "sort") and isinstance(value, list):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def _package_list(request: HttpRequest) -> list[str]:
    only(request, "limit", "offset")
    listed = sorted(one.name for one in listings(request))
    offset = number(request, "offset", 0, most=10**9)
    return listed[offset : offset + number(request, "limit", 1_000, most=1_000)]


def _package_show(request: HttpRequest) -> dict[str, Any]:
    only(request, "id", "use_default_schema", "include_tracking")
    return ckan.package(_named(request, request.GET.get("id", "")))


def _package_search(request: HttpRequest) -> dict[str, Any]:
    only(request, "q", "rows", "start", "sort", "fq")
    words = [word for word in request.GET.get("q", "").lower().split() if word not in ("*:*", "*")]
    found = [one for one in listings(request) if all(word in _said_of(one) for word in words)]
    start = number(request, "start", 0, most=10**9)
    rows = number(request, "rows", 10, most=1_000)
    return {
        "count": len(found),
        "sort": "name asc",
        "results": [ckan.package(one) for one in found[start : start + rows]],
        "facets": {},
        "search_facets": {},
    }


def _said_of(one: Entry) -> str:
    return " ".join((one.name, one.title, one.about, *one.keywords, one.publisher.name)).lower()


def _named(request: HttpRequest, name: str) -> Entry:
    """Return the entry with a name or an id. Raises NotFound."""
    for one in listings(request):
        if name in (one.name, one.id):
            return one
    raise NotFound(NO_PACKAGE, id=name[:60])


def _datastore_search(request: HttpRequest) -> dict[str, Any]:
    only(request, "resource_id", "limit", "offset", "filters", "q", "sort", "fields", "include_total")
    resource = request.GET.get("resource_id", "")
    limit = number(request, "limit", ROWS_AT_FIRST, most=ROWS_AT_MOST)
    offset = number(request, "offset", 0, most=10**9)
    here: City | None = request.city  # type: ignore[attr-defined]
    city, dataset = registry.by_id(resource, jurisdiction_id=here.id if here else "")
    with walls.inside(city.id):
        snapshot = registry.snapshot(city, dataset)
    chosen = _chosen(snapshot, request.GET.get("fields", ""))
    asked = Asked(
        values=_filters(snapshot, request.GET.get("filters", "")),
        words=tuple(request.GET.get("q", "").split()[:10]),
        order=_order(snapshot, request.GET.get("sort", "")),
    )
    found = reading.page(snapshot, asked, limit=limit, offset=offset)
    return {
        "resource_id": resource,
        "fields": ckan.fields(chosen),
        "records": [_record(chosen, row) for row in found.rows],
        "records_format": "objects",
        "total": found.matched,
        "total_was_estimated": False,
        "limit": limit,
        "offset": offset,
        "version": snapshot.version,
    }


def _record(columns: tuple[Column, ...], row: dict[str, Any]) -> dict[str, Any]:
    shapes = {c.name: geometry(c, row) for c in columns if c.kind in (Kind.POINT, Kind.MULTIPOLYGON)}
    values = flat(columns, row)
    return {column.name: shapes.get(column.name, values.get(column.name)) for column in columns}


def _field(snapshot: Snapshot, name: str) -> Column:
    column = reading.named(snapshot.columns, name.strip().strip('"'))
    if column is None:
        raise BadInput(NO_FIELD, name=name[:40])
    return column


def _chosen(snapshot: Snapshot, told: str) -> tuple[Column, ...]:
    return tuple(_field(snapshot, name) for name in told.split(",")) if told else snapshot.columns


def _filters(snapshot: Snapshot, told: str) -> tuple[tuple[Column, tuple[Any, ...]], ...]:
    try:
        wanted = json.loads(told) if told else {}
    except (ValueError, RecursionError):
        raise BadInput(BAD_FILTERS) from None
    if not isinstance(wanted, dict) or len(wanted) > 50:
        raise BadInput(BAD_FILTERS)
    found = []
    for name, values in wanted.items():
        column, some = _field(snapshot, name), values if isinstance(values, list) else [values]
        if not some or len(some) > 1_000 or any(isinstance(value, dict | list) or value is None for value in some):
            raise BadInput(BAD_FILTERS)
        found.append((column, tuple(read_value(column, _text(value)) for value in some)))
    return tuple(found)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _order(snapshot: Snapshot, told: str) -> tuple[tuple[Column, bool], ...]:
    order = []
    for part in told.split(",") if told else ():
        name, _, way = part.strip().rpartition(" ")
        name, way = (name, way.lower()) if name else (way, "asc")
        column = _field(snapshot, name)
        if way not in ("asc", "desc") or column.kind in (Kind.POINT, Kind.MULTIPOLYGON):
            raise BadInput(NO_FIELD, name=part[:40])
        order.append((column, way == "desc"))
    return tuple(order)


def _site_read(request: HttpRequest) -> bool:
    return True


def _status_show(request: HttpRequest) -> dict[str, Any]:
    return {"ckan_version": "2.10.0", "site_title": "Ombud", "extensions": ["datastore"]}


_ACTIONS: dict[str, Callable[[HttpRequest], Any]] = {
    "package_list": _package_list,
    "package_show": _package_show,
    "package_search": _package_search,
    "datastore_search": _datastore_search,
    "site_read": _site_read,
    "status_show": _status_show,
}
