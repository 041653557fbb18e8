"""Look before and after: a dry run that keeps nothing and sends nothing, and a comparison of both sides."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from ombud.connect.bridge import near as ours
from ombud.connect.bridge import pulling, running, settling
from ombud.connect.bridge.models import Checked, Held, Link, Push, Twin
from ombud.connect.bridge.opening import Bridge, opened
from ombud.connect.bridge.ports import FarRecord
from ombud.connect.bridge.rules import words
from ombud.connect.bridge.rules.mapping import Direction
from ombud.kernel.errors import N_, OmbudError, Unavailable
from ombud.plumbing import jobs
from ombud.service_requests import queries as requests

log = logging.getLogger(__name__)

KINDS = ("dry_run", "check")
_AT_ONCE = 500
_SAMPLES = 20
# A dry run holds its transaction open; beyond so many records it has said enough.
DRY_RECORDS = 20_000


def ask(link: Link, kind: str, *, now: datetime) -> Checked:
    """Ask for a dry run or a comparison, done by a job."""
    with transaction.atomic():
        checked = Checked.objects.create(jurisdiction_id=link.jurisdiction_id, link=link, kind=kind, asked_at=now)
        jobs.defer(
            "ombud.connect.bridge.handlers.check",
            city=link.jurisdiction_id,
            subject_id=checked.pk,
            lock=f"link:{link.pk}",
        )
    return checked


def do(jurisdiction_id: str, checked_id: int, *, now: datetime) -> None:
    """Do what was asked for, and keep what it says."""
    checked = (
        Checked.objects.filter(jurisdiction_id=jurisdiction_id, pk=checked_id, state="asked")
        .select_related("link")
        .first()
    )
    if checked is None:
        return
    try:
        report = dry_run(checked.link, now=now) if checked.kind == "dry_run" else compare(checked.link)
        state = "done"
    except OmbudError as trouble:
        report, state = {"trouble": trouble.message}, "failed"
    except Exception:
        log.exception("Link %s could not be looked at", checked.link.code)
        bug_of_ours = Unavailable(N_("Something went wrong on our side; the log says what."))
        report, state = {"trouble": bug_of_ours.message}, "failed"
    Checked.objects.filter(jurisdiction_id=jurisdiction_id, pk=checked_id).update(
        state=state, done_at=now, report=report
    )


def dry_run(link: Link, *, now: datetime, at_most: int = DRY_RECORDS) -> dict[str, Any]:
    """Return what a turn would do. It does all the same work, takes it back, and sends nothing. Raises OmbudError."""
    with running.alone(link), opened(link) as bridge:
        with transaction.atomic():
            pull = pulling.Pull(bridge, now=now, trial=True)
            cut = False
            for page in bridge.system.changes(link.cursor):
                pull.take(page.records)
                if cut := pull.tally.records >= at_most:
                    break
            transaction.set_rollback(True)
        due = Twin.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link, push=Push.DUE).count()
        services = _services(bridge)
    tally = _plain(pull.tally)
    unknown = pull.tally.unknown.most_common(100)
    return {**tally, "unknown": [[field, word, n] for (field, word), n in unknown], "cut": cut, "due": due, **services}


def _services(bridge: Bridge) -> dict[str, Any]:
    """Return which services of the other side the mapping leaves out, and which it names that are not listed there."""
    listing = getattr(bridge.system, "services", None)
    if listing is None:
        return {}
    try:
        listed = listing()
    except OmbudError as trouble:  # a list that is broken says nothing
        return {"services_trouble": trouble.message}
    known = bridge.mapping.fields["service"].in_
    return {
        "services_unmapped": [f"{code}: {listed[code]}" for code in sorted(set(listed) - set(known))],
        "services_missing": sorted(set(known) - set(listed)),
    }


@dataclass(slots=True)
class Comparison:
    """Both sides beside each other."""

    here: int = 0
    there: int = 0
    unread: int = 0
    status_here: Counter[str] = field(default_factory=Counter)
    status_there: Counter[str] = field(default_factory=Counter)
    service_here: Counter[str] = field(default_factory=Counter)
    service_there: Counter[str] = field(default_factory=Counter)
    sums_here: dict[str, float] = field(default_factory=dict)
    sums_there: dict[str, float] = field(default_factory=dict)
    same: int = 0
    different: Counter[str] = field(default_factory=Counter)
    samples: list[dict[str, str]] = field(default_factory=list)
    missing_here: list[str] = field(default_factory=list)
    missing_there: list[str] = field(default_factory=list)


def compare(link: Link) -> dict[str, Any]:
    """
    Read everything there is there, and hold it against what is here, record by record and field by field.

    What the mapping lets each side say differently in its own words is the same. Raises OmbudError.
    """
    with opened(link) as bridge:
        found = Comparison()
        seen: set[str] = set()
        for records in _in_portions(bridge):
            _compare(bridge, [record for record in records if record.far_id not in seen], found)
            seen |= {record.far_id for record in records}
        _only_here(bridge, seen, found)
    held = Held.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link).count()
    report = _plain(found)
    for name in ("missing_here", "missing_there"):
        report[f"{name}_count"], report[name] = len(report[name]), report[name][:_SAMPLES]
    alike = not (found.different or found.missing_here or found.missing_there)
    return {**report, "held": held, "alike": alike}


def _plain(counted: pulling.Tally | Comparison) -> dict[str, Any]:
    """Return what was counted as plain data."""
    told = {each.name: getattr(counted, each.name) for each in fields(counted)}
    return {name: dict(value) if isinstance(value, Counter) else value for name, value in told.items()}


def _in_portions(bridge: Bridge) -> Iterator[list[FarRecord]]:
    records = (record for page in bridge.system.everything() for record in page.records if not record.gone)
    while portion := list(islice(records, _AT_ONCE)):
        yield list({record.far_id: record for record in portion}.values())


def _compare(bridge: Bridge, records: Sequence[FarRecord], found: Comparison) -> None:
    twins = _twins(bridge, [record.far_id for record in records])
    standings = {
        s.request.pk: s for s in requests.standings(bridge.city.id, request_ids=[t.request_id for t in twins.values()])
    }
    for record in records:
        found.there += 1
        reading = words.read_record(bridge.mapping, record.values, services=bridge.city.services)
        found.unread += bool(reading.unknown)
        found.status_there[reading.near.get("status", "?")] += 1
        found.service_there[reading.near.get("service", "?")] += 1
        for name, rule in bridge.mapping.sums.items():
            found.sums_there[name] = found.sums_there.get(name, 0.0) + _number(record.values.get(rule.far))
        twin = twins.get(record.far_id)
        if twin is None:
            found.missing_here.append(record.far_id)
            continue
        standing = standings[twin.request_id]
        near = ours.words_of(standing, bridge.mapping)
        _count_here(bridge, near, standing, found)
        _field_by_field(bridge, record, reading, standing, found)


def _field_by_field(
    bridge: Bridge, record: FarRecord, reading: words.Reading, standing: requests.Standing, found: Comparison
) -> None:
    near = ours.words_of(standing, bridge.mapping)
    apart = [
        name
        for name, far in reading.far.items()
        if not words.same(bridge.mapping, name, near[name], far, reading.near.get(name))
        # What only comes from there and is empty there says nothing against what we hold.
        and (far.strip(words.JOIN) or bridge.mapping.fields[name].direction is not Direction.IN)
        # What we made there was made when it had been sent, not when it was asked.
        and (name != "requested_at" or settling.came_from_there(bridge, record, standing))
    ]
    found.same += not apart
    found.different.update(apart)
    for name in apart:
        if len(found.samples) < _SAMPLES:
            found.samples.append(
                {"far_id": record.far_id, "field": name, "near": near[name][:200], "far": reading.far[name][:200]}
            )


def _count_here(bridge: Bridge, near: Mapping[str, str], standing: requests.Standing, found: Comparison) -> None:
    found.here += 1
    # In the poorer of both words, so that the counts can be held against each other.
    found.status_here[_as_there(bridge, "status", near["status"])] += 1
    found.service_here[near["service"]] += 1
    answers = {a.get("code"): a.get("value") for a in standing.request.form.answers}
    for name, rule in bridge.mapping.sums.items():
        found.sums_here[name] = found.sums_here.get(name, 0.0) + _number(answers.get(rule.answer))


def _as_there(bridge: Bridge, name: str, word: str) -> str:
    try:
        return words.read(bridge.mapping, name, words.write(bridge.mapping, name, word))
    except words.Unknown:
        return word


def _only_here(bridge: Bridge, seen: set[str], found: Comparison) -> None:
    twins = Twin.objects.filter(jurisdiction_id=bridge.city.id, link=bridge.link, gone_at=None).exclude(far_id=None)
    for ids in _chunks(twins.order_by("pk").values_list("far_id", "request_id").iterator(chunk_size=5000)):
        left = {far_id: pk for far_id, pk in ids if far_id not in seen}
        for standing in requests.standings(bridge.city.id, request_ids=list(left.values())) if left else ():
            _count_here(bridge, ours.words_of(standing, bridge.mapping), standing, found)
        found.missing_there += [str(far_id) for far_id in left]


def _chunks(pairs: Iterator[tuple[str | None, int]]) -> Iterator[list[tuple[str | None, int]]]:
    while some := list(islice(pairs, _AT_ONCE)):
        yield some


def _twins(bridge: Bridge, far_ids: Sequence[str]) -> dict[str, Twin]:
    found = Twin.objects.filter(jurisdiction_id=bridge.city.id, link=bridge.link, far_id__in=far_ids)
    return {str(twin.far_id): twin for twin in found}


def _number(raw: object) -> float:
    try:
        return float(str(raw or 0))
    except ValueError:
        return 0.0
