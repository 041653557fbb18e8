"""
Taking something back: what should never have been published leaves every version, the past ones too.

The files that held it are written again without it, and every version that has one of them says when it was cut and
what its hash was before. A tombstone says that something went and why; of the row itself it keeps the id alone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.lake import files, iceberg, projection, versions, writing
from ombud.opendata.models import LakeFile, Publication, Tombstone
from ombud.people.rules.permissions import Verb
from ombud.plumbing.alone import alone
from ombud.service_requests.timeline import Actor

if TYPE_CHECKING:
    import pyarrow as pa

BUSY = N_("Something is being published just now. Try again in a moment.")
WHY = N_("Say in a sentence why it is taken back; the sentence is public.")
NEVER_THERE = N_("“%(id)s” is in no version of this data set.")
# In these data sets the number of a request stands beside others' rows, by the column that names it.
_NAMED_IN = {"requests": ("_id",), "events": ("service_request_id",), "incidents": ("request_ids",)}


def take_back(city: City, number: str, *, said: str, actor: Actor, now: datetime) -> list[Publication]:
    """
    Take a request back out of every version of every data set, and return the versions that were cut.

    It is never published again. Raises BadInput without a reason, and NotFound for what was never published.
    """
    actor.require(Verb.PUBLISH, agency="")
    if not said.strip():
        raise BadInput(WHY, field="said")
    with alone(f"publish {city.id} requests") as mine:
        if not mine:
            raise BadInput(BUSY)
        with transaction.atomic():
            cut = [one for code in _NAMED_IN for one in _cut(city, code, number, now=now)]
            if not cut:
                raise NotFound(NEVER_THERE, id=number[:40])
            _bury(city, number, said=said.strip()[:300], now=now)
    return cut


def _bury(city: City, number: str, *, said: str, now: datetime) -> None:
    latest = versions.newest(city.id, "requests")
    Tombstone.objects.of(city.id, "requests").filter(row_id=number).delete()
    Tombstone.objects.create(
        jurisdiction_id=city.id,
        dataset="requests",
        row_id=number,
        version=latest.version if latest else 0,
        at=now,
        reason=versions.TAKEN_BACK,
        said=said,
    )
    projection.write(city.id, registry.of_code(city, "requests").columns, rows=[], deleted=[number])


def _cut(city: City, code: str, number: str, *, now: datetime) -> list[Publication]:
    """Write each file of a data set that names a request again without it; return the versions that are cut."""
    dataset = registry.of_code(city, code)
    old_files = [file for file in LakeFile.objects.of(city.id, code) if _names(file, code, number)]
    if not old_files:
        return []
    old_metadata = iceberg.metadata_files(city.id, code)
    old_paths = [files.folder() / file.path for file in old_files]
    for file in old_files:
        _rewrite(file, code, number)
    cut = _retell(city, code, old_files, now=now)
    _begin_table_again(city, dataset)
    exports = sorted((files.folder() / city.id / code / "exports").glob("**/*"))
    # Until the transaction has come true the old ones are what counts.
    transaction.on_commit(lambda: _delete([*old_paths, *old_metadata, *exports]))
    return cut


def _names(file: LakeFile, code: str, number: str) -> bool:
    return int(_without(files.read(file.path), code, number).num_rows) < file.rows


def _without(rows: "pa.Table", code: str, number: str) -> "pa.Table":
    import pyarrow.compute as pc

    [column] = _NAMED_IN[code]
    named = pc.fill_null(pc.match_substring(rows[column], number), False)
    return rows.filter(pc.invert(named))


def _rewrite(file: LakeFile, code: str, number: str) -> None:
    left = _without(files.read(file.path), code, number)
    if not left.num_rows:
        LakeFile.objects.filter(pk=file.pk).delete()
        return
    written = files.write(left, jurisdiction_id=file.jurisdiction_id, dataset=code, month=file.month)
    LakeFile.objects.filter(pk=file.pk).update(
        path=written.path, rows=written.rows, size=written.size, sha256=written.sha256
    )


def _retell(city: City, code: str, cut: Sequence[LakeFile], *, now: datetime) -> list[Publication]:
    """Let each version that has one of the files say that it was cut."""
    all_files = list(LakeFile.objects.of(city.id, code))
    told = []
    for one in Publication.objects.of(city.id, code).order_by("version"):
        if not any(_is_in(file, one.version) for file in cut):
            continue
        held = sorted((file for file in all_files if _is_in(file, one.version)), key=lambda file: file.month)
        one.sha256_before = one.sha256_before or one.sha256
        one.sha256 = writing.over([(file.month, file.sha256) for file in held])
        one.rows, one.recut_at = sum(file.rows for file in held), now
        one.save(update_fields=["sha256", "sha256_before", "rows", "recut_at"])
        told.append(one)
    return told


def _is_in(file: LakeFile, version: int) -> bool:
    return file.since_version <= version and (file.gone_version is None or file.gone_version > version)


def _begin_table_again(city: City, dataset: DataSet) -> None:
    latest = versions.newest(city.id, dataset.code)
    if latest is None:
        return
    held = LakeFile.objects.of(city.id, dataset.code).filter(gone_version=None).order_by("month")
    latest.snapshot_id = iceberg.begin_again(
        city.id,
        dataset.code,
        columns=dataset.every_column,
        holds=list(held.values_list("path", flat=True)),
        told={"ombud.version": str(latest.version), "ombud.recut": "true"},
    )
    latest.save(update_fields=["snapshot_id"])


def _delete(paths: Iterable[Path]) -> None:

    for path in paths:
        if path.is_file():
            path.unlink(missing_ok=True)
