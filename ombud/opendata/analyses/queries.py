"""
Analyses, for those who read them. What the public is given has no field for a mail address.

A page of one city names that city in each call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from ombud.kernel.errors import N_, NotFound
from ombud.opendata.analyses import links, narrowing
from ombud.opendata.analyses.models import Analysis, AnalysisEvent, AnalysisNotebook, AnalysisReviewer
from ombud.opendata.models import Publication
from ombud.opendata.rules import notebooks
from ombud.opendata.rules.analysis_states import Kind, Standing, Status, standing
from ombud.opendata.rules.claims import Answer, Difference, How, Terms, Verdict
from ombud.people import queries as people

NO_SUCH = N_("There is no analysis “%(code)s” here.")
LISTED_AT_MOST = 1_000
RUNS_SHOWN = 50


class Gone(NotFound):
    """What was public and is not any more; `status` says who took it away, `because` why the city did."""

    def __init__(self, status: Status, because: str, at: datetime) -> None:
        self.status, self.because, self.at = status, because, at
        super().__init__(
            N_("The city has taken this analysis down: %(reason)s")
            if because
            else N_("Its author has withdrawn this."),
            **({"reason": because} if because else {}),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One time that somebody looked again. `count` is how many differences there are, the first of them are named."""

    version: int
    at: datetime
    verdict: Verdict
    answer: Answer | None
    differences: tuple[Difference, ...]
    count: int
    said: str
    seconds: float
    by: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What a named reviewer says, of which version; with `hidden_because` the city hid their words."""

    id: int
    name: str
    affiliation: str
    opinion: str
    words: str
    interest: str
    version: int
    at: datetime
    hidden_because: str
    is_staff: bool


@dataclass(frozen=True, slots=True)
class Acted:
    """What an agency, by its code, changed because of an analysis."""

    agency: str
    what: str
    on: date
    requests: tuple[str, ...]
    links: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Notebook:
    """Where a notebook lies; with `name` its file is kept here."""

    link: str
    hash: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Told:
    """An analysis as everybody may see it."""

    id: int
    code: str
    kind: Kind
    dataset: str
    title: str
    claim: str
    language: str
    version: int
    version_at: datetime
    sha256: str
    soql: str
    address: str
    terms: Terms | None
    answer: Answer | None
    notebook: Notebook | None
    author: str
    affiliation: str
    link: str
    orcid: str
    status: Status
    asked_at: datetime
    shown_at: datetime | None
    is_featured: bool
    is_acted_on: bool
    standing: Standing
    verdict: Verdict | None
    checked_version: int
    checked_at: datetime | None
    newest_version: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """An analysis as the desk and its author see it."""

    told: Told
    email: str
    because: str
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log of an analysis."""

    kind: str
    at: datetime
    who: str
    said: str


def listed(
    jurisdiction_id: str, *, dataset: str = "", state: str = "", start: int = 0, most: int = LISTED_AT_MOST
) -> list[Told]:
    """Return what is public, in the order of `narrowing.public`: `most` from the place `start` on."""
    rows = narrowing.public(jurisdiction_id, dataset=dataset, state=state)
    newest = _newest(jurisdiction_id)
    return [_told(row, newest) for row in rows[start : start + most]]


def count_of(jurisdiction_id: str, dataset: str = "", *, state: str = "") -> int:
    """Return how many public analyses there are, rest on a data set, or are in a state."""
    return narrowing.public(jurisdiction_id, dataset=dataset, state=state).count()


def public(jurisdiction_id: str, code: str) -> Told:
    """Return a public analysis. Raises Gone for what was public once, NotFound for all else."""
    row = Analysis.objects.filter(jurisdiction_id=jurisdiction_id, code=code).first()
    if row is None or row.shown_at is None:
        raise NotFound(NO_SUCH, code=code[:20])
    if row.status != Status.SHOWN:
        last = row.events.filter(kind=row.status).order_by("-pk").first()
        raise Gone(Status(row.status), row.because, last.at if last else row.asked_at)
    return _told(row, _newest(jurisdiction_id))


def by_id(jurisdiction_id: str, analysis_id: int) -> Waiting:
    """Return an analysis wherever it stands, for its author and the desk. Raises NotFound."""
    row = Analysis.objects.filter(jurisdiction_id=jurisdiction_id, pk=analysis_id).first()
    if row is None:
        raise NotFound(links.NOT_OURS)
    return _waiting(row, _newest(jurisdiction_id))


def by_code(jurisdiction_id: str, code: str) -> Waiting:
    """Return an analysis that its author confirmed, for the desk. Raises NotFound."""
    rows = Analysis.objects.filter(jurisdiction_id=jurisdiction_id, code=code, confirmed_at__isnull=False)
    row = rows.first()
    if row is None:
        raise NotFound(NO_SUCH, code=code[:20])
    return _waiting(row, _newest(jurisdiction_id))


def all_of(jurisdiction_id: str) -> list[Waiting]:
    """Return all that was confirmed, what waits for the city first, then the newest."""
    rows = Analysis.objects.filter(jurisdiction_id=jurisdiction_id, confirmed_at__isnull=False)
    newest = _newest(jurisdiction_id)
    found = [_waiting(row, newest) for row in rows.order_by("-confirmed_at", "code")[:LISTED_AT_MOST]]
    return sorted(found, key=lambda one: one.told.status is not Status.WAITING)


def pinned(jurisdiction_id: str, dataset: str) -> set[int]:
    """Return the versions of a data set that analyses rest on: whoever reads one can look for themselves."""
    ended = (Status.REFUSED, Status.TAKEN_DOWN, Status.WITHDRAWN)
    rows = Analysis.objects.filter(jurisdiction_id=jurisdiction_id, dataset=dataset).exclude(status__in=ended)
    return set(rows.values_list("version", flat=True))


def waiting(jurisdiction_id: str) -> int:
    """Return how many wait for the city's word."""
    return Analysis.objects.filter(jurisdiction_id=jurisdiction_id, status=Status.WAITING).count()


def runs(analysis: Told) -> list[Run]:
    """Return the last times that somebody looked, newest first."""
    rows = Analysis.objects.get(pk=analysis.id).runs.order_by("-at", "-pk")[:RUNS_SHOWN]
    return [
        Run(
            row.version, row.at, Verdict(row.verdict), Answer.of_data(row.answer) if row.answer else None,
            tuple(Difference(**one) for one in row.differences if "key" in one),
            next((one["count"] for one in row.differences if "count" in one), 0),
            row.said, row.seconds, row.by,
        )
        for row in rows
    ]  # fmt: skip


def signatures(analysis: Told) -> list[Signature]:
    """Return what reviewers signed, newest first."""
    rows = Analysis.objects.get(pk=analysis.id).signatures.order_by("-at", "-pk")
    return [
        Signature(
            row.pk, row.name, row.affiliation, row.opinion, row.words, row.interest, row.version, row.at,
            row.hidden_because, row.account_id is not None,
        )
        for row in rows
    ]  # fmt: skip


def actions(analysis: Told) -> list[Acted]:
    """Return what agencies changed, newest first."""
    rows = AnalysisEvent.objects.filter(analysis_id=analysis.id, kind="acted_on").order_by("-at", "-pk")
    return [
        Acted(
            row.content["agency"], row.said, date.fromisoformat(row.content["on"]), tuple(row.content["requests"]),
            tuple(row.content["links"]), row.at,
        )
        for row in rows
    ]  # fmt: skip


def log(analysis: Told) -> list[Entry]:
    """Return all that was done with an analysis, newest first, for the desk."""
    rows = list(AnalysisEvent.objects.filter(analysis_id=analysis.id).order_by("-at", "-pk"))
    names = people.names_of(row.account_id for row in rows)
    return [Entry(row.kind, row.at, names.get(row.account_id or 0, ""), row.said) for row in rows]


def reviewers(analysis: Told) -> Sequence[AnalysisReviewer]:
    """Return whom the desk asked, for the desk."""
    return list(AnalysisReviewer.objects.filter(analysis_id=analysis.id).order_by("pk"))


def file_of(analysis: Told) -> tuple[str, bytes]:
    """Return name and bytes of the notebook that was sent. Raises NotFound."""
    row = AnalysisNotebook.objects.filter(analysis_id=analysis.id).first()
    if row is None:
        raise NotFound(NO_SUCH, code=analysis.code)
    return row.name, bytes(row.data)


def cells_of(analysis: Told) -> list[notebooks.Cell]:
    """Return the cells of the notebook that was sent, as texts. Raises NotFound."""
    return notebooks.cells_of(file_of(analysis)[1])


def _newest(jurisdiction_id: str) -> Mapping[str, int]:
    """Return the number of the newest version of each data set."""
    rows = Publication.objects.filter(jurisdiction_id=jurisdiction_id).values_list("dataset")
    return dict(rows.annotate(Max("version")))


def _waiting(row: Analysis, newest: Mapping[str, int]) -> Waiting:
    return Waiting(_told(row, newest), row.email, row.because, row.confirmed_at)


def _told(row: Analysis, newest: Mapping[str, int]) -> Told:
    verdict = Verdict(row.verdict) if row.verdict else None
    latest = newest.get(row.dataset, row.version)
    kind = Kind(row.kind)
    stands = standing(kind, verdict, checked_version=row.checked_version, newest_version=latest)
    own: dict[str, Any] = {"terms": None, "answer": None, "notebook": None}
    if kind is Kind.QUERY:
        own["terms"] = Terms(How(row.how), row.amount, row.column)
        own["answer"] = Answer.of_data(row.answer or {})
    else:
        file = AnalysisNotebook.objects.filter(analysis_id=row.pk).only("name", "sha256").first()
        own["notebook"] = Notebook(
            row.notebook_link, row.notebook_hash, file.name if file else "", file.sha256 if file else ""
        )
    return Told(
        id=row.pk, code=row.code, kind=kind, dataset=row.dataset, title=row.title, claim=row.claim,
        language=row.language, version=row.version, version_at=row.version_at, sha256=row.sha256, soql=row.soql,
        address=row.address, author=row.author, affiliation=row.affiliation, link=row.link, orcid=row.orcid,
        status=Status(row.status), asked_at=row.asked_at, shown_at=row.shown_at, is_featured=row.is_featured,
        is_acted_on=row.is_acted_on, standing=stands, verdict=verdict, checked_version=row.checked_version,
        checked_at=row.checked_at, newest_version=latest, **own,
    )  # fmt: skip
