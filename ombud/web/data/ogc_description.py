"""What OGC API Features says of itself: its classes, and its addresses as OpenAPI 3.0."""

from collections.abc import Sequence
from typing import Any

from ombud.opendata.rules.columns import Column, Kind

OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.0"
CONFORMS_TO = [
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson", "oas30")
]
_SCHEMAS: dict[Kind, dict[str, str]] = {
    Kind.TEXT: {"type": "string"},
    Kind.NUMBER: {"type": "number"},
    Kind.CALENDAR_DATE: {"type": "string"},
    Kind.FIXED_TIMESTAMP: {"type": "string", "format": "date-time"},
    Kind.CHECKBOX: {"type": "boolean"},
}
_BOX = {"type": "array", "oneOf": [{"minItems": n, "maxItems": n} for n in (4, 6)], "items": {"type": "number"}}


def description(title: str, base: str, collections: Sequence[tuple[str, Sequence[Column]]]) -> dict[str, Any]:
    """Return the description; `collections` has names and the columns by which rows can be filtered."""
    paths = {
        "/": _get("landingPage", "Where everything is", "application/json"),
        "/conformance": _get("conformance", "The classes of the standard that hold", "application/json"),
        "/collections": _get("collections", "The data sets", "application/json"),
    }
    for name, columns in collections:
        paths[f"/collections/{name}"] = _get(f"{name}.describe", "What it is", "application/json")
        paths[f"/collections/{name}/items"] = _get(
            f"{name}.items", "Its rows, page by page", "application/geo+json", _parameters(columns)
        )
        paths[f"/collections/{name}/items/{{id}}"] = _get(
            f"{name}.item",
            "One row",
            "application/geo+json",
            [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        )
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": base}],
        "paths": paths,
    }


def _get(
    operation: str, summary: str, media_type: str, parameters: Sequence[dict[str, Any]] = ()
) -> dict[str, dict[str, Any]]:
    refusal = {"description": "A sentence", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                "200": {"description": summary, "content": {media_type: {"schema": {"type": "object"}}}},
                "default": refusal,
            },
        }
    }


def _parameters(columns: Sequence[Column]) -> list[dict[str, Any]]:
    fixed = [
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 10}),
        {**_query("bbox", _BOX), "style": "form", "explode": False},
        _query("datetime", {"type": "string"}),
        _query("cursor", {"type": "string"}),
        _query("version", {"type": "string"}),
    ]
    return fixed + [_query(column.name, _SCHEMAS[column.kind]) for column in columns if column.kind in _SCHEMAS]


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}
