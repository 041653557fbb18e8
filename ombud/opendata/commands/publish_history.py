"""Publishing what follows from requests: their histories and their incidents, in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ombud.catalog.city import City
from ombud.opendata.commands.changes import changes_between, next_step
from ombud.opendata.datasets import events, incidents
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.events import event_id
from ombud.opendata.lake import projection, reading, versions, writing
from ombud.opendata.models import Publication
from ombud.opendata.rules.rule_set import RuleSet
from ombud.service_requests import publishing
from ombud.service_requests.feed import Position
from ombud.service_requests.publishing import Happened, Requested


@dataclass(frozen=True, slots=True)
class Told:
    """What was published of requests: by which rules and when, what stood there before, and what stands there now."""

    city: City
    rules: RuleSet
    at: datetime
    before: Mapping[str, Mapping[str, Any]]
    made: Sequence[Mapping[str, Any]]
    # Between these two the reader of events has read.
    since: Position
    until: Position


def events_of(told: Told, changed: Sequence[Requested]) -> list[Publication]:
    """
    Publish what has happened to requests.

    Of one that was published before, what is new; of one that was not, all of it; of one that is not any more, nothing.
    """
    published = {row["_id"] for row in told.made}
    known = {one.id for one in changed if one.number in told.before and one.number in published}
    others = {one.id for one in changed if one.number in told.before or one.number in published} - known
    fresh = publishing.events_behind(told.city.id, known, told.since, until=told.until)
    whole = publishing.events_behind(told.city.id, others, Position(), until=told.until)
    shown = [event for event in (*fresh, *whole) if event.number in published]
    rows = events.made(told.city, shown, told.rules)
    gone = {event_id(told.city.id, event.id): "hidden" for event in whole} if told.before else {}
    asked = _ids_that_may_be_there(told, whole, rows)
    return _publish(told, events.dataset(told.city), rows, asked=asked, left_out=gone)


def _ids_that_may_be_there(told: Told, whole: Sequence[Happened], rows: Sequence[Mapping[str, Any]]) -> set[str]:
    # What is behind the reader cannot have been published yet, but where all is read anew.
    again = {row["_id"] for row in rows} if told.since == Position() and told.before else set()
    return again | {event_id(told.city.id, event.id) for event in whole if event.number in told.before}


def incidents_of(told: Told) -> list[Publication]:
    """Publish the incidents that requests belong to or belonged to."""
    concerned = {row["incident_id"] for row in (*told.made, *told.before.values()) if row.get("incident_id")}
    if not concerned:
        return []
    rows = incidents.made(projection.rows_of_incidents(told.city.id, concerned))
    dissolved = dict.fromkeys(concerned - {row["_id"] for row in rows}, "merged")
    return _publish(told, incidents.dataset(told.city), rows, asked=concerned, left_out=dissolved)


def _publish(
    told: Told, dataset: DataSet, rows: Sequence[Mapping[str, Any]], *, asked: set[str], left_out: Mapping[str, str]
) -> list[Publication]:
    last = versions.newest(told.city.id, dataset.code)
    before = {}
    if last and asked:
        before = reading.rows(versions.pinned(told.city.id, dataset.code, dataset.columns), ids=asked)
    step = next_step(told.city, dataset, told.rules, at=told.at, last=last)
    made = {row["_id"] for row in rows}
    rest = {row_id: reason for row_id, reason in left_out.items() if row_id not in made}
    changes = changes_between(before, rows, rest, version=step.version, at=told.at)
    return [writing.write(step, changes)] if changes else []
