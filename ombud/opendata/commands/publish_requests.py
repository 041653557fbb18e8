"""
Publishing the requests that have changed, as a new version.

Everything happens in one transaction under a lock: what is in PostgreSQL, what the Iceberg table says, and where the
reader of events stands change together or not at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from ombud.catalog.queries import City
from ombud.catalog.rules.definition import Visibility
from ombud.opendata.commands.changes import changes_between
from ombud.opendata.datasets import requests
from ombud.opendata.lake import projection, versions, writing
from ombud.opendata.lake.writing import Step
from ombud.opendata.models import Publication
from ombud.opendata.rules.columns import MONTH
from ombud.opendata.rules.rule_set import RuleSet, read_rule_set
from ombud.plumbing.alone import alone
from ombud.service_requests import publishing
from ombud.service_requests.feed import Position

if TYPE_CHECKING:
    from ombud.service_requests.models import ServiceRequest

# Of so many events one version is made at most, so that its transaction stays short and its rows fit in memory.
EVENTS_A_STEP = 20_000


@dataclass(frozen=True, slots=True)
class Done:
    """What one step did: the version it made, if anything had changed, and whether more waits."""

    publication: Publication | None
    more: bool


def publish(city: City, *, now: datetime) -> list[Publication]:
    """Publish all that has changed until now, and return the versions made; none where somebody else is at it."""
    made = []
    with alone(f"publish {city.id} {requests.CODE}") as mine:
        while mine:
            done = _step(city, now=now)
            made += [done.publication] if done.publication else []
            mine = done.more
    return made


@transaction.atomic
def _step(city: City, *, now: datetime) -> Done:
    rules = read_rule_set(city.settings.get("publishing"))
    last = versions.newest(city.id, requests.CODE)
    # Other rules: all rows are made anew, and those that they change are changed.
    goes_on = last is not None and last.rule_set == rules.name
    position = Position(last.read_written_in, last.read_event_id) if last and goes_on else Position()
    read = publishing.changed_since(city.id, position, limit=EVENTS_A_STEP)
    changed = publishing.by_ids(city.id, read.request_ids)
    changed += _now_due(city, rules, since=last.at, until=now) if last else []
    step = Step(
        jurisdiction_id=city.id,
        dataset=requests.CODE,
        columns=requests.dataset(city).columns,
        version=last.version + 1 if last else 1,
        at=now,
        rule_set=rules.name,
        read_written_in=read.position.written_in,
        read_event_id=read.position.event_id,
    )
    published = _write(city, step, rules, changed)
    if published is None and last and goes_on:
        Publication.objects.filter(pk=last.pk).update(
            read_written_in=step.read_written_in, read_event_id=step.read_event_id
        )
    return Done(published, read.more)


def _write(city: City, step: Step, rules: RuleSet, changed: "Sequence[ServiceRequest]") -> Publication | None:
    before = projection.rows_by_id(city.id, {one.number for one in changed})
    company = list(_company(city, rules, changed, before.values()))
    concerned = {one.pk: one for one in (*changed, *company)}
    made, left_out = requests.made(city, list(concerned.values()), rules, now=step.at)
    before |= projection.rows_by_id(city.id, {one.number for one in company} - before.keys())
    changes = changes_between(before, made, left_out, version=step.version, at=step.at)
    if not changes:
        return None
    published = writing.write(step, changes)
    rows = [*changes.inserted, *changes.updated]
    projection.write(city.id, step.columns, rows=rows, deleted=changes.deleted)
    return published


def _company(
    city: City, rules: RuleSet, changed: "Sequence[ServiceRequest]", before: "Iterator[Any] | Any"
) -> "Iterator[ServiceRequest]":
    """Give the requests that share service and month with changed ones, where a rule asks for company."""
    asked: set[tuple[str, str]] = set()
    for one in changed:
        if rules.rule_for(one.service_code, Visibility(one.visibility)).k > 1:
            asked.add((one.service_code, f"{one.requested_at.astimezone(city.zone):%Y-%m}"))
    asked |= {(row["service_code"], row[MONTH]) for row in before if row["place_precision"] != "exact"}
    for service_code, month in sorted(asked):
        since = datetime.strptime(month, "%Y-%m").replace(tzinfo=city.zone)
        until = (since + timedelta(days=32)).replace(day=1)
        yield from publishing.requested_between(city.id, since, until, services=[service_code])


def _now_due(city: City, rules: RuleSet, *, since: datetime, until: datetime) -> "list[ServiceRequest]":
    """Return the requests whose delay has ended between two moments."""
    general = (rules.public, rules.public_coarse)
    delays = {rule.delay_days for rule in general} | {own.delay_days or 0 for own in rules.services.values()}
    due = []
    for days in sorted(delays - {0}):
        ended = publishing.requested_between(city.id, since - timedelta(days=days), until - timedelta(days=days))
        due += [one for one in ended if _delay(rules, one) == days]
    return due


def _delay(rules: RuleSet, one: "ServiceRequest") -> int:
    return rules.rule_for(one.service_code, Visibility(one.visibility)).delay_days
