"""How an analysis is cited."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ombud.kernel import clock
from ombud.opendata.analyses.queries import Told
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules import citation
from ombud.opendata.rules.analysis_states import Kind
from ombud.opendata.rules.citation import Cited
from ombud.web.middleware import CityRequest

# A longer query would fill the footnote; the address leads to it.
QUERY_SHOWN = 200


def cited(request: CityRequest, told: Told, dataset: DataSet | None) -> str:
    """Return how an analysis is cited: its author, then the version that it rests on."""
    rests_on = citation.in_words(_rests_on(request, told, dataset))
    return f"{told.author}, “{told.title}” ({_shown_at(told):%Y}). {rests_on}"


def bibtex(request: CityRequest, told: Told, dataset: DataSet | None) -> str:
    """Return the same as an entry for BibTeX."""
    return citation.claim_bibtex(
        _rests_on(request, told, dataset),
        author=told.author,
        title=told.title,
        code=told.code,
        shown_on=_shown_at(told).date(),
    )


def _shown_at(told: Told) -> datetime:
    return told.shown_at or told.asked_at


def _rests_on(request: CityRequest, told: Told, dataset: DataSet | None) -> Cited:
    base = request.build_absolute_uri(reverse("home")).rstrip("/")
    return Cited(
        publisher=request.city.name,
        title=_(dataset.title) if dataset else told.dataset,
        version=told.version,
        published_at=told.version_at,
        sha256=told.sha256,
        retrieved_on=timezone.localdate(clock.now()),
        url=f"{base}/data/analyses/{told.code}/",
        query=citation.normalised([("$query", told.soql)])
        if told.kind is Kind.QUERY and len(told.soql) < QUERY_SHOWN
        else "",
    )
