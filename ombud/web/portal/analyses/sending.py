"""
Sending an analysis: the result is shown before it is sent, and what is typed stays whatever is wrong with it.

`seen` is the hash of data set, query and version whose result was on the page: any other is shown first.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import BadInput, OmbudError
from ombud.opendata.analyses import submitting
from ombud.opendata.analyses.submitting import Author, Claim, RestsOnNotebook, RestsOnQuery
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import id_of
from ombud.opendata.lake import versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules import choice_soql, contributions
from ombud.opendata.rules.claims import Answer, How, Terms
from ombud.web.limiting import limit, limited
from ombud.web.middleware import CityRequest
from ombud.web.portal import exploring
from ombud.web.portal.analyses import wording
from ombud.web.portal.analyses.forms import NotebookForm, QueryForm
from ombud.web.portal.exploring import Looked
from ombud.web.saying import put_on, said

LOOKS_AN_HOUR, SENT_AN_HOUR = 120, 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What the record says to a query, of which version, and the hash that stands for having seen it."""

    at: Snapshot
    answer: Answer
    digest: str


@require_http_methods(["GET", "HEAD", "POST"])
@limited("analysis-look", times=lambda: LOOKS_AN_HOUR)
def new(request: CityRequest) -> HttpResponse:
    """Ask for an analysis, show the result of its query, and take it."""
    if request.GET.get("kind") == "notebook":
        return _notebook(request)
    return _query(request, {}) if request.method != "POST" else _posted(request)


@require_safe
def claim(request: CityRequest, dataset_id: str) -> HttpResponse:
    """Begin a claim with what the explorer shows; parameters are those of the explorer."""
    _city, dataset = registry.by_id(dataset_id, jurisdiction_id=request.city.id)
    looked = exploring.looked_at(request, dataset, exploring.pairs_of(request))
    choice = looked.choice
    begun = {
        "dataset": dataset_id,
        "soql": _soql_of(looked),
        "column": choice_soql.value_name(choice) if choice.by else "n",
        "version": str(looked.snapshot.version),
        "address": urlencode(choice.pairs()),
    }
    return _query(request, begun)


def _soql_of(looked: Looked) -> str:
    """Return what is claimed of what the explorer shows: of rows as such nobody claims more than how many there are."""
    return looked.soql if looked.choice.by else choice_soql.sums_soql(looked.choice)


def _query(request: CityRequest, begun: Mapping[str, str]) -> HttpResponse:
    """Show the form, with the result of the query that it begins with."""
    form = QueryForm(datasets=_datasets(request), initial=begun)
    seen = _look(request, begun, version=begun.get("version", "")) if begun else None
    trouble = said(seen) if isinstance(seen, OmbudError) else ""
    return _drawn(request, form, begun, seen, trouble=trouble)


def _posted(request: CityRequest) -> HttpResponse:
    posted = {name: str(value) for name, value in request.POST.items()}
    form = QueryForm(request.POST, datasets=_datasets(request))
    sends = posted.get("do") == "send"
    seen = _look(request, posted, version=posted.get("version", "") if sends else "")
    is_known = isinstance(seen, Seen) and seen.digest == posted.get("seen")
    if sends and is_known and _took(request, form, lambda: _claim(request, posted, seen)):
        return render(request, "portal/analysis_sent.html", {"email": posted["email"]})
    if not sends:
        form.errors.clear()  # whoever only looks has not said the rest yet
    if isinstance(seen, OmbudError):
        put_on(form, _on_the_query(seen))
    is_new = sends and isinstance(seen, Seen) and not is_known
    return _drawn(request, form, posted, seen, is_new=is_new, status=422 if form.errors or is_new else 200)


def _on_the_query(refused: OmbudError) -> OmbudError:
    return refused if isinstance(refused, BadInput) else BadInput(refused.msgid, field="soql", **refused.params)


def _look(request: CityRequest, given: Mapping[str, str], *, version: str) -> Seen | OmbudError:
    """Return what the record says to the query that was typed, or why it says nothing."""
    try:
        _city, dataset = registry.by_id(given.get("dataset", ""), jurisdiction_id=request.city.id)
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
        soql = _soql_in(given)
        at, answer = submitting.looked(request.city, dataset.code, soql, version=number)
    except OmbudError as refused:
        return refused
    told = f"{request.city.id}\n{dataset.code}\n{at.version}\n{soql}"
    return Seen(at, answer, hashlib.sha256(told.encode("utf-8", "replace")).hexdigest())


def _soql_in(given: Mapping[str, str]) -> str:
    """Return the query, with the ends of its lines as they went out: browsers send others back."""
    return given.get("soql", "").replace("\r\n", "\n")


def _claim(request: CityRequest, posted: Mapping[str, str], seen: Any) -> Claim:
    how = posted.get("how", "")
    terms = Terms(
        How(how) if how in list(How) else How.EXACTLY,
        contributions.read_number(posted.get("amount", ""), field="amount"),
        posted.get("column", ""),
    )
    soql = _soql_in(posted)
    address = _if_it_shows(request, seen.at, posted.get("address", ""), soql)
    rests_on = RestsOnQuery(soql, terms, seen.at.version, address)
    return Claim(seen.at.dataset, posted.get("title", ""), posted.get("claim", ""), rests_on)


def _if_it_shows(request: CityRequest, at: Snapshot, address: str, soql: str) -> str:
    """Return an address of the explorer if the same query lies behind it; what says that it is the same has to be."""
    if not address:
        return ""
    dataset = registry.of_code(request.city, at.dataset)
    looked = exploring.looked_at(request, dataset, [*parse_qsl(address), ("asof", str(at.version))])
    return address if _soql_of(looked) == soql else ""


def _took(request: CityRequest, form: forms.Form, claim_of: Any) -> bool:
    """Take an analysis; what is wrong with it is written on the form."""
    if not form.is_valid():
        return False
    told = form.cleaned_data
    author = Author(
        told["author"], told["email"], told["affiliation"], told["link"], told["orcid"], request.LANGUAGE_CODE,
        told["agreed"],
    )  # fmt: skip
    try:
        limit(request, "analysis", times=SENT_AN_HOUR)
        submitting.submit(city=request.city, claim=claim_of(), author=author, at=clock.now())
    except OmbudError as refused:
        put_on(form, refused)
        return False
    return True


def _drawn(
    request: CityRequest,
    form: forms.Form,
    given: Mapping[str, str],
    seen: Seen | OmbudError | None,
    *,
    trouble: str = "",
    is_new: bool = False,
    status: int = 200,
) -> HttpResponse:
    found = seen if isinstance(seen, Seen) else None
    values = found.answer.values or found.answer.names if found else ()
    column = given.get("column", "")
    shown = {
        "form": form,
        "kind": "query",
        "seen": found,
        "answer": wording.table(found.answer) if found else None,
        "value": wording.lone_value(found.answer, column if column in values else "") if found else "",
        "columns": [("", _("All values")), *((name, name) for name in values)] if len(values) > 1 else [],
        "column": column if column in values else "",
        "address": given.get("address", ""),
        "trouble": trouble,
        "is_new": is_new,
    }
    return render(request, "portal/analysis_new.html", shown, status=status)


def _notebook(request: CityRequest) -> HttpResponse:
    """Take a claim that rests on a notebook; a file that came with a form that was refused is kept for the next."""
    posted = request.method == "POST"
    form = NotebookForm(
        request.POST if posted else None, request.FILES if posted else None, datasets=_datasets(request)
    )
    kept = request.POST.get("kept", "") if posted else ""
    if posted and form.is_valid():
        told = form.cleaned_data
        try:
            if told["file"]:
                limit(request, "analysis-file", times=SENT_AN_HOUR)
                kept = submitting.keep_notebook(
                    jurisdiction_id=request.city.id, name=told["file"].name, data=told["file"].read(), at=clock.now()
                )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            _city, dataset = registry.by_id(told["dataset"], jurisdiction_id=request.city.id)
            rests_on = RestsOnNotebook(told["notebook_link"], told["notebook_hash"], kept)
            if _took(request, form, lambda: Claim(dataset.code, told["title"], told["claim"], rests_on)):
                return render(request, "portal/analysis_sent.html", {"email": told["email"]})
    name = submitting.kept_name(request.city.id, kept) if kept else ""
    shown = {"form": form, "kind": "notebook", "kept": kept if name else "", "kept_name": name}
    return render(request, "portal/analysis_new.html", shown, status=422 if form.errors else 200)


def _datasets(request: CityRequest) -> list[tuple[str, Any]]:
    """Return the data sets that something can be claimed of: those that are published."""
    city = request.city
    known = registry.of_city(city)
    return [(id_of(city, one), _(one.title)) for code, one in known.items() if versions.newest(city.id, code)]
