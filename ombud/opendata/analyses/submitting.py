"""What an author does: send an analysis, confirm it from their mail, say of a notebook how it stands, withdraw it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from string import ascii_lowercase, digits

from django.db import transaction
from django.db.models import QuerySet

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput, NotFound, Several
from ombud.kernel.texts import cleaned
from ombud.opendata.analyses import answering, links, recording
from ombud.opendata.analyses.models import Analysis, AnalysisNotebook, AnalysisRun
from ombud.opendata.engines.budget import Busy, TookTooLong
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules import claims, contributions, notebooks
from ombud.opendata.rules.analysis_states import CONFIRM_WITHIN, Kind, Status
from ombud.opendata.rules.claims import Answer, Terms, Verdict
from ombud.opendata.soql.faults import SoqlError
from ombud.people.commands import read_contact

TITLE_AT_MOST, CLAIM_AT_MOST, NAME_AT_MOST, WORDS_AT_MOST = 120, 600, 120, 600
SOQL_AT_MOST = 10_000
WAITING_AT_MOST = 5
NEEDED = N_("This is needed.")
TOO_LONG = N_("Use %(most)s characters at most.")
NEEDS_MAIL = N_("Write your e-mail address; the analysis is confirmed from there. It is never shown.")
CONFIRM_FIRST = N_("Confirm the analyses you have sent first; look into your mail.")
NEEDS_CONSENT = N_("We can show it only if others may use it. Tick that you agree.")
NEEDS_NOTEBOOK = N_("Write the address of the notebook, or choose its file.")
RUN_OUT = N_("This link has run out. Send the analysis again.")
TWICE = N_("This is confirmed already.")
ONLY_NOTEBOOKS = N_("We look again at a query ourselves.")
_SIGNS = digits + ascii_lowercase


@dataclass(frozen=True, slots=True)
class Author:
    """Who sends an analysis, as they want to be named; the mail address is never shown."""

    name: str
    email: str
    affiliation: str = ""
    link: str = ""
    orcid: str = ""
    language: str = "en"
    # That it is their own work, and that everybody may use it with their name.
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class RestsOnQuery:
    """The query that a claim rests on, and what has to stay so; `version` is the one that it was looked at on."""

    soql: str
    terms: Terms
    version: int
    # The same as parameters of the explorer, where it came from there.
    address: str = ""


@dataclass(frozen=True, slots=True)
class RestsOnNotebook:
    """Where a notebook lies, and the token of its file where that was sent."""

    link: str = ""
    hash: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says of a data set, by its code."""

    dataset: str
    title: str
    words: str
    rests_on: RestsOnQuery | RestsOnNotebook


def looked(city: City, dataset: str, soql: str, *, version: int | None = None) -> tuple[Snapshot, Answer]:
    """Return what a version says to the query of a claim, to be shown before it is sent. Raises OmbudError."""
    if len(soql) > SOQL_AT_MOST:
        raise BadInput(TOO_LONG, field="soql", most=f"{SOQL_AT_MOST:,}")
    at = answering.snapshot(city, dataset, version=version)
    return at, answering.answered(at, soql)


def keep_notebook(*, jurisdiction_id: str, name: str, data: bytes, at: datetime) -> str:
    """Keep the file of a notebook and return its token. Raises BadInput where it is none, or too large."""
    notebooks.cells_of(data)
    row = AnalysisNotebook.objects.create(
        jurisdiction_id=jurisdiction_id,
        name=cleaned(name)[-NAME_AT_MOST:],
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        kept_at=at,
    )
    return links.of_kept(jurisdiction_id, row.pk)


def kept_name(jurisdiction_id: str, token: str) -> str:
    """Return the name of a file that is kept, or nothing where there is none under the token."""
    try:
        found = _kept(jurisdiction_id, token).first()
    except NotFound:
        return ""
    return found.name if found else ""


def submit(*, city: City, claim: Claim, author: Author, at: datetime) -> int:
    """
    Keep an analysis until its author confirms it, and return its id. Raises Several with all that is wrong.

    The result is computed here once more: what is kept is what the version says, not what a form says that it said.
    """
    problems: list[BadInput] = []
    told = _credit(author, problems) | _words(claim, problems)
    _refuse_flood(city.id, told["email"], at, problems)
    rests_on: dict[str, object] = {}
    try:
        rests_on = _rests_on(city, claim)
    except Several as several:
        problems += several.problems
    except BadInput as refused:
        problems.append(refused)
    except (SoqlError, Busy, TookTooLong) as refused:
        problems.append(BadInput(refused.msgid, field="soql", **refused.params))
    except NotFound as lost:
        problems.append(BadInput(lost.msgid, field="dataset", **lost.params))
    if problems:
        raise Several(problems)
    return _kept_as(city, claim, told | rests_on, at)


@transaction.atomic
def _kept_as(city: City, claim: Claim, told: dict[str, object], at: datetime) -> int:
    signs = "".join(secrets.choice(_SIGNS) for _ in range(8))
    row = Analysis.objects.create(
        jurisdiction_id=city.id, code=f"{signs[:4]}-{signs[4:]}", status=Status.ASKED, asked_at=at, **told
    )
    if row.answer is not None:
        recording.keep_run(row, Verdict.REPRODUCES, version=row.version, sha256=row.sha256, at=at, answer=row.answer)
    if isinstance(claim.rests_on, RestsOnNotebook) and claim.rests_on.kept:
        _kept(city.id, claim.rests_on.kept).update(analysis=row)
    recording.write_to_author(row)
    return row.pk


def _credit(author: Author, problems: list[BadInput]) -> dict[str, str]:
    contact, wrong = read_contact(name="", email=author.email, phone="", language=author.language, region="US")
    problems += wrong
    if not contact.email and not wrong:
        problems.append(BadInput(NEEDS_MAIL, field="email"))
    if not author.agreed:
        problems.append(BadInput(NEEDS_CONSENT, field="agreed"))
    told = {
        "author": _line(author.name, "author", NAME_AT_MOST, problems, needed=True),
        "affiliation": _line(author.affiliation, "affiliation", NAME_AT_MOST, problems),
        "email": contact.email,
        "language": author.language,
    }
    for field, read in (("link", contributions.read_link), ("orcid", contributions.read_orcid)):
        try:
            told[field] = read(getattr(author, field), field=field)
        except BadInput as refused:
            problems.append(refused)
    return told


def _words(claim: Claim, problems: list[BadInput]) -> dict[str, str]:
    return {
        "title": _line(claim.title, "title", TITLE_AT_MOST, problems, needed=True),
        "claim": _line(claim.words, "claim", CLAIM_AT_MOST, problems, needed=True),
        "dataset": claim.dataset,
    }


def _line(given: str, field: str, most: int, problems: list[BadInput], *, needed: bool = False) -> str:
    said = cleaned(given)
    if needed and not said:
        problems.append(BadInput(NEEDED, field=field))
    if len(said) > most:
        problems.append(BadInput(TOO_LONG, field=field, most=most))
    return said


def _refuse_flood(jurisdiction_id: str, email: str, at: datetime, problems: list[BadInput]) -> None:
    """Refuse to write to one address again and again, before whoever reads there has confirmed anything."""
    waiting = Analysis.objects.filter(
        jurisdiction_id=jurisdiction_id, email=email, status=Status.ASKED, asked_at__gt=at - CONFIRM_WITHIN
    )
    if email and waiting.count() >= WAITING_AT_MOST:
        problems.append(BadInput(CONFIRM_FIRST, field="email"))


def _rests_on(city: City, claim: Claim) -> dict[str, object]:
    rests_on = claim.rests_on
    if isinstance(rests_on, RestsOnQuery):
        at, answer = looked(city, claim.dataset, rests_on.soql, version=rests_on.version)
        claims.refuse_unfit(rests_on.terms, answer)
        own: dict[str, object] = {
            "kind": Kind.QUERY, "soql": rests_on.soql, "address": rests_on.address, "how": rests_on.terms.how,
            "amount": rests_on.terms.amount, "column": rests_on.terms.column, "answer": answer.as_data(),
        }  # fmt: skip
    else:
        at = answering.snapshot(city, claim.dataset)
        own = {
            "kind": Kind.NOTEBOOK,
            "notebook_link": contributions.read_link(rests_on.link, field="notebook_link"),
            "notebook_hash": contributions.read_hash(rests_on.hash, field="notebook_hash"),
        }
        if not own["notebook_link"] and not (rests_on.kept and _kept(city.id, rests_on.kept).exists()):
            raise BadInput(NEEDS_NOTEBOOK, field="notebook_link")
    return own | {"version": at.version, "version_at": at.at, "sha256": at.sha256}


def _kept(jurisdiction_id: str, token: str) -> QuerySet[AnalysisNotebook]:
    kept_id = links.kept(jurisdiction_id, token)
    return AnalysisNotebook.objects.filter(jurisdiction_id=jurisdiction_id, pk=kept_id, analysis=None)


def confirm(*, jurisdiction_id: str, analysis_id: int, at: datetime) -> None:
    """Say that the mail address is the author's: now the city looks at it. Raises BadInput, NotFound."""
    with recording.held(jurisdiction_id, analysis_id) as row:
        if row.status != Status.ASKED:
            raise BadInput(TWICE)
        if row.asked_at < at - CONFIRM_WITHIN:
            raise BadInput(RUN_OUT)
        row.confirmed_at = at
        recording.move(row, Status.WAITING, at=at, kind="confirmed")


def withdraw(*, jurisdiction_id: str, analysis_id: int, at: datetime) -> None:
    """Take an analysis away, by its author. Its address is forgotten; where it was public its page says so."""
    with recording.held(jurisdiction_id, analysis_id) as row:
        recording.move(row, Status.WITHDRAWN, at=at, kind="withdrawn")
        Analysis.objects.filter(pk=row.pk).update(email="", is_featured=False)


def say(*, city: City, analysis_id: int, reproduces: bool, words: str, at: datetime) -> None:
    """Say, as its author, whether a notebook still gives what it gave, of the newest version. Raises BadInput."""
    if len(cleaned(words)) > WORDS_AT_MOST:
        raise BadInput(TOO_LONG, field="words", most=WORDS_AT_MOST)
    with recording.held(city.id, analysis_id) as row:
        if row.kind != Kind.NOTEBOOK or row.status != Status.SHOWN:
            raise BadInput(ONLY_NOTEBOOKS)
        newest = answering.snapshot(city, row.dataset)
        verdict = Verdict.REPRODUCES if reproduces else Verdict.DIFFERS
        recording.keep_run(
            row, verdict, version=newest.version, sha256=newest.sha256, at=at, by=row.author, said=cleaned(words)
        )


def forget_unconfirmed(jurisdiction_id: str, *, now: datetime) -> int:
    """Forget what nobody confirmed, and files that belong to nothing; return how many."""
    old = now - CONFIRM_WITHIN
    rows = Analysis.objects.filter(jurisdiction_id=jurisdiction_id, status=Status.ASKED, asked_at__lt=old)
    AnalysisRun.objects.filter(analysis__in=rows).delete()
    files = AnalysisNotebook.objects.filter(jurisdiction_id=jurisdiction_id, analysis=None, kept_at__lt=old)
    return rows.delete()[0] + files.delete()[0]
