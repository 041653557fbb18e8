"""From there to here: page by page, what is new in bulk, and what is known one by one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction

from ombud.connect.bridge import keeping, passing, sending, settling, twinning
from ombud.connect.bridge import near as ours
from ombud.connect.bridge.models import Link, Push, Twin
from ombud.connect.bridge.opening import Bridge
from ombud.connect.bridge.ports import FarNonsense, FarRecord, Page
from ombud.connect.bridge.rules.words import Reading, read_record
from ombud.connect.bridge.telling import NewRecords
from ombud.kernel.errors import N_
from ombud.service_requests import ports
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import bring_in_tables, outside
from ombud.service_requests.commands.bring_in import bring_in

SAMPLES = 10
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Tally:
    """What became of what was read."""

    records: int = 0
    created: int = 0
    changed: int = 0
    events: int = 0
    unchanged: int = 0
    held: int = 0
    gone: int = 0
    conflicts: int = 0
    remarks: int = 0
    to_send: int = 0
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)

    def sample(self, what: str) -> None:
        """Keep the first few lines as examples."""
        if len(self.samples) < SAMPLES:
            self.samples.append(what)


class Pull:
    """One reading of what changed there. A `trial`, which the caller takes back, uses up no public numbers."""

    def __init__(self, bridge: Bridge, *, now: datetime, trial: bool = False) -> None:
        self.bridge, self.now, self.trial = bridge, now, trial
        self.tally = Tally()
        self._new = NewRecords(bridge.city, bridge.mapping, bridge.link.code)
        self._holds = keeping.holds_any(bridge)

    def all_changes(self) -> Tally:
        """Read to the end; each page is kept with its cursor before the next. Raises FarDown."""
        link = self.bridge.link
        self.take(keeping.to_try_again(self.bridge, now=self.now))
        sending.try_held_again(self.bridge, now=self.now)
        before: tuple[object, ...] = ()
        for page in self.bridge.system.changes(link.cursor):
            told = (dict(page.cursor), [(r.far_id, r.changed_at, dict(r.values)) for r in page.records])
            if page.records and told == before:
                raise FarNonsense(N_("The other side gives the same page again and again."))
            before = told
            self.page(page)
        return self.tally

    def page(self, page: Page) -> None:
        """Take a page, then remember that it was taken: should we die in between, taking it again changes nothing."""
        self.take(page.records)
        self.bridge.link.cursor = dict(page.cursor)
        Link.objects.filter(jurisdiction_id=self.bridge.link.jurisdiction_id, pk=self.bridge.link.pk).update(
            cursor=dict(page.cursor)
        )

    def take(self, records: Sequence[FarRecord]) -> None:
        """Take records as they are there now. One that comes twice is taken as it was told last."""
        newest: dict[str, FarRecord] = {}
        for record in records:
            known = newest.get(record.far_id)
            if known is None or (record.changed_at or _LONG_AGO) >= (known.changed_at or _LONG_AGO):
                newest[record.far_id] = record
        self.tally.records += len(newest)
        # In this order: a record whose making we were never told of becomes known before the known are looked up.
        twins = self._twins(list(newest))
        if unknown := [record for far_id, record in newest.items() if far_id not in twins]:
            sending.learn_lost(self.bridge, unknown, now=self.now)
            twins = self._twins(list(newest))
        fresh: list[tuple[FarRecord, Reading]] = []
        for far_id, record in newest.items():
            if far_id in twins:
                self._meet(twins[far_id], record)
            elif record.gone:
                self._release([far_id])
            elif far_id:
                reading = self._read(record)
                if reading is not None:
                    fresh.append((record, reading))
        if fresh:
            self._make(fresh)

    def _twins(self, far_ids: list[str]) -> dict[str, Twin]:
        link = self.bridge.link
        found = Twin.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link, far_id__in=far_ids)
        return {str(twin.far_id): twin for twin in found}

    def _read(self, record: FarRecord) -> Reading | None:
        """Return a record in our words, or hold it where not all of them are known."""
        reading = read_record(self.bridge.mapping, record.values, services=self.bridge.city.services)
        unknown = reading.unknown or tuple(
            (name, "") for name in ("service", "status", "requested_at") if not reading.near.get(name)
        )
        # A known record need not say everything again; a new one does.
        if reading.unknown or (unknown and record.far_id not in self._twins([record.far_id])):
            keeping.hold(self.bridge, record, unknown, now=self.now)
            self._holds = True
            self.tally.held += 1
            self.tally.unknown.update(unknown)
            self.tally.sample(f"{record.far_id}: " + ", ".join(f"{name} “{word}”" for name, word in unknown))
            return None
        return reading

    def _meet(self, known: Twin, record: FarRecord) -> None:
        """Take what changed of a record that we know. Where nothing did, nothing is locked."""
        if record.gone or known.gone_at:
            self._tombstone(known, record)
            return
        reading = self._read(record)
        if reading is None:
            return
        fresh = passing.unheard(self.bridge, known, record)
        moved = known.birth or any(known.far.get(n) != ours.mark(n, word) for n, word in reading.far.items())
        if not (moved or fresh):
            self.tally.unchanged += 1
            self._release([record.far_id])
            return
        with transaction.atomic():
            twin = Twin.objects.select_for_update().get(jurisdiction_id=known.jurisdiction_id, pk=known.pk)
            settled = settling.settle(self.bridge, twin, record, reading, now=self.now)
            said = passing.hear(self.bridge, twin, record, now=self.now)
            if settled.goes_far and twin.push != Push.DEAD:
                sending.mark_due(twin, at=self.now)
                self.tally.to_send += 1
            self._release([record.far_id])
        self.tally.events += settled.events
        self.tally.remarks += said
        self.tally.conflicts += len(settled.conflicts)
        self.tally.changed += bool(settled.events or said)
        self.tally.unchanged += not (settled.events or said)
        if settled.events:
            self.tally.sample(f"{record.far_id}: {settled.events} changes")
        for name in settled.conflicts:
            self.tally.sample(f"{record.far_id}: both sides changed {name}")

    def _tombstone(self, twin: Twin, record: FarRecord) -> None:
        self._release([record.far_id])
        if twin.gone_at or not record.gone:
            self.tally.unchanged += 1
            return
        with transaction.atomic():
            gone = Twin.objects.filter(jurisdiction_id=twin.jurisdiction_id, pk=twin.pk, gone_at=None)
            if gone.update(gone_at=self.now, push=Push.IDLE, trouble=""):
                outside.gone(
                    jurisdiction_id=twin.jurisdiction_id,
                    request_id=twin.request_id,
                    number=record.far_id,
                    link=self.bridge.link.code,
                    at=self.now,
                )
        self.tally.gone += 1

    def _make(self, fresh: list[tuple[FarRecord, Reading]]) -> None:
        """Bring in what is new: the requests, what was said of them, and their twins, in one transaction."""
        bridge, city = self.bridge, self.bridge.city
        old = self._new.made([(record.far_id, reading.near, record.changed_at) for record, reading in fresh])
        with transaction.atomic():
            bring_in(
                jurisdiction_id=city.id,
                number_prefix=city.number_prefix,
                rows=old,
                lines=bring_in_tables.written(old),
                trial=self.trial,
            )
            standings = {
                s.request.client_id: s for s in requests.standings(city.id, client_ids=[one.client_id for one in old])
            }
            twins = twinning.make(
                bridge.link,
                [
                    (
                        standings[one.client_id].request.pk,
                        record.far_id,
                        ours.marks(ours.words_of(standings[one.client_id], bridge.mapping)),
                        ours.marks(reading.far),
                    )
                    for one, (record, reading) in zip(old, fresh, strict=True)
                ],
            )
            for known, routed in self._new.failed.items():
                ports.router().failed(
                    jurisdiction_id=city.id, request_id=standings[known].request.pk, routed=routed, at=self.now
                )
            records = [record for record, _ in fresh]
            self.tally.remarks += passing.bring_in(bridge, list(zip(twins, records, strict=True)))
            self._release([record.far_id for record in records])
        self.tally.created += len(fresh)

    def _release(self, far_ids: list[str]) -> None:
        if self._holds:
            keeping.release(self.bridge, far_ids)
