"""What named reviewers do: look, comment, and sign. Staff sign with their account, others come by a secret link."""

from dataclasses import dataclass
from datetime import datetime

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput, NotFound, Several
from ombud.kernel.texts import cleaned
from ombud.opendata.analyses import answering, links, recording
from ombud.opendata.analyses.models import Analysis, AnalysisReviewer, AnalysisSignature
from ombud.opendata.rules.analysis_states import Kind, Status
from ombud.opendata.rules.claims import Verdict
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.service_requests.timeline import Actor

OPINIONS = ("reproduces", "does_not", "doubts", "comment")
WORDS_AT_MOST, INTEREST_AT_MOST = 2000, 300
NEEDS_OPINION = N_("Choose what you found.")
NEEDS_WORDS = N_("Say what you have doubts about, or what you want to add.")
NEEDS_CONSENT = N_("We can show this only under your name. Tick that you agree.")
NEEDS_INTEREST = N_("Say whether anything ties you to the author or the city; write “none” where nothing does.")
TOO_LONG = N_("Use %(most)s characters at most.")
NOT_OPEN = N_("This analysis cannot be reviewed any more.")


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer says. `agreed` is that it is shown with their name."""

    opinion: str
    words: str
    interest: str
    agreed: bool


def reviewer(jurisdiction_id: str, token: str) -> tuple[AnalysisReviewer, Analysis]:
    """Return whose link it is, and what they were asked to look at. Raises NotFound."""
    reviewer_id = links.reviewer(jurisdiction_id, token)
    rows = AnalysisReviewer.objects.select_related("analysis").filter(jurisdiction_id=jurisdiction_id, gone_at=None)
    row = rows.filter(pk=reviewer_id).first()
    if row is None or row.analysis.status not in (Status.WAITING, Status.SHOWN):
        raise NotFound(links.NOT_OURS)
    return row, row.analysis


def sign_as_invited(*, city: City, token: str, review: Review, at: datetime) -> None:
    """Sign as somebody from outside. Raises NotFound, Several."""
    who, analysis = reviewer(city.id, token)
    row = AnalysisSignature(reviewer=who, name=who.name, affiliation=who.affiliation)
    _sign(city, analysis.pk, row, review, at)


def sign_as_staff(*, city: City, analysis_id: int, review: Review, actor: Actor, at: datetime) -> None:
    """Sign as somebody who works for the city. Raises NotAllowed, Several."""
    actor.require(Verb.REVIEW, agency="")
    account = people.account(actor.account_id or 0)
    if account is None:
        raise NotFound(recording.NO_SUCH)
    row = AnalysisSignature(account_id=account.pk, name=account.name, affiliation=city.name)
    _sign(city, analysis_id, row, review, at)


def _sign(city: City, analysis_id: int, row: AnalysisSignature, review: Review, at: datetime) -> None:
    words, interest = cleaned(review.words, lines=True), cleaned(review.interest)
    problems = [
        *([BadInput(NEEDS_OPINION, field="opinion")] if review.opinion not in OPINIONS else []),
        *([BadInput(NEEDS_WORDS, field="words")] if review.opinion in ("doubts", "comment") and not words else []),
        *([BadInput(NEEDS_INTEREST, field="interest")] if not interest else []),
        *([BadInput(NEEDS_CONSENT, field="agreed")] if not review.agreed else []),
    ]
    for field, said, most in (("words", words, WORDS_AT_MOST), ("interest", interest, INTEREST_AT_MOST)):
        if len(said) > most:
            problems.append(BadInput(TOO_LONG, field=field, most=f"{most:,}"))
    if problems:
        raise Several(problems)
    with recording.held(city.id, analysis_id) as analysis:
        if analysis.status not in (Status.WAITING, Status.SHOWN):
            raise BadInput(NOT_OPEN)
        newest = answering.snapshot(city, analysis.dataset)
        row.jurisdiction_id, row.analysis, row.at = city.id, analysis, at
        row.opinion, row.words, row.interest, row.version = review.opinion, words, interest, newest.version
        row.save()
        recording.note(analysis, "signed", at=at, account_id=row.account_id, said=row.name)
        found = {"reproduces": Verdict.REPRODUCES, "does_not": Verdict.DIFFERS}.get(review.opinion)
        # Nobody but people can tell how a notebook stands.
        if analysis.kind == Kind.NOTEBOOK and found:
            recording.keep_run(
                analysis, found, version=newest.version, sha256=newest.sha256, at=at, by=row.name, said=""
            )
