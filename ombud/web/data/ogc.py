"""OGC API Features, Part 1: the record as QGIS, ArcGIS and others open it. One collection for each data set."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.export import reading
from ombud.opendata.export.reading import Asked
from ombud.opendata.lake import versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.bounds import read_box, read_span, read_value
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.values import feature, time_text
from ombud.web.data.answering import EVERYWHERE, UNKNOWN, Wanted, asof_of, door, home_of, named, number, word, written
from ombud.web.data.ogc_description import CONFORMS_TO, OPENAPI_TYPE, description

GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ITEMS_AT_FIRST = 10
ITEMS_AT_MOST = 10_000
NO_ROW = N_("There is no row “%(id)s” in this version.")
BAD_CURSOR = N_("cursor: take it from the link to the next page.")
# Besides the columns. `f` is what some clients add of themselves; there is one form only.
_OF_ITEMS = frozenset({"limit", "bbox", "datetime", "cursor", "version", "asof", "f"}) | EVERYWHERE


@door()
def landing(request: HttpRequest) -> HttpResponse:
    """Say where everything is."""
    city, base = _here(request)
    links = [
        _link(f"{base}/", "self", "application/json", "This page"),
        _link(f"{base}/api", "service-desc", OPENAPI_TYPE, "What can be asked, as OpenAPI"),
        _link(f"{base}/conformance", "conformance", "application/json", "The classes of the standard"),
        _link(f"{base}/collections", "data", "application/json", "The data sets"),
    ]
    return written({"title": city.name, "description": f"{city.name}: the public record of requests", "links": links})


@door()
def conformance(request: HttpRequest) -> HttpResponse:
    """Say which classes of the standard hold."""
    return written({"conformsTo": CONFORMS_TO})


@door()
def api(request: HttpRequest) -> HttpResponse:
    """Say what can be asked."""
    city, base = _here(request)
    told = description(city.name, base, [(code, one.columns) for code, one in _published(city).items()])
    return written(told, media_type=OPENAPI_TYPE)


@door()
def collections(request: HttpRequest) -> HttpResponse:
    """List the data sets that have been published."""
    city, base = _here(request)
    listed = [_collection(city, dataset, base) for dataset in _published(city).values()]
    links = [_link(f"{base}/collections", "self", "application/json", "This page")]
    return written({"links": links, "collections": listed})


@door()
def collection(request: HttpRequest, name: str) -> HttpResponse:
    """Say what a data set is."""
    city, base = _here(request)
    return written(_collection(city, named(request, name)[1], base))


@door()
def items(request: HttpRequest, name: str) -> HttpResponseBase:
    """Give a page of rows as features."""
    city, base = _here(request)
    dataset = named(request, name)[1]
    cursor_version, after = _cursor(request.GET.get("cursor", ""))
    asof = cursor_version or asof_of(request)
    snapshot = registry.snapshot(city, dataset, asof=asof)
    limit = min(number(request, "limit", ITEMS_AT_FIRST, least=1, most=10**9), ITEMS_AT_MOST)
    asked = _asked(request.GET, snapshot, city, after)
    address = f"{base}/collections/{dataset.code}/items"
    wanted = Wanted(request, city, dataset, snapshot, named=isinstance(asof, int))

    def page() -> HttpResponse:
        found = reading.page(snapshot, asked, limit=limit)
        links = [
            _link(request.build_absolute_uri(), "self", GEOJSON, "This page"),
            _link(f"{base}/collections/{dataset.code}", "collection", "application/json", "The data set"),
        ]
        if found.more:
            onward = {key: value for key, value in request.GET.items() if key not in ("cursor", "version", "asof")}
            cursor = f"{snapshot.version}~{found.rows[-1]['_id']}"
            links.append(
                _link(f"{address}?{urlencode({**onward, 'cursor': cursor})}", "next", GEOJSON, "The next page")
            )
        told = {
            "type": "FeatureCollection",
            "timeStamp": time_text(clock.now()),
            "numberMatched": found.matched,
            "numberReturned": len(found.rows),
            "links": links,
            "features": [feature(snapshot.columns, row) for row in found.rows],
        }
        return written(told, media_type=GEOJSON, headers={"Content-Crs": f"<{CRS84}>"})

    return wanted.unless_known("items", page)


@door()
def item(request: HttpRequest, name: str, row_id: str) -> HttpResponse:
    """Give one row as a feature."""
    city, base = _here(request)
    dataset = named(request, name)[1]
    snapshot = registry.snapshot(city, dataset, asof=asof_of(request))
    row = reading.one(snapshot, row_id)
    if row is None:
        raise NotFound(NO_ROW, id=row_id[:40])
    address = f"{base}/collections/{dataset.code}"
    links = [
        _link(request.build_absolute_uri(), "self", GEOJSON, "This row"),
        _link(address, "collection", "application/json", "The data set"),
    ]
    told = {**feature(snapshot.columns, row), "links": links}
    return written(told, media_type=GEOJSON, headers={"X-Data-Version": str(snapshot.version)})


def _here(request: HttpRequest) -> tuple[City, str]:
    city: City = request.city  # type: ignore[attr-defined]
    return city, f"{home_of(request, city)}/ogc"


def _link(href: str, rel: str, media_type: str, title: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": media_type, "title": title}


def _published(city: City) -> dict[str, DataSet]:
    return {code: one for code, one in registry.of_city(city).items() if versions.newest(city.id, code)}


def _collection(city: City, dataset: DataSet, base: str) -> dict[str, Any]:
    reach = reading.extent(registry.snapshot(city, dataset))
    here = f"{base}/collections/{dataset.code}"
    files = f"{base.removesuffix('/ogc')}/data/{id_of(city, dataset)}"
    # In UTC, as the standard has it; the rows are in the city's time.
    span = [at and time_text(at.replace(tzinfo=city.zone)) for at in (reach.since, reach.until)]
    extent: dict[str, Any] = {"temporal": {"interval": [span]}}
    if reach.box:
        extent["spatial"] = {"bbox": [list(reach.box)], "crs": CRS84}
    return {
        "id": dataset.code,
        "title": word(dataset.title),
        "description": word(dataset.about),
        "itemType": "feature",
        "crs": [CRS84],
        "extent": extent,
        "links": [
            _link(here, "self", "application/json", "This page"),
            _link(f"{here}/items", "items", GEOJSON, "The rows"),
            _link(f"{files}/manifest.json", "describedby", "application/json", "What it is made of"),
            _link(f"{files}/rows.parquet", "enclosure", "application/vnd.apache.parquet", "All of it"),
        ],
    }


def _asked(sent: QueryDict, snapshot: Snapshot, city: City, after: str) -> Asked:
    filters = [_filter(snapshot, name, sent.getlist(name)) for name in sent if name not in _OF_ITEMS]
    box, when = sent.get("bbox"), sent.get("datetime")
    since, until = read_span(when, city.zone) if when else (None, None)
    return Asked(
        box=read_box(box) if box else None,
        since=since,
        until=until,
        values=tuple(filters),
        after=after,
    )


def _filter(snapshot: Snapshot, name: str, said: list[str]) -> tuple[Column, tuple[Any, ...]]:
    column = reading.named(snapshot.columns, name)
    if column is None or column.kind in (Kind.POINT, Kind.MULTIPOLYGON):
        known = [one.name for one in snapshot.columns if one.kind not in (Kind.POINT, Kind.MULTIPOLYGON)]
        raise BadInput(UNKNOWN, name=name[:40], known=", ".join([*sorted(_OF_ITEMS), *known]))
    if len(said) > 1:
        raise BadInput(N_("%(name)s: write it once."), name=name)
    return column, (read_value(column, said[0]),)


def _cursor(said: str) -> tuple[int | None, str]:
    """Return the version that a reader pages through, and the id behind which the next page begins."""
    if not said:
        return None, ""
    version, tilde, after = said.partition("~")
    if not (tilde and version.isascii() and version.isdigit() and len(version) < 10):
        raise BadInput(BAD_CURSOR)
    return int(version), after
