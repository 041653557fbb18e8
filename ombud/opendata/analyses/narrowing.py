"""Which analyses are public, of one data set or in one state; the database chooses."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ombud.opendata.analyses.models import Analysis
from ombud.opendata.models import Publication
from ombud.opendata.rules.analysis_states import Kind, Standing, Status
from ombud.opendata.rules.claims import Verdict

ACTED_ON = "acted-on"
# What somebody said of a notebook, on a version that is not the newest any more.
_OLD = Q(kind=Kind.NOTEBOOK, checked_version__lt=F("newest")) & ~Q(verdict="")
# The same as `analysis_states.standing`, for many at once.
_IN = {
    ACTED_ON: Q(is_acted_on=True),
    Standing.REPRODUCES: Q(verdict=Verdict.REPRODUCES) & ~_OLD,
    Standing.NO_LONGER: Q(verdict=Verdict.DIFFERS) & ~_OLD,
    Standing.FAILED: Q(verdict=Verdict.FAILED) & ~_OLD,
    Standing.DATA_CHANGED: _OLD,
    Standing.NOT_CHECKED: Q(verdict=""),
}


def public(jurisdiction_id: str, *, dataset: str = "", state: str = "") -> QuerySet[Analysis]:
    """Return what is public, the city's own choice first, then the newest; `state` is a Standing or "acted-on"."""
    rows = Analysis.objects.filter(jurisdiction_id=jurisdiction_id, status=Status.SHOWN)
    if dataset:
        rows = rows.filter(dataset=dataset)
    if state:
        versions = Publication.objects.filter(jurisdiction_id=jurisdiction_id, dataset=OuterRef("dataset"))
        newest = Subquery(versions.order_by("-version").values("version")[:1])
        rows = rows.alias(newest=Coalesce(newest, F("version"))).filter(_IN[state])
    return rows.order_by("-is_featured", "-shown_at", "code")
