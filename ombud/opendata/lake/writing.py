"""
Publishing a version: rows that are new, changed or gone, as one step of the lake.

Files are never changed. Those of the months that a change touches are written anew, beside the old ones, which stay for
the versions that they are in. Whoever reads a version reads the same bytes for ever.
"""

import hashlib
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ombud.opendata.lake import files, iceberg
from ombud.opendata.lake.files import Written
from ombud.opendata.models import LakeFile, Publication, Tombstone
from ombud.opendata.rules.columns import MONTH, SYSTEM, Column

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """
    What a publication changes. Rows have the stored names of their columns, their month, and all system fields.

    `months_before` says in which month a row that is changed or gone lay until now.
    """

    inserted: Sequence[Row]
    updated: Sequence[Row]
    deleted: Mapping[str, str]  # row id to reason
    months_before: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True, slots=True)
class Step:
    """Which version is made, of what and when, by which rules, and where the reader of events stands after it."""

    jurisdiction_id: str
    dataset: str
    columns: Sequence[Column]
    version: int
    at: datetime
    rule_set: str
    read_written_in: int = 0
    read_event_id: int = 0


def write(step: Step, changes: Changes) -> Publication:
    """Write a version. Within a transaction: what was written to disk before it failed is swept up later."""
    columns = (*step.columns, *SYSTEM)
    current = {
        file.month: file for file in LakeFile.objects.of(step.jurisdiction_id, step.dataset).filter(gone_version=None)
    }
    touched = {row[MONTH] for row in (*changes.inserted, *changes.updated)} | set(changes.months_before.values())
    gone = [current[month] for month in sorted(touched) if month in current]
    new = list(_written_anew(step, changes, columns=columns, current=current, touched=sorted(touched)))
    left = [file for file in current.values() if file not in gone]
    snapshot_id = _in_iceberg(step, columns, left=left, gone=gone, new=new)
    _remember_files(step, gone=gone, new=new)
    Tombstone.objects.bulk_create(
        Tombstone(
            jurisdiction_id=step.jurisdiction_id, dataset=step.dataset, row_id=row_id, version=step.version,
            at=step.at, reason=reason,
        )
        for row_id, reason in changes.deleted.items()
    )  # fmt: skip
    whole: list[LakeFile | Written] = [*left, *new]
    hashes = sorted((file.month, file.sha256) for file in whole)
    return Publication.objects.create(
        jurisdiction_id=step.jurisdiction_id,
        dataset=step.dataset,
        version=step.version,
        at=step.at,
        rows=sum(file.rows for file in whole),
        inserted=len(changes.inserted),
        updated=len(changes.updated),
        deleted=len(changes.deleted),
        sha256=over(hashes),
        columns=[(column.name, column.kind) for column in columns],
        rule_set=step.rule_set,
        snapshot_id=snapshot_id,
        read_written_in=step.read_written_in,
        read_event_id=step.read_event_id,
    )


def _in_iceberg(
    step: Step, columns: Sequence[Column], *, left: Sequence[LakeFile], gone: Sequence[LakeFile], new: Sequence[Written]
) -> int:
    """Say the same in the Iceberg table. One that does not hold what it should is made anew, without its past."""
    from pyiceberg.exceptions import ValidationException

    told = {"ombud.version": str(step.version), "ombud.rule-set": step.rule_set}
    going, coming = [file.path for file in gone], [file.path for file in new]
    try:
        return iceberg.publish(step.jurisdiction_id, step.dataset, columns=columns, gone=going, new=coming, told=told)
    except ValidationException:
        log.exception("The Iceberg table of %s %s is made anew", step.jurisdiction_id, step.dataset)
        holds = [*(file.path for file in left), *coming]
        return iceberg.begin_again(step.jurisdiction_id, step.dataset, columns=columns, holds=holds, told=told)


def over(hashes: Sequence[tuple[str, str]]) -> str:
    """Return the hash of a version: over the month and the hash of each of its files, in their order."""
    return hashlib.sha256("".join(f"{month} {sha256}\n" for month, sha256 in hashes).encode()).hexdigest()


def _written_anew(
    step: Step,
    changes: Changes,
    *,
    columns: Sequence[Column],
    current: Mapping[str, LakeFile],
    touched: Sequence[str],
) -> Iterator[Written]:
    import pyarrow as pa

    schema = files.schema_of(columns)
    replaced = {*changes.deleted, *(row["_id"] for row in changes.updated)}
    coming: dict[str, list[Row]] = {}
    for row in (*changes.inserted, *changes.updated):
        coming.setdefault(row[MONTH], []).append(row)
    for month in touched:
        parts = [pa.Table.from_pylist(coming.get(month, []), schema=schema)]
        if month in current:
            parts.append(_without(files.read(current[month].path), replaced, schema))
        rows = pa.concat_tables(parts)
        if rows.num_rows:
            yield files.write(rows, jurisdiction_id=step.jurisdiction_id, dataset=step.dataset, month=month)


def _without(rows: "pa.Table", ids: Collection[str], schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    left = rows.filter(pc.invert(pc.is_in(rows["_id"], value_set=pa.array(sorted(ids), pa.string()))))
    # A column that has come since is empty in what was there before.
    arrays = [
        left[field.name].cast(field.type) if field.name in left.column_names else pa.nulls(left.num_rows, field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)


def _remember_files(step: Step, *, gone: Sequence[LakeFile], new: Sequence[Written]) -> None:
    LakeFile.objects.filter(pk__in=[file.pk for file in gone]).update(gone_version=step.version)
    LakeFile.objects.bulk_create(
        LakeFile(
            jurisdiction_id=step.jurisdiction_id, dataset=step.dataset, path=file.path, month=file.month,
            rows=file.rows, size=file.size, sha256=file.sha256, since_version=step.version,
        )
        for file in new
    )  # fmt: skip
