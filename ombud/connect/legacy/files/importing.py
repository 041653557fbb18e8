"""Import a file of old requests: all of it in one transaction, or nothing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

from django.db import transaction

from ombud.catalog.city import City
from ombud.connect.legacy.files import keeping
from ombud.connect.legacy.files.batches import Batch, BatchReader
from ombud.connect.legacy.files.columns import Columns
from ombud.connect.legacy.files.districts import Agreement, Comparison
from ombud.connect.legacy.files.mapping import FileMapping
from ombud.connect.legacy.files.noticed import Held, Noticed
from ombud.connect.legacy.files.reading import OpenedFile, opened
from ombud.connect.legacy.files.rows import RowReader
from ombud.kernel.geo import LonLat
from ombud.places import commands as places
from ombud.places import queries as place_queries
from ombud.places.atlas import Atlas
from ombud.plumbing import live
from ombud.service_requests.commands import promises
from ombud.service_requests.commands.bring_in import bring_in


@dataclass(slots=True)
class FileReport:
    """What became of one file."""

    file: str
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    left: int = 0
    repaired: int = 0
    without_point: int = 0
    outside: int = 0
    held: Counter[str] = field(default_factory=Counter)
    noticed: Noticed = field(default_factory=Noticed)
    districts: dict[str, Agreement] = field(default_factory=dict)
    addresses: dict[str, LonLat] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Import:
    """An import of one source into one city, whose walls are entered."""

    city: City
    mapping: FileMapping
    now: datetime
    seen_on: date | None = None
    dry_run: bool = False

    def file(self, path: Path, *, progress: Callable[[int, int], None] = lambda _size, _rows: None) -> FileReport:
        """
        Bring in one file. `progress` is told how many bytes of it have been read and how many rows are kept.

        Raises BrokenFile, and keeps nothing of the file, where it cannot be read to its end. A dry run does
        all the same work and takes it back at the end.
        """
        read = 0

        def so_far(size: int) -> None:
            nonlocal read
            read = size

        with transaction.atomic():
            with opened(path, progress=so_far) as source:
                report = self._bring(source, lambda rows: progress(read, rows))
            keeping.note_unknown(self.city.id, self.mapping.source, path.name, report.noticed, self.now)
            if self.dry_run:
                transaction.set_rollback(True)
        return report

    def held_rows(self) -> list[FileReport]:
        """Try the held rows again with the mapping as it is now; those it understands are brought in."""
        reports = []
        with transaction.atomic():
            for source in keeping.held_files(self.city.id, self.mapping.source):
                report = self._bring(source, lambda _: None)
                keeping.note_why_still_held(self.city.id, self.mapping.source, source.name, report.noticed, self.now)
                reports.append(report)
            keeping.forget_known(self.city.id, self.mapping)
            if self.dry_run:
                transaction.set_rollback(True)
        return reports

    def finish(self, reports: Sequence[FileReport]) -> tuple[int, int]:
        """
        Let the new addresses be found and compute anew how long services take; tell open screens once.

        Returns how many addresses came and how many expected ranges there are.
        """
        if self.dry_run or not any(r.created or r.updated for r in reports):
            return 0, 0
        known: dict[str, LonLat] = {}
        for report in reports:
            known |= report.addresses
        came = places.add_addresses(known.items(), jurisdiction_id=self.city.id)
        layer = str(self.city.settings.get("promise_layer", ""))
        ranges = promises.refresh(jurisdiction_id=self.city.id, layer=layer, now=self.now)
        live.announce(city=self.city.id, topic="queue", kind="imported")
        return came, ranges

    def _bring(self, source: OpenedFile, progress: Callable[[int], None]) -> FileReport:
        began = perf_counter()
        columns = Columns(self.mapping, source.header, file=source.name, counted_in=source.counted_in)
        reader = RowReader(
            city=self.city,
            mapping=self.mapping,
            columns=columns,
            file=source.name,
            now=self.now,
            seen_on=self.seen_on,
        )
        atlas = place_queries.atlas(self.city.id)
        comparison = self._comparison(columns, atlas)
        report = FileReport(source.name, noticed=reader.noticed)
        waiting = keeping.holds_any(self.city.id, self.mapping.source)
        for batch in BatchReader(reader, atlas, comparison).batches(source.rows):
            self._keep(batch, columns, report, waiting=waiting)
            progress(report.rows)
        report.districts = comparison.agreements()
        report.seconds = perf_counter() - began
        return report

    def _comparison(self, columns: Columns, atlas: Atlas) -> Comparison:
        rules = self.mapping.areas_compare
        wanted = {(rules[column].layer, rules[column].vintage) for column in columns.areas if column in rules}
        others = place_queries.atlas_of(self.city.id, wanted - atlas.layers)
        return Comparison(rules, columns.areas, today=atlas, others=others)

    def _keep(self, batch: Batch, columns: Columns, report: FileReport, *, waiting: bool) -> None:
        brought = bring_in(
            jurisdiction_id=self.city.id,
            number_prefix=self.city.number_prefix,
            rows=batch.requests,
            lines=batch.lines,
            trial=self.dry_run,
        )
        unknown = {old.old_number for old in brought.unknown}
        held = batch.held + [Held(batch.behind[number], number, "no_date") for number in sorted(unknown)]
        keeping.hold(self.city.id, self.mapping.source, report.file, columns.header, held, self.now)
        if waiting:
            taken = [old.old_number for old in batch.requests if old.old_number not in unknown]
            report.repaired += keeping.release(self.city.id, self.mapping.source, taken)
        report.rows += len(batch.rows)
        report.created += brought.created
        report.updated += brought.updated
        report.unchanged += brought.unchanged
        report.left += brought.left
        report.without_point += batch.without_point
        report.outside += batch.outside
        report.held.update(h.reason for h in batch.held)
        if brought.unknown:
            report.held["no_date"] += len(brought.unknown)
        report.addresses |= batch.addresses
