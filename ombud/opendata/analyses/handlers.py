"""What is done with analyses by jobs: looking again after publications, and letters to authors and reviewers."""

import logging

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.opendata.analyses import checking, links, submitting
from ombud.opendata.analyses.models import Analysis, AnalysisReviewer
from ombud.opendata.rules.analysis_states import Status
from ombud.plumbing import walls

log = logging.getLogger(__name__)


def queue_due_all() -> dict[str, list[str]]:
    """Put in line in each city what has to be looked at again; return their codes."""
    queued = {}
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            queued[row.id] = checking.queue_due(catalog.city(row.id), now=clock.now())
    return queued


def forget_all() -> None:
    """Forget in each city what nobody confirmed; nightly."""
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            submitting.forget_unconfirmed(row.id, now=clock.now())


def check(analysis_id: int) -> None:
    """Run an analysis on the newest version, unless that was done."""
    checking.check(catalog.city(walls.current()), analysis_id)


def write_to_author(analysis_id: int) -> None:
    """Write to an author how their analysis stands; nothing where that was written, or they have withdrawn it."""
    with transaction.atomic():
        row = Analysis.objects.select_for_update().filter(pk=analysis_id).first()
        if row is None or not row.email or row.status in (Status.WAITING, Status.WITHDRAWN):
            return
        stands = f"{row.status} {row.verdict if row.status == Status.SHOWN else ''}".strip()
        if row.told == stands:
            return
        link = links.address(row.jurisdiction_id, f"mine/{links.of_author(row.jurisdiction_id, row.pk)}/")
        public = links.address(row.jurisdiction_id, f"{row.code}/")
        _send(
            "analyses/to_author.txt",
            row.email,
            row.language,
            row.jurisdiction_id,
            {"analysis": row, "link": link, "public": public},
        )
        Analysis.objects.filter(pk=row.pk).update(told=stands)


def write_to_reviewer(reviewer_id: int) -> None:
    """Write to a reviewer whom the desk asked, once."""
    with transaction.atomic():
        row = AnalysisReviewer.objects.select_for_update().filter(pk=reviewer_id, told_at=None, gone_at=None).first()
        if row is None:
            return
        link = links.address(row.jurisdiction_id, f"review/{links.of_reviewer(row.jurisdiction_id, row.pk)}/")
        told = {"analysis": row.analysis, "reviewer": row, "link": link}
        _send("analyses/to_reviewer.txt", row.email, row.language, row.jurisdiction_id, told)
        AnalysisReviewer.objects.filter(pk=row.pk).update(told_at=clock.now())


def _send(letter: str, to: str, language: str, jurisdiction_id: str, told: dict[str, object]) -> None:
    with translation.override(language):
        city = catalog.city(jurisdiction_id)
        words = render_to_string(letter, {**told, "city": city})
    subject, _, body = words.strip().partition("\n")
    headers = {"Auto-Submitted": "auto-generated"}
    EmailMessage(subject=subject.strip(), body=body.strip() + "\n", to=[to], headers=headers).send()
