"""
Read the public record with the clients that are installed where this runs: `python record.py CLIENT HOME ID`.

HOME is the address of a city's pages, ID the four-by-four of its requests. Prints what came back as JSON.
"""

import json
import sys
import urllib.request
from typing import Any


def gdal(home: str, dataset_id: str) -> dict[str, Any]:
    """Read as QGIS does, through GDAL's driver of OGC API Features, page by page."""
    import pyogrio

    address = f"OAPIF:{home}/ogc"
    fields = pyogrio.read_info(address, layer="requests")
    _, _, shapes, values = pyogrio.raw.read(address, layer="requests", PAGE_SIZE=2, columns=["status"])
    _, _, boxed, _ = pyogrio.raw.read(address, layer="requests", bbox=(-93.3, 37.2085, -93.29, 37.2095))
    return {
        "layers": [str(name) for name, _ in pyogrio.list_layers(address)],
        "fields": [str(name) for name in fields["fields"]],
        "crs": fields["crs"],
        "rows": len(shapes),
        "status": sorted(str(one) for one in values[0]),
        "boxed": len(boxed),
    }


def owslib(home: str, dataset_id: str) -> dict[str, Any]:
    from owslib.ogcapi.features import Features

    service = Features(f"{home}/ogc/")
    page = service.collection_items("requests", limit=2)
    one = service.collection_item("requests", page["features"][0]["id"])
    return {
        "conforms": service.conformance()["conformsTo"],
        "openapi": service.api()["openapi"],
        "collections": service.feature_collections(),
        "matched": page["numberMatched"],
        "one": one["id"] == page["features"][0]["id"],
        "closed": service.collection_items("requests", status="closed")["numberReturned"],
        "boxed": service.collection_items("requests", bbox=[-93.3, 37.2085, -93.29, 37.2095])["numberReturned"],
    }


def ckanapi(home: str, dataset_id: str) -> dict[str, Any]:
    from ckanapi import NotFound, RemoteCKAN

    portal = RemoteCKAN(home)
    found = portal.action.datastore_search(resource_id=dataset_id, filters={"status": "closed"}, limit=5)
    by_address = RemoteCKAN(home, get_only=True).action.package_search(q="open311")
    try:
        portal.action.package_show(id="none")
        missing = "found"
    except NotFound:
        missing = "not found"
    return {
        "packages": portal.action.package_list(),
        "title": portal.action.package_show(id=dataset_id)["title"],
        "closed": found["total"],
        "missing": missing,
        "found": by_address["count"],
    }


def frictionless(home: str, dataset_id: str) -> dict[str, Any]:
    from frictionless import Package, system

    with system.use_context(trusted=True):
        package = Package(f"{home}/data/{dataset_id}/datapackage.json")
        report = package.validate()
        rows = package.resources[0].read_rows()
    return {
        "valid": report.valid,
        "errors": report.flatten(["type", "note"])[:5],
        "rows": len(rows),
        "first": str(rows[0]["requested_datetime"]),
    }


def gdal_files(home: str, dataset_id: str) -> dict[str, Any]:
    """Open the downloads as any tool on GDAL does."""
    import pyogrio

    with urllib.request.urlopen(f"{home}/data/{dataset_id}/rows.geojson") as answer:
        whole = answer.read()
    info = pyogrio.read_info(whole)
    return {"rows": info["features"], "kind": info["geometry_type"], "crs": info["crs"]}


CLIENTS = {one.__name__: one for one in (gdal, gdal_files, owslib, ckanapi, frictionless)}

if __name__ == "__main__":
    client, home, dataset_id = sys.argv[1:]
    sys.stdout.write(json.dumps(CLIENTS[client](home, dataset_id)))
