"""
The lake as Iceberg tables, so that Spark, Trino and others read it as it is.

Ombud writes the files and knows itself which are in which version; the table says the same in the standard's words.
Its newest metadata is named by a row of PostgreSQL, which changes in the transaction of the publication: a table is
never ahead of the record, and a publication that fails leaves it where it was.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ombud.opendata.lake import files
from ombud.opendata.models import LakeTable
from ombud.opendata.rules.columns import MONTH, Column, Kind

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

_FIRST_FIELD = 1000


def publish(
    jurisdiction_id: str,
    dataset: str,
    *,
    columns: Sequence[Column],
    gone: Sequence[str],
    new: Sequence[str],
    told: Mapping[str, str],
) -> int:
    """
    Replace files of a table by others in one snapshot, and return its id. Paths are below the lake's folder.

    Columns that the table does not have yet are added. `told` stands in the snapshot's summary.
    """
    table = opened(jurisdiction_id, dataset) or _made(jurisdiction_id, dataset, columns)
    shape = _as_iceberg(columns)
    if not set(shape.column_names) <= set(table.schema().column_names):
        with table.transaction() as changing, changing.update_schema() as update:
            update.union_by_name(shape)
    return _replace(table, gone=gone, new=new, told=told)


def expire(jurisdiction_id: str, dataset: str, snapshot_ids: Sequence[int]) -> None:
    """Let a table forget snapshots; those it does not know are none to forget."""
    table = opened(jurisdiction_id, dataset)
    known = {snapshot.snapshot_id for snapshot in table.metadata.snapshots} if table else set()
    if table and (gone := known & set(snapshot_ids)):
        table.maintenance.expire_snapshots().by_ids(sorted(gone)).commit()


def begin_again(
    jurisdiction_id: str, dataset: str, *, columns: Sequence[Column], holds: Sequence[str], told: Mapping[str, str]
) -> int:
    """
    Make a table anew that holds these files, without its past, and return its snapshot's id.

    Its old metadata tells of files what is smallest and largest in them; where something was taken back it must go.
    The caller deletes it, once this has come true.
    """
    LakeTable.objects.of(jurisdiction_id, dataset).delete()
    return _replace(_made(jurisdiction_id, dataset, columns), gone=[], new=holds, told=told)


def metadata_files(jurisdiction_id: str, dataset: str) -> list[Path]:
    """Return the files in which a table says what it is, those of its past included."""
    return sorted((files.folder() / jurisdiction_id / dataset / "metadata").glob("*"))


def _replace(table: "Table", *, gone: Sequence[str], new: Sequence[str], told: Mapping[str, str]) -> int:
    with table.transaction() as changing, changing.update_snapshot(dict(told)).overwrite() as overwriting:
        for path in gone:
            overwriting.delete_data_file(_data_file(table, path))
        for path in new:
            overwriting.append_data_file(_data_file(table, path))
    now = table.current_snapshot()
    if now is None:
        raise RuntimeError(f"{table.name()} has no snapshot after one was written")
    return now.snapshot_id


def _data_file(table: "Table", path: str) -> "DataFile":
    from pyiceberg.io.pyarrow import parquet_file_to_data_file

    file = parquet_file_to_data_file(table.io, table.metadata, _uri(path))
    file.spec_id = table.spec().spec_id
    return file


def _uri(path: str) -> str:
    return f"file://{files.folder() / path}"


def opened(jurisdiction_id: str, dataset: str) -> "Table | None":
    """Return the Iceberg table of a data set, if anything was published in it."""
    from pyiceberg.io import load_file_io
    from pyiceberg.serializers import FromInputFile
    from pyiceberg.table import Table

    row = LakeTable.objects.of(jurisdiction_id, dataset).first()
    if row is None:
        return None
    io = load_file_io(location=row.metadata_location)
    metadata = FromInputFile.table_metadata(io.new_input(row.metadata_location))
    return Table((jurisdiction_id, dataset), metadata, row.metadata_location, io, _catalogue())


def _made(jurisdiction_id: str, dataset: str, columns: Sequence[Column]) -> "Table":
    from pyiceberg.io import load_file_io
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.serializers import ToOutputFile
    from pyiceberg.table import Table, TableProperties
    from pyiceberg.table.metadata import new_table_metadata
    from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
    from pyiceberg.transforms import IdentityTransform

    shape = _as_iceberg(columns)
    month = shape.find_field(MONTH)
    metadata = new_table_metadata(
        schema=shape,
        partition_spec=PartitionSpec(
            PartitionField(source_id=month.field_id, field_id=_FIRST_FIELD, transform=IdentityTransform(), name=MONTH)
        ),
        sort_order=UNSORTED_SORT_ORDER,
        location=_uri(f"{jurisdiction_id}/{dataset}"),
        properties={
            TableProperties.DEFAULT_NAME_MAPPING: shape.name_mapping.model_dump_json(),
            TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED: "true",
        },
    )
    location = _metadata_location(metadata.location, 0)
    io = load_file_io(location=location)
    ToOutputFile.table_metadata(metadata, io.new_output(location))
    LakeTable.objects.create(jurisdiction_id=jurisdiction_id, dataset=dataset, metadata_location=location)
    return Table((jurisdiction_id, dataset), metadata, location, io, _catalogue())


def _as_iceberg(columns: Sequence[Column]) -> "Schema":
    from pyiceberg.schema import Schema
    from pyiceberg.types import (
        BinaryType,
        BooleanType,
        DoubleType,
        NestedField,
        StringType,
        TimestampType,
        TimestamptzType,
    )

    types = {
        Kind.TEXT: StringType(),
        Kind.NUMBER: DoubleType(),
        Kind.CALENDAR_DATE: TimestampType(),
        Kind.FIXED_TIMESTAMP: TimestamptzType(),
        Kind.CHECKBOX: BooleanType(),
        Kind.MULTIPOLYGON: BinaryType(),
    }
    names = [(column.stored, types[column.kind]) for column in columns if column.kind is not Kind.POINT]
    named = [*names, (MONTH, StringType())]
    return Schema(*(NestedField(number, name, kind, required=False) for number, (name, kind) in enumerate(named, 1)))


def _metadata_location(location: str, number: int) -> str:
    return f"{location}/metadata/{number:05d}-{uuid4()}.metadata.json"


@cache
def _catalogue() -> Any:
    from pyiceberg.catalog.noop import NoopCatalog
    from pyiceberg.serializers import ToOutputFile
    from pyiceberg.table import CommitTableResponse
    from pyiceberg.table.update import update_table_metadata

    class RowsOfOurs(NoopCatalog):
        """The catalogue of Iceberg tables: a row each."""

        def commit_table(self, table: Any, requirements: Any, updates: Any) -> CommitTableResponse:
            """Write a table's next metadata and let its row name it."""
            for requirement in requirements:
                requirement.validate(table.metadata)
            was = table.metadata_location
            metadata = update_table_metadata(table.metadata, updates, metadata_location=was)
            number = int(was.rsplit("/", 1)[1].split("-", 1)[0]) + 1
            location = _metadata_location(metadata.location, number)
            ToOutputFile.table_metadata(metadata, table.io.new_output(location))
            jurisdiction_id, dataset = table.name()
            rows = LakeTable.objects.of(jurisdiction_id, dataset).filter(metadata_location=was)
            if not rows.update(metadata_location=location, previous_metadata_location=was):
                raise RuntimeError(f"{table.name()} was published by somebody else meanwhile")
            return CommitTableResponse.model_validate({"metadata": metadata, "metadata-location": location})

    return RowsOfOurs("ombud")
