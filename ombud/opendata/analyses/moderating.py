"""What the desk does: let an analysis through or refuse it, take it down, ask reviewers, and say what was changed."""

from collections.abc import Sequence
from datetime import date, datetime

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput, NotFound, Several
from ombud.kernel.texts import cleaned
from ombud.opendata.analyses import recording
from ombud.opendata.analyses.models import Analysis, AnalysisReviewer, AnalysisSignature
from ombud.opendata.rules import contributions
from ombud.opendata.rules.analysis_states import Status
from ombud.people.commands import read_contact
from ombud.people.rules.permissions import Verb
from ombud.plumbing import jobs
from ombud.service_requests.timeline import Actor

WHY_AT_MOST, WHAT_AT_MOST, LINKS_AT_MOST = 300, 1000, 10
WRITE_TO_REVIEWER = "ombud.opendata.analyses.handlers.write_to_reviewer"
NEEDS_REASON = N_("Say why, in a sentence: others read it.")
NEEDED = N_("This is needed.")
ONLY_SHOWN = N_("Only what is public can be answered for.")
NOT_YET = N_("The day has not come yet.")
TOO_MANY = N_("Write %(most)s at most, one a line.")
TOO_LONG = N_("Use %(most)s characters at most.")
NO_AGENCY = N_("Choose an agency of the list.")


def let_through(*, jurisdiction_id: str, analysis_id: int, featured: bool, actor: Actor, at: datetime) -> None:
    """Show an analysis to everybody, with the city's own choice of it first or without. Raises NotAllowed, BadInput."""
    actor.require(Verb.PUBLISH, agency="")
    with recording.held(jurisdiction_id, analysis_id) as row:
        row.shown_at, row.is_featured, row.queued_at = row.shown_at or at, featured, None
        recording.move(row, Status.SHOWN, at=at, kind="let_through", account_id=actor.account_id)


def refuse(*, jurisdiction_id: str, analysis_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Refuse an analysis; its author reads why. Raises NotAllowed, BadInput."""
    _end(jurisdiction_id, analysis_id, Status.REFUSED, reason, actor, at)


def take_down(*, jurisdiction_id: str, analysis_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Take down what was public; its address says why. Raises NotAllowed, BadInput."""
    _end(jurisdiction_id, analysis_id, Status.TAKEN_DOWN, reason, actor, at)


def _end(jurisdiction_id: str, analysis_id: int, to: Status, reason: str, actor: Actor, at: datetime) -> None:
    actor.require(Verb.PUBLISH, agency="")
    said = _reason(reason)
    with recording.held(jurisdiction_id, analysis_id) as row:
        row.is_featured = False
        recording.move(row, to, at=at, kind=to.value, account_id=actor.account_id, because=said)


def feature(*, jurisdiction_id: str, analysis_id: int, featured: bool, actor: Actor, at: datetime) -> None:
    """Put an analysis first among others, or back among them. Raises NotAllowed, BadInput."""
    actor.require(Verb.PUBLISH, agency="")
    with recording.held(jurisdiction_id, analysis_id) as row:
        if row.status != Status.SHOWN:
            raise BadInput(recording.NOT_NOW)
        Analysis.objects.filter(pk=row.pk).update(is_featured=featured)
        kind = "featured" if featured else "unfeatured"
        recording.note(row, kind, at=at, account_id=actor.account_id)


def look_again(*, jurisdiction_id: str, analysis_id: int, actor: Actor, at: datetime) -> None:
    """Have a query looked at again within a minute, however short ago the last time was. Raises NotAllowed."""
    actor.require(Verb.PUBLISH, agency="")
    with recording.held(jurisdiction_id, analysis_id) as row:
        Analysis.objects.filter(pk=row.pk).update(queued_at=None)
        recording.note(row, "look_again", at=at, account_id=actor.account_id)


def invite(
    *, jurisdiction_id: str, analysis_id: int, name: str, affiliation: str, email: str, language: str,
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    """Ask somebody from outside to look at an analysis: they get a secret link by mail. Raises NotAllowed, Several."""
    actor.require(Verb.PUBLISH, agency="")
    contact, problems = read_contact(name=name, email=email, phone="", language=language, region="US")
    problems += [
        BadInput(NEEDED, field=field)
        for field in ("name", "email")
        if not {"name": name, "email": email}[field].strip()
    ]
    if len(cleaned(affiliation)) > 120:
        problems.append(BadInput(TOO_LONG, field="affiliation", most=120))
    if problems:
        raise Several(problems)
    with recording.held(jurisdiction_id, analysis_id) as row:
        if row.status not in (Status.WAITING, Status.SHOWN):
            raise BadInput(recording.NOT_NOW)
        asked = AnalysisReviewer.objects.create(
            jurisdiction_id=jurisdiction_id, analysis=row, name=contact.name, affiliation=cleaned(affiliation),
            email=contact.email, language=language, asked_at=at, asked_by=actor.account_id,
        )  # fmt: skip
        recording.note(row, "invited", at=at, account_id=actor.account_id, said=contact.name)
        jobs.defer(WRITE_TO_REVIEWER, city=jurisdiction_id, subject_id=asked.pk)


def uninvite(*, jurisdiction_id: str, analysis_id: int, reviewer_id: int, actor: Actor, at: datetime) -> None:
    """Make a reviewer's link do nothing; what they signed stays. Raises NotAllowed."""
    actor.require(Verb.PUBLISH, agency="")
    with recording.held(jurisdiction_id, analysis_id) as row:
        rows = AnalysisReviewer.objects.filter(analysis=row, pk=reviewer_id, gone_at=None)
        found = rows.first()
        if found is None:
            raise NotFound(recording.NO_SUCH)
        rows.update(gone_at=at)
        recording.note(row, "uninvited", at=at, account_id=actor.account_id, said=found.name)


def hide_signature(
    *, jurisdiction_id: str, analysis_id: int, signature_id: int, reason: str, actor: Actor, at: datetime
) -> None:
    """Hide what a reviewer wrote, with a reason that stands in its place. Raises NotAllowed, BadInput."""
    actor.require(Verb.PUBLISH, agency="")
    said = _reason(reason)
    with recording.held(jurisdiction_id, analysis_id) as row:
        if not AnalysisSignature.objects.filter(analysis=row, pk=signature_id).update(hidden_because=said):
            raise NotFound(recording.NO_SUCH)
        recording.note(row, "signature_hidden", at=at, account_id=actor.account_id, said=said)


def act_on(
    *,
    city: City,
    analysis_id: int,
    agency: str,
    what: str,
    on: date,
    requests: Sequence[str],
    links: Sequence[str],
    actor: Actor,
    at: datetime,
) -> None:
    """
    Say in public what an agency changed because of an analysis, on which day. It stays as it is said.

    `requests` are public numbers, `links` addresses of the web. Raises NotAllowed, Several.
    """
    actor.require(Verb.ACT_ON, agency=agency)
    problems: list[BadInput] = []
    said = cleaned(what, lines=True)
    if not said:
        problems.append(BadInput(NEEDED, field="what"))
    if len(said) > WHAT_AT_MOST:
        problems.append(BadInput(TOO_LONG, field="what", most=WHAT_AT_MOST))
    if agency not in {one.code for one in city.agencies()}:
        problems.append(BadInput(NO_AGENCY, field="agency"))
    if on > at.astimezone(city.zone).date():
        problems.append(BadInput(NOT_YET, field="on"))
    numbers = [cleaned(one).upper()[:40] for one in requests if cleaned(one)]
    whole = []
    try:
        whole = [contributions.read_link(one, field="links") for one in links if cleaned(one)]
    except BadInput as refused:
        problems.append(refused)
    problems += [
        BadInput(TOO_MANY, field=field, most=LINKS_AT_MOST)
        for field, given in (("requests", numbers), ("links", whole))
        if len(given) > LINKS_AT_MOST
    ]
    if problems:
        raise Several(problems)
    with recording.held(city.id, analysis_id) as row:
        if row.status != Status.SHOWN:
            raise BadInput(ONLY_SHOWN)
        content = {"agency": agency, "on": on.isoformat(), "requests": numbers, "links": whole}
        recording.note(row, "acted_on", at=at, account_id=actor.account_id, said=said, content=content)
        Analysis.objects.filter(pk=row.pk).update(is_acted_on=True)


def _reason(given: str) -> str:
    said = cleaned(given)
    if not said:
        raise BadInput(NEEDS_REASON, field="reason")
    if len(said) > WHY_AT_MOST:
        raise BadInput(TOO_LONG, field="reason", most=WHY_AT_MOST)
    return said
