"""The catalogues over HTTP: of a city, and at the root of all cities."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ombud.opendata.catalogues import dcat, tables
from ombud.opendata.export import store
from ombud.opendata.export.forms import Form, Suffix
from ombud.web.data.answering import door, language, wanted, word, written
from ombud.web.data.entries import entries, entry, listings


@door()
def dcat_us(request: HttpRequest) -> HttpResponse:
    """Give the catalogue as DCAT-US 1.1."""
    return written(dcat.v1(list(listings(request)), address=request.build_absolute_uri()))


@door()
def dcat_us_3(request: HttpRequest) -> HttpResponse:
    """Give the catalogue as DCAT-US 3.0."""
    return written(dcat.v3(list(listings(request)), address=request.build_absolute_uri()))


@door()
def packages(request: HttpRequest) -> HttpResponse:
    """Give all data sets as one Data Package."""
    city = request.city  # type: ignore[attr-defined]
    title = city.name if city else "Ombud"
    name = f"{city.id if city else 'all'}-open-data"
    return written(tables.package(list(entries(request)), name=name, title=title, word=word, made={}))


@door()
def csvw_all(request: HttpRequest) -> HttpResponse:
    """Give the metadata of the CSVs of all data sets as CSVW."""
    told = tables.csvw_group(list(entries(request)), word=word, language=language(request) or "en")
    return written(told, media_type="application/csvm+json")


@door()
def package(request: HttpRequest, name: str) -> HttpResponseBase:
    """Give a data set as a Data Package."""
    asked = wanted(request, name)

    def tell() -> HttpResponse:
        one = entry(request, asked.city, asked.dataset, asked.snapshot)
        made = {one.id: store.kept(asked.snapshot, Form(Suffix.CSV))}
        return written(tables.package([one], name=one.name, title=one.title, word=word, made=made))

    return asked.unless_known("datapackage", tell) if not asked.named else tell()


@door()
def csvw(request: HttpRequest, name: str) -> HttpResponseBase:
    """Give the metadata of the CSV of a data set as CSVW."""
    asked = wanted(request, name)

    def tell() -> HttpResponse:
        one = entry(request, asked.city, asked.dataset, asked.snapshot)
        return written(
            tables.csvw(one, word=word, language=language(request) or "en"), media_type="application/csvm+json"
        )

    return asked.unless_known("csvw", tell)
