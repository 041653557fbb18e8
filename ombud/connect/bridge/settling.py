"""One request and its record there: compare, take over what comes, and find out what is to go."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from ombud.connect.bridge import near as ours
from ombud.connect.bridge import telling
from ombud.connect.bridge.models import FieldConflict, Twin
from ombud.connect.bridge.opening import Bridge
from ombud.connect.bridge.ports import FarRecord
from ombud.connect.bridge.rules import words
from ombud.connect.bridge.rules.mapping import Direction, FieldRule, Owner
from ombud.connect.bridge.rules.merging import Ages, Agreed, Verdict, merge
from ombud.connect.bridge.rules.words import Reading
from ombud.kernel.errors import N_
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import outside
from ombud.service_requests.queries import Standing
from ombud.service_requests.rules.decisions import MoveRefused


@dataclass(slots=True)
class Settled:
    """What became of a record: how many events came of it, what is to go there (our words), and what is in dispute."""

    events: int = 0
    goes_far: dict[str, str] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()


def settle(bridge: Bridge, twin: Twin, record: FarRecord, reading: Reading, *, now: datetime) -> Settled:
    """
    Bring a twin into line with what stands there: take over what goes near, and return what is to go far.

    In a transaction that holds the twin. `reading` is the record in our words, without anything unknown.
    """
    standing = _standing(twin)
    near = ours.words_of(standing, bridge.mapping)
    verdicts = {name: _judged(bridge, twin, record, reading, near, name) for name in reading.near}
    if verdicts.get("requested_at") is Verdict.GOES_NEAR and not came_from_there(bridge, record, standing):
        # It was made there later, when it had been sent; when it was asked is known where it was asked.
        verdicts["requested_at"] = Verdict.NOTHING
    if verdicts.get("status") in (Verdict.ASK, Verdict.GOES_FAR):
        # How it ended belongs to whether it ended.
        for name in telling.ENDING & verdicts.keys() - {"status"}:
            if verdicts[name] is Verdict.GOES_NEAR:
                verdicts[name] = Verdict.NOTHING
    events, why = _take_over(bridge, twin, record, reading, standing, verdicts, now)
    near_then = ours.words_of(_standing(twin), bridge.mapping) if events else near
    _agree(twin, reading, verdicts, near, near_then)
    conflicts = _keep_conflicts(twin, reading, near_then, verdicts, why, now)
    twin.save(update_fields=["near", "far", "birth"])
    goes_far = {name: near_then[name] for name, verdict in verdicts.items() if verdict is Verdict.GOES_FAR}
    goes_far |= _unspoken(bridge, twin, reading, near_then)
    return Settled(events, goes_far, conflicts)


def came_from_there(bridge: Bridge, record: FarRecord, standing: Standing) -> bool:
    """Whether a request was made there first, and not here."""
    return standing.request.client_id == telling.client_id(bridge.city.id, bridge.link.code, record.far_id)


def _unspoken(bridge: Bridge, twin: Twin, reading: Reading, near: dict[str, str]) -> dict[str, str]:
    """Return what changed here of fields that the record there never shows."""
    return {
        name: near[name]
        for name, rule in bridge.mapping.fields.items()
        if name not in reading.near
        and _goes_out(bridge, rule)
        and ours.mark(name, near[name]) != twin.near.get(name, "")
    }


def _standing(twin: Twin) -> Standing:
    return requests.standings(twin.jurisdiction_id, request_ids=[twin.request_id])[0]


def _judged(
    bridge: Bridge, twin: Twin, record: FarRecord, reading: Reading, near: dict[str, str], name: str
) -> Verdict:
    rule = bridge.mapping.fields[name]
    far_mark = ours.mark(name, reading.far[name])
    base = _base(twin, name, far_mark)
    same = words.same(bridge.mapping, name, near[name], reading.far[name], reading.near[name])
    near_mark = ours.mark(name, near[name])
    both_moved = base is None or (near_mark != base.near and far_mark != base.far)
    ages = Ages()
    if both_moved and not same and rule.owner is Owner.NEWEST:
        changed = requests.changed_at(twin.jurisdiction_id, twin.request_id, ours.COLUMNS.get(name, (name,)))
        ages = Ages(changed, record.changed_at, timedelta(seconds=bridge.mapping.overlap_seconds))
    verdict = merge(base, near_mark, far_mark, same=same, owner=rule.owner, direction=rule.direction, ages=ages)
    if verdict in (Verdict.GOES_FAR, Verdict.ASK) and not _goes_out(bridge, rule):
        # Ours cannot get there: theirs is taken, unless it may not come here or nothing of it is new.
        news = base is None or far_mark != base.far
        return Verdict.GOES_NEAR if news and rule.direction is not Direction.OUT else Verdict.NOTHING
    return verdict


def _base(twin: Twin, name: str, far_mark: str) -> Agreed | None:
    if twin.birth:
        # We made it there, and it is to be as it is here, whatever it made of it at first.
        return Agreed(ours.NEVER, far_mark)
    if name not in twin.near:
        return None
    # What the record never spoke of before is news from there.
    return Agreed(twin.near[name], twin.far.get(name, ours.NEVER))


def _goes_out(bridge: Bridge, rule: FieldRule) -> bool:
    """Whether a field of a record that is there can be set there."""
    settable = getattr(bridge.system, "settable", None)
    takes = settable is None or set(rule.far) <= settable
    return bridge.can("update") and takes and rule.direction is not Direction.IN


def _take_over(
    bridge: Bridge,
    twin: Twin,
    record: FarRecord,
    reading: Reading,
    standing: Standing,
    verdicts: dict[str, Verdict],
    now: datetime,
) -> tuple[int, str]:
    """Write what goes near. What the lifecycle refuses becomes a conflict, and the rest is taken; why is returned."""
    at = record.changed_at or now
    why = ""
    for _ in range(2):
        said = {name: reading.near[name] for name, v in verdicts.items() if v is Verdict.GOES_NEAR}
        if not said:
            break
        if "status" in said and verdicts.get("sentence") in (Verdict.AGREED, Verdict.NOTHING):
            # A closing comes with the words that it has there, the same as before or not.
            said["sentence"] = reading.near["sentence"]
        try:
            with transaction.atomic():
                written = outside.hear(
                    jurisdiction_id=twin.jurisdiction_id,
                    request_id=twin.request_id,
                    heard=telling.heard(said, standing.request, bridge.city, says_unit=bool(reading.near.get("unit"))),
                    link=bridge.link.code,
                    at=at,
                )
            return len(written), why
        except MoveRefused as refused:
            why = refused.message
            for name in telling.ENDING & said.keys():
                verdicts[name] = Verdict.ASK if name == "status" else Verdict.NOTHING
    return 0, why


def _agree(
    twin: Twin, reading: Reading, verdicts: dict[str, Verdict], near: dict[str, str], near_then: dict[str, str]
) -> None:
    """Keep what both sides hold now; what follows here from what they told is agreed with it."""
    for name, verdict in verdicts.items():
        then, far = ours.mark(name, near_then[name]), ours.mark(name, reading.far[name])
        if verdict in (Verdict.AGREED, Verdict.GOES_NEAR):
            twin.near[name], twin.far[name] = then, far
        elif verdict is Verdict.NOTHING and twin.near.get(name) == ours.mark(name, near[name]):
            twin.near[name] = then
        elif verdict is Verdict.GOES_FAR and twin.birth:
            twin.near[name], twin.far[name] = ours.NEVER, far
    twin.birth = ""


def _keep_conflicts(
    twin: Twin,
    reading: Reading,
    near: dict[str, str],
    verdicts: dict[str, Verdict],
    why: str,
    now: datetime,
) -> tuple[str, ...]:
    asked = [name for name, verdict in verdicts.items() if verdict is Verdict.ASK]
    for name in asked:
        values = {
            "near": near[name],
            "far": reading.far[name],
            "far_in_ours": reading.near[name],
            "why": (why if name == "status" else "") or N_("Both sides changed it."),
        }
        FieldConflict.objects.update_or_create(
            jurisdiction_id=twin.jurisdiction_id,
            twin=twin,
            field=name,
            defaults=values,
            create_defaults={**values, "since": now},
        )
    settled = [name for name in verdicts if name not in asked]
    FieldConflict.objects.filter(jurisdiction_id=twin.jurisdiction_id, twin=twin, field__in=settled).delete()
    return tuple(asked)


def resolve(twin: Twin, name: str, *, near: str, far: str, keep: str) -> None:
    """
    Decide a conflict between our word and theirs: from now on only the side that is kept counts as changed.

    So its value goes to the other when both are settled next. In a transaction that holds the twin.
    """
    near_mark, far_mark = ours.mark(name, near), ours.mark(name, far)
    twin.near[name], twin.far[name] = (ours.NEVER, far_mark) if keep == "near" else (near_mark, ours.NEVER)
    twin.save(update_fields=["near", "far"])
