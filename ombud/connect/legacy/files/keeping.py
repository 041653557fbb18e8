"""What an import remembers in the database: mappings, values it did not know, rows that wait."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ombud.catalog.city import City
from ombud.connect.legacy.files.mapping import FileMapping, read_mapping
from ombud.connect.legacy.files.noticed import Held, Noticed, Unknown
from ombud.connect.legacy.files.reading import OpenedFile, Row
from ombud.connect.models import ImportHeldRow, ImportMapping, ImportRepair
from ombud.kernel.errors import N_, NotFound

# An outcome sentence may be different in every row; the queue keeps the most frequent.
VALUES_AT_MOST = 300
# Columns whose unknown values make a row wait.
HOLDING = frozenset(("service", "agency", "status", "requested_at", "closed_at"))


def keep_mapping(city: City, mapping: FileMapping, *, at: datetime) -> None:
    """Keep the mapping for this city and source; it holds until another is given."""
    definition = mapping.model_dump(mode="json", exclude_defaults=True)
    ImportMapping.objects.update_or_create(
        jurisdiction_id=city.id, source=mapping.source, defaults={"definition": definition, "given_at": at}
    )


def kept_mapping(city: City, source: str) -> FileMapping:
    """Return the mapping last given. Raises NotFound, or BadInput where the catalogue has left it behind."""
    kept = ImportMapping.objects.filter(jurisdiction_id=city.id, source=source).first()
    if kept is None:
        raise NotFound(
            N_("%(city)s has no mapping for %(source)s yet. Give one once with --mapping FILE.yaml."),
            city=city.id,
            source=source,
        )
    return read_mapping(kept.definition, city=city, name=f"the mapping kept for {source}")


def has_mapping(jurisdiction_id: str, source: str) -> bool:
    """Whether the city has a mapping for this source."""
    return ImportMapping.objects.filter(jurisdiction_id=jurisdiction_id, source=source).exists()


def sources_with_held_rows(jurisdiction_id: str) -> list[str]:
    """Return the sources of which rows wait."""
    held = ImportHeldRow.objects.filter(jurisdiction_id=jurisdiction_id)
    return sorted(held.values_list("source", flat=True).distinct())


# -- Values that the mapping does not know --------------------------------------------------------------------
def note_unknown(jurisdiction_id: str, source: str, file: str, noticed: Noticed, at: datetime) -> None:
    """Replace what the queue says of this file: reading it twice counts nothing twice."""
    ImportRepair.objects.filter(jurisdiction_id=jurisdiction_id, source=source, file=file).delete()
    columns: Counter[str] = Counter()
    most_first = sorted(noticed.unknown.items(), key=lambda pair: -pair[1].rows)
    entries = []
    for (column, value), seen in most_first:
        columns[column] += 1
        if columns[column] <= VALUES_AT_MOST:
            entries.append(_entry(jurisdiction_id, source, file, column, value, seen, at))
    ImportRepair.objects.bulk_create(entries)


def note_why_still_held(jurisdiction_id: str, source: str, file: str, noticed: Noticed, at: datetime) -> None:
    """Replace what the queue says of values for which rows of this file wait; the rest of the file was not read."""
    queue = ImportRepair.objects.filter(jurisdiction_id=jurisdiction_id, source=source, file=file)
    holding = {pair: seen for pair, seen in noticed.unknown.items() if pair[0] in HOLDING}
    for (column, value), seen in holding.items():
        queue.filter(column=column, value=value).delete()
        _entry(jurisdiction_id, source, file, column, value, seen, at).save(force_insert=True)


def _entry(
    jurisdiction_id: str, source: str, file: str, column: str, value: str, seen: Unknown, at: datetime
) -> ImportRepair:
    return ImportRepair(
        jurisdiction_id=jurisdiction_id,
        source=source,
        file=file,
        column=column,
        value=value,
        rows=seen.rows,
        first_line=seen.first_line,
        samples=seen.samples,
        seen_at=at,
    )


def forget_known(jurisdiction_id: str, mapping: FileMapping) -> None:
    """Take out of the queue what the mapping knows now."""
    queue = ImportRepair.objects.filter(jurisdiction_id=jurisdiction_id, source=mapping.source)
    known: dict[str, Mapping[str, object]] = {
        "service": mapping.services,
        "agency": mapping.agencies,
        "status": mapping.statuses,
        "unit": mapping.units,
        "channel": mapping.channels,
    }
    for column, values in known.items():
        queue.filter(column=column, value__in=list(values)).delete()


# -- Rows that wait -------------------------------------------------------------------------------------------
def holds_any(jurisdiction_id: str, source: str) -> bool:
    """Whether any row of the source waits."""
    return ImportHeldRow.objects.filter(jurisdiction_id=jurisdiction_id, source=source).exists()


def hold(
    jurisdiction_id: str, source: str, file: str, header: Sequence[str], held: Sequence[Held], at: datetime
) -> None:
    """Keep rows as they came; the same row is kept once, with the newest reason."""
    entries = []
    waiting: dict[str, list[str]] = {}
    for one in held:
        row = {name: _storable(value) for name, value in zip(header, one.row.values, strict=True) if value}
        digest = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
        waiting.setdefault(one.reason, []).append(digest)
        entries.append(
            ImportHeldRow(
                jurisdiction_id=jurisdiction_id,
                source=source,
                digest=digest,
                old_number=one.old_number,
                reason=one.reason,
                file=file,
                line=one.row.line,
                row=row,
                held_at=at,
            )
        )
    ImportHeldRow.objects.bulk_create(entries, ignore_conflicts=True, batch_size=2000)
    for reason, digests in waiting.items():
        kept = ImportHeldRow.objects.filter(jurisdiction_id=jurisdiction_id, source=source, digest__in=digests)
        kept.exclude(reason=reason).update(reason=reason)


def release(jurisdiction_id: str, source: str, old_numbers: Sequence[str]) -> int:
    """Forget the held rows of requests that have come in now. Returns how many."""
    held = ImportHeldRow.objects.filter(jurisdiction_id=jurisdiction_id, source=source, old_number__in=old_numbers)
    gone, _ = held.delete()
    return gone


def held_files(jurisdiction_id: str, source: str) -> Iterator[OpenedFile]:
    """Return the held rows, those of one file together, as if they were files of only these rows."""
    groups: dict[str, list[ImportHeldRow]] = {}
    for held in ImportHeldRow.objects.filter(jurisdiction_id=jurisdiction_id, source=source).order_by("pk"):
        groups.setdefault(held.file, []).append(held)
    for file, together in groups.items():
        # Empty values were not kept, so each row may have other columns.
        header = tuple(dict.fromkeys(name for held in together for name in held.row))
        rows = [Row(held.line, [held.row.get(name, "") for name in header]) for held in together]
        yield OpenedFile(file, header, iter(rows), "line")


def _storable(value: str) -> str:
    return value.replace("\x00", "")
