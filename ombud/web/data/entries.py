"""The entries of the catalogues: what a city has published, or what all have."""

from collections.abc import Iterator
from dataclasses import fields
from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import NotFound
from ombud.opendata import saved
from ombud.opendata.catalogues.entry import Entry, Publisher, ViewEntry
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.export import manifest, reading
from ombud.opendata.lake.versions import Snapshot
from ombud.plumbing import walls
from ombud.web.data.answering import home_of, word

VIEWS_AT_MOST = 1_000


def entries(request: HttpRequest) -> Iterator[Entry]:
    """Yield the entries of the visit's city, or outside of any those of all cities."""
    here: City | None = request.city  # type: ignore[attr-defined]
    if here is not None:
        yield from _of_city(request, here)
        return
    for row in catalog.jurisdictions():
        if not row.sandbox:
            with walls.inside(row.id):
                listed = list(_of_city(request, catalog.city(row.id)))
            yield from listed


def _of_city(request: HttpRequest, city: City) -> Iterator[Entry]:
    for dataset in registry.of_city(city).values():
        try:
            snapshot = registry.snapshot(city, dataset)
        except NotFound:
            continue
        yield entry(request, city, dataset, snapshot)


def listings(request: HttpRequest) -> Iterator[Entry]:
    """Yield the entries, and those of the saved views that the cities list."""
    here: City | None = request.city  # type: ignore[attr-defined]
    ids = [here.id] if here else [row.id for row in catalog.jurisdictions() if not row.sandbox]
    yield from entries(request)
    for each in ids:
        with walls.inside(each):
            listed = list(_views(request, catalog.city(each)))
        yield from listed


def _views(request: HttpRequest, city: City) -> Iterator[ViewEntry]:
    for view in saved.listed(city.id, limit=VIEWS_AT_MOST):
        dataset = registry.of_code(city, view.dataset)
        snapshot = registry.snapshot(city, dataset)
        whole = entry(request, city, dataset, snapshot)
        told = {field.name: getattr(whole, field.name) for field in fields(whole)}
        own = {"id": view.id, "title": view.name, "about": view.about or view.name, "columns": ()}
        reach = {"box": None, "since": None, "until": None, "previous": 0, "first_at": view.saved_at}
        yield ViewEntry(**told | own | reach)


def entry(request: HttpRequest, city: City, dataset: DataSet, snapshot: Snapshot) -> Entry:
    """Return the entry of a data set at a version. Within the walls of its city."""
    reach = reading.extent(snapshot)
    publication = manifest.publication(snapshot)
    return Entry(
        publisher=_publisher(request, city),
        id=id_of(city, dataset),
        code=dataset.code,
        title=word(dataset.title),
        about=word(dataset.about),
        keywords=dataset.keywords,
        columns=snapshot.columns,
        version=snapshot.version,
        previous=manifest.kept_before(snapshot),
        first_at=manifest.first(snapshot).at,
        at=snapshot.at,
        rows=snapshot.rows,
        sha256=snapshot.sha256,
        rule_set=publication.rule_set,
        box=reach.box,
        since=reach.since and reach.since.replace(tzinfo=city.zone),
        until=reach.until and reach.until.replace(tzinfo=city.zone),
    )


def _publisher(request: HttpRequest, city: City) -> Publisher:
    told = city.settings.get("open_data", {})
    contact, license = told.get("contact", {}), told.get("license", {})
    return Publisher(
        id=city.id,
        name=city.name,
        home=home_of(request, city),
        contact_name=str(contact.get("name", city.name)),
        contact_email=str(contact.get("email", parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        license_name=str(license.get("name", "")),
        license_url=str(license.get("url", "")),
    )
