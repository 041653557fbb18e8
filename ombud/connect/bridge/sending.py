"""
From here to there: what a request is now, compared with what both sides last agreed on.

Nothing is queued but that a twin is due. Whoever sends looks at the record there first, so that sending again after
a crash sends what is still different, and nothing twice.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import F

from ombud.connect.bridge import keeping, passing, settling
from ombud.connect.bridge import near as ours
from ombud.connect.bridge.models import Link, Push, Twin
from ombud.connect.bridge.opening import Bridge
from ombud.connect.bridge.ports import FarRecord, FarRefused
from ombud.connect.bridge.rules import patience, words
from ombud.connect.bridge.rules.mapping import Direction
from ombud.kernel.errors import N_, OmbudError, Unavailable
from ombud.plumbing import jobs
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import outside

log = logging.getLogger(__name__)

PUSH = "ombud.connect.bridge.handlers.push"


class NotUnderstood(Exception):
    """What is to be sent, or what stands there, has words that the mapping does not know: pairs of field and word."""

    def __init__(self, unknown: Sequence[tuple[str, str]]) -> None:
        super().__init__(str(unknown))
        self.unknown = list(unknown)


# -- What is due ----------------------------------------------------------------------------------------------
def mark_due(twin: Twin, *, at: datetime) -> None:
    """Say that something of a twin is to be sent, and defer the job that does it; in the caller's transaction."""
    Twin.objects.filter(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk).update(
        wanted=F("wanted") + 1, push=Push.DUE, attempts=0, due_at=at, trouble="", unknown=[]
    )
    _defer(twin, None)


def _defer(twin: Twin, at: datetime | None) -> None:
    jobs.defer(PUSH, city=twin.jurisdiction_id, subject_id=twin.pk, lock=f"twin:{twin.pk}", not_before=at)


def try_held_again(bridge: Bridge, *, now: datetime) -> None:
    """Make due again what waits for a word that the mapping did not know, where the mapping has changed since."""
    link = bridge.link
    for twin in Twin.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link, push=Push.HELD):
        if twin.attempts < link.mapping_version:
            mark_due(twin, at=now)


def defer_forgotten(link: Link, *, before: datetime) -> None:
    """Defer anew what is due since long and has no job, whatever became of it."""
    for twin in Twin.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link, push=Push.DUE, due_at__lt=before)[
        :500
    ]:
        _defer(twin, None)


# -- Sending --------------------------------------------------------------------------------------------------
def push(bridge: Bridge, twin_id: int, *, now: datetime) -> None:
    """Send what is due of a twin. What fails is written down, and tried again or left to a person."""
    twin = Twin.objects.filter(jurisdiction_id=bridge.city.id, link=bridge.link, pk=twin_id).first()
    if twin is None or twin.push != Push.DUE or bridge.link.mode != "both" or twin.gone_at:
        return
    try:
        if twin.far_id is None:
            _make(bridge, twin, now=now)
        _bring_even(bridge, twin, now=now)
        if "say" in bridge.system.can:
            passing.give(bridge, twin)
    except FarRefused as refused:
        _bury(twin, refused.message)
    except OmbudError as down:
        later(twin, down, now=now)
    except NotUnderstood as lost:
        _hold(bridge, twin, lost.unknown)
    except Exception:
        # Whatever it is, nobody but the log would hear of it, and what is due would wait for ever.
        log.exception("Twin %s was not sent", twin.pk)
        later(twin, OmbudError(N_("Something went wrong on our side; the log says what.")), now=now)
    else:
        _done(twin)


def _make(bridge: Bridge, twin: Twin, *, now: datetime) -> None:
    """Make the record there, unless it is there already: the answer to an earlier try may have been lost."""
    own_ref = requests.by_id(twin.jurisdiction_id, twin.request_id).number
    if twin.birth == "asked" and "repeat" not in bridge.system.can:
        if "find" not in bridge.system.can:
            raise FarRefused(
                N_("Whether it arrived there is not known, and the other side cannot be asked. Look, then decide.")
            )
        if (found := bridge.system.find(own_ref)) is not None:
            adopt(bridge, twin, found.far_id, now=now)
            return
    values = _asked_to_make(bridge, twin)
    made = bridge.system.create(own_ref, values)
    adopt(bridge, twin, made.far_id, now=now)


def _asked_to_make(bridge: Bridge, twin: Twin) -> dict[str, str]:
    """Write down that the other side is about to be asked, before it is. Returns what it is asked for."""
    with transaction.atomic():
        held = Twin.objects.select_for_update().get(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk)
        standing = requests.standings(twin.jurisdiction_id, request_ids=[twin.request_id])[0]
        near = ours.words_of(standing, bridge.mapping)
        sent, unknown = _far_words(bridge, near, making=True)
        if unknown:
            raise NotUnderstood(unknown)
        held.birth = twin.birth = "asked"
        held.near, held.far = ours.marks(near), ours.marks(sent)
        held.save(update_fields=["birth", "near", "far"])
    values = dict(bridge.mapping.constants)
    for name, word in sent.items():
        values |= words.columns(bridge.mapping.fields[name], word)
    return values | dict(twin.repaired)


def _far_words(
    bridge: Bridge, near: Mapping[str, str], *, making: bool = False
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    sent: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    for name, word in near.items():
        if making and (bridge.mapping.fields[name].direction is Direction.IN or not word):
            continue
        try:
            sent[name] = words.write(bridge.mapping, name, word)
        except words.Unknown as lost:
            unknown.append((lost.field, lost.word))
    return sent, unknown


def adopt(bridge: Bridge, twin: Twin, far_id: str, *, now: datetime) -> None:
    """Keep the number that the record has there; hearing of it twice keeps it once."""
    with transaction.atomic():
        fresh = Twin.objects.filter(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk, far_id=None)
        if fresh.update(far_id=far_id, birth="made"):
            outside.give_number(
                jurisdiction_id=twin.jurisdiction_id,
                request_id=twin.request_id,
                number=far_id,
                link=bridge.link.code,
                at=now,
            )
    twin.refresh_from_db()


def _bring_even(bridge: Bridge, twin: Twin, *, now: datetime) -> None:
    """Look at the record there, merge, and send what is to go."""
    record = bridge.system.look(str(twin.far_id))
    if record is None or record.gone:
        raise FarRefused(N_("The other side has no such record any more."))
    reading = words.read_record(bridge.mapping, record.values, services=bridge.city.services)
    if reading.unknown:
        keeping.hold(bridge, record, reading.unknown, now=now)
        raise NotUnderstood(reading.unknown)
    with transaction.atomic():
        held = Twin.objects.select_for_update().get(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk)
        settled = settling.settle(bridge, held, record, reading, now=now)
    sent, unknown = _far_words(bridge, settled.goes_far)
    if unknown:
        raise NotUnderstood(unknown)
    values: dict[str, str] = {}
    for name, word in sent.items():
        values |= words.columns(bridge.mapping.fields[name], word)
    values |= {column: value for column, value in twin.repaired.items() if values or value != record.values.get(column)}
    if values and "update" in bridge.system.can:
        bridge.system.update(str(twin.far_id), values)
        _agree(bridge, twin, settled.goes_far, {**record.values, **values})


def _agree(bridge: Bridge, twin: Twin, near: Mapping[str, str], values: Mapping[str, str]) -> None:
    """Keep what was sent as what both sides hold."""
    with transaction.atomic():
        held = Twin.objects.select_for_update().get(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk)
        for name, word in near.items():
            held.near[name] = ours.mark(name, word)
            far = words.far_word(bridge.mapping.fields[name], values)
            held.far[name] = ours.mark(name, far or "")
        held.save(update_fields=["near", "far"])


# -- What becomes of it ---------------------------------------------------------------------------------------
def _done(twin: Twin) -> None:
    """All was sent, unless more was wanted meanwhile: then the job for that follows."""
    Twin.objects.filter(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk, wanted=twin.wanted).update(
        push=Push.IDLE, attempts=0, trouble="", unknown=[], repaired={}
    )


def later(twin: Twin, down: OmbudError, *, now: datetime) -> None:
    """Try again after a while, longer each time; after the last try it is left to a person."""
    attempts = twin.attempts + 1
    if attempts >= patience.MOST_ATTEMPTS:
        _bury(twin, down.message)
        return
    due = now + patience.wait(attempts, asked=getattr(down, "wait_seconds", None))
    with transaction.atomic():
        Twin.objects.filter(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk).update(
            attempts=attempts, due_at=due, trouble=down.message[:500]
        )
        _defer(twin, due)


def _bury(twin: Twin, why: str) -> None:
    Twin.objects.filter(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk).update(push=Push.DEAD, trouble=why[:500])


def _hold(bridge: Bridge, twin: Twin, unknown: list[tuple[str, str]]) -> None:
    Twin.objects.filter(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk).update(
        push=Push.HELD, attempts=bridge.link.mapping_version, unknown=[[f, w[:300]] for f, w in unknown]
    )


# -- Records whose making we were never told of ---------------------------------------------------------------
def learn_lost(bridge: Bridge, unknown: Sequence[FarRecord], *, now: datetime) -> None:
    """
    Find among records that nobody knows those that we made: by our reference, or by asking for each that is missing.

    Raises FarDown where the other side must be asked and does not answer: to guess would double a request.
    """
    city, link = bridge.city.id, bridge.link
    asked = list(Twin.objects.filter(jurisdiction_id=city, link=link, birth="asked", far_id=None))
    numbers = requests.numbers_of(city, [twin.request_id for twin in asked])
    if refs := {r.own_ref: r.far_id for r in unknown if r.own_ref and not r.gone}:
        ids = {number: pk for pk, number in requests.ids_of_numbers(city, list(refs)).items()}
        waiting = Twin.objects.filter(jurisdiction_id=city, link=link, request_id__in=list(ids.values()))
        by_request = {twin.request_id: twin for twin in waiting}
        for own_ref, far_id in refs.items():
            if own_ref not in ids:
                continue
            # Without a twin, this database was put back to a time before the record was made there.
            twin = by_request.get(ids[own_ref]) or Twin.objects.create(
                jurisdiction_id=city, link=link, request_id=ids[own_ref]
            )
            if twin.far_id is None:
                adopt(bridge, twin, far_id, now=now)
    missing = {r.far_id for r in unknown if not r.own_ref}
    for twin in asked if missing else ():
        if "repeat" in bridge.system.can:
            _ask_again(bridge, twin, now=now)
        elif "find" in bridge.system.can:
            found = bridge.system.find(numbers[twin.request_id])
            if found is not None and found.far_id in missing:
                adopt(bridge, twin, found.far_id, now=now)


def _ask_again(bridge: Bridge, twin: Twin, *, now: datetime) -> None:
    if not bridge.can("create"):
        raise Unavailable(N_("Whether a request arrived there is not known. Let the link send again, or give it up."))
    with suppress(FarRefused, NotUnderstood):  # so it is not one of those that nobody knows
        _make(bridge, twin, now=now)
