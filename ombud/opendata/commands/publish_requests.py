"""
Publishing the requests that have changed, their histories and their incidents, each as a new version of its data set.

Everything happens in one transaction under a lock: what is in PostgreSQL, what the Iceberg tables say, and where the
reader of events stands change together or not at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Visibility
from ombud.opendata.commands import publish_history
from ombud.opendata.commands.changes import changes_between, next_step
from ombud.opendata.datasets import requests
from ombud.opendata.lake import projection, versions, writing
from ombud.opendata.models import Publication
from ombud.opendata.queries import rules_of
from ombud.opendata.rules.columns import MONTH
from ombud.opendata.rules.rule_set import Place, RuleSet
from ombud.plumbing.alone import alone
from ombud.service_requests import publishing
from ombud.service_requests.feed import Position
from ombud.service_requests.publishing import Requested

# Of so many events one version is made at most, so that its transaction stays short and its rows fit in memory.
EVENTS_A_STEP = 20_000


@dataclass(frozen=True, slots=True)
class Done:
    """What one step did: the versions it made, if anything had changed, and whether more waits."""

    publications: list[Publication]
    more: bool


def publish(city: City, *, now: datetime) -> list[Publication]:
    """Publish all that has changed until now, and return the versions made; none where somebody else is at it."""
    made = []
    with alone(f"publish {city.id} {requests.CODE}") as mine:
        while mine:
            done = _step(city, now=now)
            made += done.publications
            mine = done.more
    return made


@transaction.atomic
def _step(city: City, *, now: datetime) -> Done:
    rules = rules_of(city)
    last = versions.newest(city.id, requests.CODE)
    position = Position(last.read_written_in, last.read_event_id) if last else Position()
    # Other rules: all rows are made anew, and those that they change are changed.
    goes_on = last is not None and last.rule_set == rules.name
    read = publishing.changed_since(city.id, position if goes_on else Position(), limit=EVENTS_A_STEP)
    changed = publishing.by_ids(city.id, read.request_ids)
    changed += _now_due(city, rules, since=last.at, until=now) if last else []
    before = projection.rows_by_id(city.id, {one.number for one in changed})
    company = _company(city, rules, changed, before.values())
    before |= projection.rows_by_id(city.id, {one.number for one in company} - before.keys())
    concerned = {one.id: one for one in (*changed, *company)}
    made, left_out = requests.made(city, list(concerned.values()), rules, now=now)
    withheld = versions.taken_back(city.id, [row["_id"] for row in made])
    made = [row for row in made if row["_id"] not in withheld]
    step = next_step(city, requests.dataset(city), rules, at=now, last=last, read=read.position)
    publications = _write(step, before, made, left_out)
    if not publications and last and goes_on:
        Publication.objects.filter(pk=last.pk).update(
            read_written_in=step.read_written_in, read_event_id=step.read_event_id
        )
    told = publish_history.Told(city, rules, now, before, made, position if goes_on else Position(), read.position)
    publications += publish_history.events_of(told, changed)
    publications += publish_history.incidents_of(told)
    return Done(publications, read.more)


def _write(
    step: writing.Step, before: Mapping[str, Any], made: Sequence[Mapping[str, Any]], left_out: Mapping[str, str]
) -> list[Publication]:
    changes = changes_between(before, made, left_out, version=step.version, at=step.at)
    if not changes:
        return []
    rows = [*changes.inserted, *changes.updated]
    projection.write(step.jurisdiction_id, step.columns, rows=rows, deleted=changes.deleted)
    return [writing.write(step, changes)]


def _company(
    city: City, rules: RuleSet, changed: Sequence[Requested], before: Iterable[Mapping[str, Any]]
) -> list[Requested]:
    """Return the requests that share service and month with changed ones, where a rule asks for company."""
    asked: set[tuple[str, str]] = set()
    for one in changed:
        if rules.rule_for(one.service_code, Visibility(one.visibility)).k > 1:
            asked.add((one.service_code, f"{one.requested_at.astimezone(city.zone):%Y-%m}"))
    asked |= {(row["service_code"], row[MONTH]) for row in before if row["place_precision"] != Place.EXACT}
    return [one for service_code, month in sorted(asked) for one in _of_month(city, service_code, month)]


def _of_month(city: City, service_code: str, month: str) -> list[Requested]:
    since = datetime.strptime(month, "%Y-%m").replace(tzinfo=city.zone)
    until = (since + timedelta(days=32)).replace(day=1)
    return publishing.requested_between(city.id, since, until, services=[service_code])


def _now_due(city: City, rules: RuleSet, *, since: datetime, until: datetime) -> list[Requested]:
    """Return the requests whose delay has ended between two moments."""
    return [
        one
        for days in sorted(_delays(rules))
        for one in publishing.requested_between(city.id, since - timedelta(days=days), until - timedelta(days=days))
        if rules.rule_for(one.service_code, Visibility(one.visibility)).delay_days == days
    ]


def _delays(rules: RuleSet) -> Iterator[int]:
    yield from {
        days
        for days in (
            rules.public.delay_days,
            rules.public_coarse.delay_days,
            *(own.delay_days or 0 for own in rules.services.values()),
        )
        if days
    }
