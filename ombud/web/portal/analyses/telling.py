"""An analysis as JSON. Only what is named here leaves; there is no mail address in what it is made of."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse

from ombud.opendata.analyses import queries
from ombud.opendata.analyses.queries import Gone, Told
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import id_of
from ombud.web.data.answering import door, written
from ombud.web.middleware import CityRequest
from ombud.web.portal.analyses import citing, pages

BIBTEX = "application/x-bibtex; charset=utf-8"
LICENCE = {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}


@door()
def as_json(request: CityRequest, code: str) -> HttpResponseBase:
    """Return an analysis with its history as data."""
    try:
        told = queries.public(request.city.id, code)
    except Gone as gone:
        said = {"code": "gone", "status": gone.status, "description": gone.message, "at": gone.at.isoformat()}
        return written(said, status=410)
    return written(whole(request, told))


@door()
def as_bibtex(request: CityRequest, code: str) -> HttpResponseBase:
    """Return how an analysis is cited, for BibTeX."""
    told = queries.public(request.city.id, code)
    dataset = registry.of_city(request.city).get(told.dataset)
    return HttpResponse(citing.bibtex(request, told, dataset), content_type=BIBTEX)


@door()
def all_as_json(request: CityRequest) -> HttpResponseBase:
    """Return what is public as data, without the history of each: how many there are, and where the next page is."""
    number, count = pages.number_of(request), queries.count_of(request.city.id)
    found = queries.listed(request.city.id, start=(number - 1) * pages.A_PAGE, most=pages.A_PAGE)
    following = f"{request.build_absolute_uri(request.path)}?page={number + 1}"
    return written(
        {
            "count": count,
            "next": following if count > number * pages.A_PAGE else None,
            "analyses": [short(request, told) for told in found],
        }
    )


def short(request: CityRequest, told: Told) -> dict[str, Any]:
    """Return an analysis without its history."""
    dataset = registry.of_city(request.city).get(told.dataset)
    return {
        "id": told.code,
        "url": request.build_absolute_uri(reverse("data_analysis", args=[told.code])),
        "title": told.title,
        "claim": told.claim,
        "kind": told.kind,
        "data_set": {"id": id_of(request.city, dataset) if dataset else None, "name": told.dataset},
        "author": {
            "name": told.author,
            "affiliation": told.affiliation or None,
            "url": told.link or None,
            "orcid": f"https://orcid.org/{told.orcid}" if told.orcid else None,
        },
        "licence": LICENCE,
        "published_at": told.shown_at.isoformat() if told.shown_at else None,
        "featured": told.is_featured,
        "acted_on": told.is_acted_on,
        "pinned": {"version": told.version, "published_at": told.version_at.isoformat(), "sha256": told.sha256},
        "result": {
            "state": told.standing,
            "checked_version": told.checked_version or None,
            "checked_at": told.checked_at.isoformat() if told.checked_at else None,
            "newest_version": told.newest_version,
        },
    }


def whole(request: CityRequest, told: Told) -> dict[str, Any]:
    """Return an analysis with what it rests on, and all that was found and said since."""
    dataset = registry.of_city(request.city).get(told.dataset)
    return short(request, told) | {
        "rests_on": _rests_on(request, told),
        "runs": [
            {
                "version": one.version,
                "at": one.at.isoformat(),
                "verdict": one.verdict,
                "by": one.by or None,
                "answer": one.answer.as_data() if one.answer else None,
                "differences": [asdict(each) for each in one.differences],
                "differences_in_all": one.count,
                "said": one.said or None,
                "seconds": one.seconds,
            }
            for one in queries.runs(told)
        ],
        "reviews": [_review(one) for one in queries.signatures(told)],
        "actions": [
            {
                "agency": one.agency,
                "what": one.what,
                "on": one.on.isoformat(),
                "service_request_ids": list(one.requests),
                "links": list(one.links),
                "said_at": one.at.isoformat(),
            }
            for one in queries.actions(told)
        ],
        "citation": citing.cited(request, told, dataset),
        "bibtex": citing.bibtex(request, told, dataset),
    }


def _review(one: queries.Signature) -> dict[str, Any]:
    said = (
        {"hidden_because": one.hidden_because} if one.hidden_because else {"opinion": one.opinion, "words": one.words}
    )
    return {
        "name": one.name,
        "affiliation": one.affiliation or None,
        "staff": one.is_staff,
        **said,
        "interest": one.interest,
        "version": one.version,
        "at": one.at.isoformat(),
    }


def _rests_on(request: CityRequest, told: Told) -> dict[str, Any]:
    if told.notebook:
        kept = {"name": told.notebook.name, "sha256": told.notebook.sha256}
        address = request.build_absolute_uri(reverse("data_analysis_notebook", args=[told.code]))
        return {
            "notebook": told.notebook.link or None,
            "hash": told.notebook.hash or None,
            "file": kept | {"url": address} if told.notebook.name else None,
        }
    answer = told.answer.as_data() if told.answer else None
    return {"query": told.soql, "terms": asdict(told.terms) if told.terms else None, "answer": answer}
