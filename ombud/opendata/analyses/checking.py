"""Looking again: which analyses are due, and running one on the newest version."""

import time
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import BadInput, NotFound
from ombud.opendata.analyses import answering, recording
from ombud.opendata.analyses.models import Analysis
from ombud.opendata.engines.budget import TookTooLong
from ombud.opendata.lake import versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.analysis_states import EVERY, Kind, Status, is_due
from ombud.opendata.rules.claims import Answer, Difference, How, Outcome, Terms, Verdict, judged
from ombud.opendata.soql.faults import SoqlError
from ombud.plumbing import jobs

CHECK = "ombud.opendata.analyses.handlers.check"


def queue_due(city: City, *, now: datetime) -> list[str]:
    """Put in line what rests on a version that is not the newest any more, an hour after the last time at least."""
    rows = Analysis.objects.filter(jurisdiction_id=city.id, status=Status.SHOWN, kind=Kind.QUERY)
    newest: dict[str, str] = {}
    queued = []
    for row in rows.filter(Q(queued_at=None) | Q(queued_at__lte=now - EVERY)).order_by("pk"):
        if row.dataset not in newest:
            latest = versions.newest(city.id, row.dataset)
            newest[row.dataset] = latest.sha256 if latest else ""
        due = is_due(checked=row.checked_sha256, newest=newest[row.dataset], asked_for_at=row.queued_at, now=now)
        if due and _queue(row, now):
            queued.append(row.code)
    return queued


@transaction.atomic
def _queue(row: Analysis, now: datetime) -> bool:
    """Put one in line, unless another process has done so meanwhile."""
    mine = Analysis.objects.filter(pk=row.pk, queued_at=row.queued_at).update(queued_at=now)
    if mine:
        jobs.defer(CHECK, city=row.jurisdiction_id, subject_id=row.pk, lock=f"analysis {row.pk}")
    return bool(mine)


def check(city: City, analysis_id: int) -> None:
    """
    Run the query of an analysis on the newest version, and keep what came of it; once for each version.

    Nothing is held while it runs. Raises Busy where many others ask just now: the job is tried again later.
    """
    row = Analysis.objects.filter(jurisdiction_id=city.id, pk=analysis_id, kind=Kind.QUERY).first()
    if row is None or row.status != Status.SHOWN:
        return
    try:
        newest = answering.snapshot(city, row.dataset)
    except NotFound:  # the data set is gone, or was never there
        latest = versions.newest(city.id, row.dataset)
        _keep(row, Outcome(Verdict.FAILED), None, sha256=latest.sha256 if latest else "", said="", seconds=0)
        return
    if newest.sha256 != row.checked_sha256:
        _run(row, newest)


def _run(row: Analysis, newest: Snapshot) -> None:
    began, said = time.monotonic(), ""
    answer: Answer | None = None
    try:
        answer = answering.answered(newest, row.soql)
        outcome = judged(terms_of(row), Answer.of_data(row.answer or {}), answer)
    except (SoqlError, TookTooLong, BadInput) as refused:
        outcome, said = Outcome(Verdict.FAILED), refused.message
    _keep(row, outcome, answer, version=newest, sha256=newest.sha256, said=said, seconds=time.monotonic() - began)


def _keep(
    row: Analysis,
    outcome: Outcome,
    answer: Answer | None,
    *,
    sha256: str,
    said: str,
    seconds: float,
    version: Snapshot | None = None,
) -> None:
    before = row.verdict
    try:
        with recording.held(row.jurisdiction_id, row.pk) as mine:
            recording.keep_run(
                mine,
                outcome.verdict,
                version=version.version if version else mine.checked_version,
                sha256=sha256,
                at=clock.now(),
                answer=answer.as_data() if answer else None,
                differences=[_as_data(one) for one in outcome.differences] + [{"count": outcome.count}],
                said=said[:600],
                seconds=round(seconds, 3),
            )
            if outcome.verdict is not Verdict.REPRODUCES and before == Verdict.REPRODUCES:
                recording.write_to_author(mine)
    except IntegrityError:
        return  # the same job, run twice at once: the other was quicker


def terms_of(row: Analysis) -> Terms:
    """Return what has to stay so."""
    return Terms(How(row.how), row.amount, row.column)


def _as_data(one: Difference) -> dict[str, object]:
    told: dict[str, object] = {"key": one.key, "column": one.column, "was": one.was, "now": one.now}
    return told | {"gone": one.gone, "came": one.came}
