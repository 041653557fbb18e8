"""What a data set is, for programs: its columns, its versions, and which data sets there are."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.opendata import saved
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.lake import versions
from ombud.opendata.rules.columns import Column
from ombud.opendata.soql.asked import asked
from ombud.opendata.soql.faults import MALFORMED, SoqlError
from ombud.plumbing import walls
from ombud.web.data.answering import home_of
from ombud.web.data.soda_answering import answered
from ombud.web.data.soda_calls import caller, opened, parameters

LISTED_BY_DEFAULT = 100
LISTED_AT_MOST = 10_000
_JSON = "application/json;charset=utf-8"


@answered
def view(request: HttpRequest, dataset_id: str) -> HttpResponseBase:
    """Tell what a data set is."""
    with opened(request, dataset_id) as (city, dataset):
        caller(request, city, parameters(request))
        told = _told(request, city, dataset, dataset_id)
        if soql := saved.soql_of(city, dataset, dataset_id):
            told |= _of_view(saved.view(city.id, dataset_id), dataset, soql)
        return _in_language(JsonResponse(told, content_type=_JSON))


def _of_view(view: saved.View, dataset: DataSet, soql: str) -> dict[str, Any]:
    """Return what a saved view says other than the data set that it is of: its name, and the columns of its query."""
    outputs = asked([("$query", soql)], dataset.every_column).resolved(dataset.every_column).outputs
    columns = [Column(output.name, output.kind, output.name) for output in outputs]
    return {
        "name": view.name,
        "description": view.about,
        "assetType": "filter",
        "viewCount": view.opened,
        "columns": [_column(view.id, place, column) for place, column in enumerate(columns)],
    }


def _told(request: HttpRequest, city: City, dataset: DataSet, dataset_id: str) -> dict[str, Any]:
    snapshot = registry.snapshot(city, dataset)
    first = versions.first(city.id, dataset.code)
    at = int(snapshot.at.timestamp())
    return {
        "id": dataset_id,
        "name": gettext(dataset.title),
        "description": gettext(dataset.about),
        "attribution": city.name,
        "category": "311",
        "tags": list(dataset.keywords),
        "assetType": "dataset",
        "viewType": "tabular",
        "displayType": "table",
        "license": licence(city),
        "createdAt": int(first.at.timestamp()) if first else at,
        "publicationDate": at,
        "rowsUpdatedAt": at,
        "viewLastModified": at,
        "rowIdentifierColumnId": None,
        "owner": {"id": city.id, "displayName": city.name, "type": "interactive"},
        "metadata": {
            "version": snapshot.version,
            "rows": snapshot.rows,
            "sha256": snapshot.sha256,
            "rowLabel": gettext(dataset.row),
            "url": request.build_absolute_uri(f"/resource/{dataset_id}.json"),
        },
        "columns": [
            _column(dataset_id, place, column)
            for place, column in enumerate(one for one in snapshot.columns if not one.name.startswith(":"))
        ],
    }


def _column(dataset_id: str, place: int, column: Column) -> dict[str, Any]:
    digest = hashlib.sha256(f"{dataset_id}/{column.name}".encode()).digest()
    told = {
        # The same for as long as the column has its name.
        "id": int.from_bytes(digest[:4], "big"),
        "name": gettext(column.title),
        "fieldName": column.name,
        "dataTypeName": column.kind.value,
        "renderTypeName": column.kind.value,
        "position": place + 1,
        "description": gettext(column.meaning) if column.meaning else "",
    }
    if column.unit:
        told["description"] = f"{told['description']} ({gettext(column.unit)})".strip()
    return told


def licence(city: City) -> dict[str, str]:
    """Return under which licence a city publishes; its file says so."""
    said = city.settings.get("open_data", {}).get("license", {})
    return {"name": str(said.get("name", "")), "termsLink": str(said.get("url", ""))}


@answered
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """List data sets: of this city, or of all cities of the installation."""
    told: dict[str, list[str]] = {}
    pairs = parameters(request)
    caller(request, None, pairs)
    for name, value in pairs:
        told.setdefault(name.lower(), []).extend(part.strip() for part in value.split(",") if part.strip())
    limit = _number(told, "limit", LISTED_BY_DEFAULT, LISTED_AT_MOST)
    offset = _number(told, "offset", 0, 10**9)
    found = [one for one in _every(request) if _is_wanted(one, told, request.get_host())]
    page = {"results": found[offset : offset + limit], "resultSetSize": len(found)}
    return _in_language(JsonResponse(page, content_type=_JSON))


def _in_language(response: JsonResponse) -> JsonResponse:
    response.headers["Vary"] = "Accept-Language, Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _number(told: dict[str, list[str]], name: str, default: int, at_most: int) -> int:
    text = (told.get(name) or [str(default)])[-1]
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > at_most:
        raise SoqlError(MALFORMED, f"{name} is a whole number from 0 to {at_most:,}.")
    return int(text)


def _every(request: HttpRequest) -> Iterator[dict[str, Any]]:
    here: City | None = request.city  # type: ignore[attr-defined]
    ids = [here.id] if here else [row.id for row in catalog.jurisdictions() if not row.sandbox]
    for each in ids:
        with walls.inside(each):
            city = catalog.city(each)
            with timezone.override(city.zone):
                for code, dataset in registry.of_city(city).items():
                    if newest := versions.newest(city.id, code):
                        first = versions.first(city.id, code) or newest
                        yield _entry(request, city, dataset, newest.at.isoformat(), first.at.isoformat())
                for view in saved.listed(city.id, limit=LISTED_AT_MOST):
                    dataset = registry.of_code(city, view.dataset)
                    at = view.saved_at.isoformat()
                    yield _view_entry(_entry(request, city, dataset, at, at), request, view, dataset)


def _view_entry(entry: dict[str, Any], request: HttpRequest, view: saved.View, dataset: DataSet) -> dict[str, Any]:
    columns = _of_view(view, dataset, view.soql)["columns"]
    page = request.build_absolute_uri(f"/d/{view.id}")
    told = {
        "id": view.id,
        "name": view.name,
        "description": view.about,
        "type": "filter",
        "columns_name": [column["name"] for column in columns],
        "columns_field_name": [column["fieldName"] for column in columns],
        "columns_datatype": [column["dataTypeName"] for column in columns],
    }
    return {**entry, "resource": entry["resource"] | told, "permalink": page, "link": page}


def _entry(request: HttpRequest, city: City, dataset: DataSet, at: str, since: str) -> dict[str, Any]:
    dataset_id = id_of(city, dataset)
    page = request.build_absolute_uri(f"/d/{dataset_id}")
    return {
        "resource": {
            "id": dataset_id,
            "name": gettext(dataset.title),
            "description": gettext(dataset.about),
            "attribution": city.name,
            "type": "dataset",
            "updatedAt": at,
            "createdAt": since,
            "columns_name": [gettext(column.title) for column in dataset.columns],
            "columns_field_name": [column.name for column in dataset.columns],
            "columns_datatype": [column.kind.value for column in dataset.columns],
        },
        "classification": {"categories": ["311"], "tags": list(dataset.keywords), "domain_tags": []},
        "metadata": {"domain": request.get_host(), "license": licence(city)["name"]},
        "permalink": page,
        "link": page,
    }


def _is_wanted(entry: dict[str, Any], told: dict[str, list[str]], host: str) -> bool:
    resource = entry["resource"]
    tags = {tag.lower() for tag in entry["classification"]["tags"]}
    words = " ".join([resource["name"], resource["description"], *resource["columns_field_name"], *tags]).lower()
    return (
        (not told.get("ids") or resource["id"] in told["ids"])
        and (not told.get("domains") or host in told["domains"])
        and (not told.get("only") or resource["type"] in {one.lower().removesuffix("s") for one in told["only"]})
        and (not told.get("categories") or "311" in told["categories"])
        and (not told.get("tags") or bool(tags & {tag.lower() for tag in told["tags"]}))
        and all(word in words for one in told.get("q", []) for word in one.lower().split())
        and all(name in resource["columns_field_name"] for name in told.get("column_names", []))
    )


@answered
def short_link(request: HttpRequest, dataset_id: str) -> HttpResponseBase:
    """Lead to the page of a data set, or of a saved view."""
    with opened(request, dataset_id) as (city, dataset):
        folder = "data" if dataset_id == id_of(city, dataset) else "data/views"
        return HttpResponseRedirect(f"{home_of(request, city)}/{folder}/{dataset_id}/")
