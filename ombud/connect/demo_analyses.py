"""The demo's outside analyses: sent, confirmed and let through by the commands that people use."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ombud.catalog.city import City
from ombud.kernel.errors import OmbudError
from ombud.opendata.analyses import moderating, queries, reviewing, submitting
from ombud.opendata.analyses.reviewing import Review
from ombud.opendata.analyses.submitting import Author, Claim, RestsOnQuery
from ombud.opendata.lake import versions
from ombud.opendata.rules.claims import How, Terms
from ombud.service_requests.timeline import Actor


def tell(city: City, entries: Sequence[Mapping[str, Any]], *, actor: Actor, now: datetime) -> Iterator[str]:
    """Send what is told and is not there yet, saying each in a few words; what the record does not bear out is left."""
    there = {one.told.title for one in queries.all_of(city.id)}
    for entry in entries:
        newest = versions.newest(city.id, entry["dataset"])
        if entry["title"] in there or newest is None:
            continue
        try:
            _tell_one(city, entry, newest.version, actor=actor, now=now)
        except OmbudError as refused:
            yield f"{city.id}: “{entry['title']}” is left out: {refused}"
        else:
            yield f"{city.id}: an analysis, “{entry['title']}”"


def _tell_one(city: City, entry: Mapping[str, Any], version: int, *, actor: Actor, now: datetime) -> None:
    terms = Terms(How(entry["how"]), entry.get("amount"))
    claim = Claim(entry["dataset"], entry["title"], entry["claim"], RestsOnQuery(entry["soql"], terms, version))
    author = Author(entry["author"], entry["email"], entry["affiliation"], agreed=True)
    analysis_id = submitting.submit(city=city, claim=claim, author=author, at=now)
    submitting.confirm(jurisdiction_id=city.id, analysis_id=analysis_id, at=now)
    moderating.let_through(jurisdiction_id=city.id, analysis_id=analysis_id, featured=False, actor=actor, at=now)
    if told := entry.get("review"):
        review = Review(told["opinion"], told["words"], told["interest"], agreed=True)
        reviewing.sign_as_staff(city=city, analysis_id=analysis_id, review=review, actor=actor, at=now)
