"""Writing down what is done with an analysis: its moves, its runs, who is written to; for the commands beside it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.opendata.analyses.models import Analysis, AnalysisEvent, AnalysisRun
from ombud.opendata.rules.analysis_states import MOVES, Status
from ombud.opendata.rules.claims import Verdict
from ombud.plumbing import jobs

NO_SUCH = N_("There is no such analysis here.")
NOT_NOW = N_("Somebody was quicker: this cannot be done with the analysis any more. Look at it again.")
WRITE_TO_AUTHOR = "ombud.opendata.analyses.handlers.write_to_author"


@contextmanager
def held(jurisdiction_id: str, analysis_id: int) -> Iterator[Analysis]:
    """Hold an analysis until what is done with it is written down, all in one transaction. Raises NotFound."""
    with transaction.atomic():
        rows = Analysis.objects.select_for_update().filter(jurisdiction_id=jurisdiction_id, pk=analysis_id)
        row = rows.first()
        if row is None:
            raise NotFound(NO_SUCH)
        yield row


def move(
    row: Analysis, to: Status, *, at: datetime, kind: str, account_id: int | None = None, because: str = ""
) -> None:
    """Move an analysis on, and write to its author what they did not do themselves. Raises BadInput."""
    if to not in MOVES[Status(row.status)]:
        raise BadInput(NOT_NOW)
    row.status, row.because = to, because
    row.save()
    note(row, kind, at=at, account_id=account_id, said=because)
    if to in (Status.SHOWN, Status.REFUSED, Status.TAKEN_DOWN):
        write_to_author(row)


def note(
    row: Analysis,
    kind: str,
    *,
    at: datetime,
    account_id: int | None = None,
    said: str = "",
    content: Mapping[str, Any] | None = None,
) -> None:
    """Write down what was done, for good."""
    AnalysisEvent.objects.create(
        jurisdiction_id=row.jurisdiction_id, analysis=row, kind=kind, at=at, account_id=account_id, said=said,
        content=content or {},
    )  # fmt: skip


def keep_run(
    row: Analysis, verdict: Verdict, *, version: int, sha256: str, at: datetime, by: str = "", **found: Any
) -> None:
    """Keep that somebody looked again; the newest such word is how the analysis stands."""
    AnalysisRun.objects.create(
        jurisdiction_id=row.jurisdiction_id, analysis=row, version=version, sha256=sha256, at=at, verdict=verdict,
        by=by, **found,
    )  # fmt: skip
    row.verdict, row.checked_version, row.checked_sha256, row.checked_at = verdict, version, sha256, at
    row.save(update_fields=["verdict", "checked_version", "checked_sha256", "checked_at"])


def write_to_author(row: Analysis) -> None:
    """Write to the author how it stands now, by a job of its own."""
    jobs.defer(WRITE_TO_AUTHOR, city=row.jurisdiction_id, subject_id=row.pk, lock=f"analysis-letter {row.pk}")
