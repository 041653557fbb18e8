"""What a version is made of, with the hashes by which anybody can check it."""

from functools import lru_cache
from typing import Any

from django.db.models import Q

from ombud.kernel.errors import N_, NotFound
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.export import scan, store
from ombud.opendata.export.forms import MEDIA_TYPES, Form, Suffix
from ombud.opendata.lake import files, versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.models import LakeFile, Publication
from ombud.opendata.rules.values import plain, time_of

NO_FILE = N_("No version has such a file.")
VERSIONS_AT_MOST = 1_000


def manifest(dataset: DataSet, snapshot: Snapshot, *, base: str) -> dict[str, Any]:
    """Return the manifest of a version. `base` is the address of the data set, without a slash at its end."""
    version, earlier = snapshot.version, kept_before(snapshot)
    downloads = [Form(suffix) for suffix in Suffix]
    downloads += [Form(suffix, year=year) for suffix in Suffix for year in scan.years(snapshot)]
    return {
        "id": base.rsplit("/", 1)[1],
        "name": dataset.code,
        **told_of(publication(snapshot)),
        "is_latest": snapshot.is_latest,
        "columns": [[column.name, column.kind.value] for column in snapshot.columns],
        "files": [_file(snapshot, file, base) for file in _files(snapshot)],
        "downloads": [_download(snapshot, form, f"{base}/{form.file_name}?version={version}") for form in downloads],
        "previous": f"{base}/manifest.json?version={earlier}" if earlier else None,
        "versions": f"{base}/versions.json",
        "changes": f"{base}/changes?since={earlier}&until={version}",
    }


def listed(jurisdiction_id: str, dataset: str, *, base: str) -> list[dict[str, Any]]:
    """Return the last versions, newest first."""
    rows = versions.publications(jurisdiction_id, dataset, limit=VERSIONS_AT_MOST)
    return [{**told_of(row), "manifest": f"{base}/manifest.json?version={row.version}"} for row in rows]


def told_of(row: Publication) -> dict[str, Any]:
    """Return what is told of a publication."""
    told = {
        "version": row.version,
        "at": row.at.isoformat(),
        "rows": row.rows,
        "inserted": row.inserted,
        "updated": row.updated,
        "deleted": row.deleted,
        "sha256": row.sha256,
        "rule_set": row.rule_set,
    }
    if row.recut_at:
        told |= {"recut_at": row.recut_at.isoformat(), "sha256_before": row.sha256_before}
    return told


def publication(snapshot: Snapshot) -> Publication:
    """Return the publication that a snapshot is of."""
    return Publication.objects.of(snapshot.jurisdiction_id, snapshot.dataset).get(version=snapshot.version)


def first(snapshot: Snapshot) -> Publication:
    """Return the first publication of a data set that is still kept."""
    rows = Publication.objects.of(snapshot.jurisdiction_id, snapshot.dataset)
    return rows.order_by("version")[:1].get()


def kept_before(snapshot: Snapshot) -> int:
    """Return the version before this one that is still kept, or 0."""
    rows = Publication.objects.of(snapshot.jurisdiction_id, snapshot.dataset).filter(version__lt=snapshot.version)
    earlier = rows.order_by("-version").first()
    return earlier.version if earlier else 0


def lake_file(jurisdiction_id: str, dataset: str, sha256: str) -> LakeFile:
    """Return a file that versions are made of, by its hash. Raises NotFound."""
    found = LakeFile.objects.of(jurisdiction_id, dataset).filter(sha256=sha256).first()
    if found is None or not (files.folder() / found.path).exists():
        raise NotFound(NO_FILE)
    return found


def _files(snapshot: Snapshot) -> list[LakeFile]:
    rows = LakeFile.objects.of(snapshot.jurisdiction_id, snapshot.dataset).filter(since_version__lte=snapshot.version)
    return list(rows.filter(Q(gone_version=None) | Q(gone_version__gt=snapshot.version)).order_by("month", "path"))


def _file(snapshot: Snapshot, file: LakeFile, base: str) -> dict[str, Any]:
    when = time_of(snapshot.columns)
    span = _span(str(files.folder() / file.path), when.stored) if when else None
    return {
        "url": f"{base}/files/{file.sha256}.parquet",
        "month": file.month,
        "rows": file.rows,
        "bytes": file.size,
        "sha256": file.sha256,
        **(
            {when.name: dict(zip(("min", "max"), (plain(when.kind, at) for at in span), strict=True))}
            if when and span
            else {}
        ),
    }


def _download(snapshot: Snapshot, form: Form, url: str) -> dict[str, Any]:
    told: dict[str, Any] = {"url": url, "media_type": MEDIA_TYPES[form.suffix]}
    if form.year:
        told["year"] = form.year
    if made := store.kept(snapshot, form):
        told |= {"bytes": made.size, "sha256": made.sha256}
    return told


@lru_cache(maxsize=4_000)
def _span(path: str, column: str) -> tuple[Any, Any] | None:
    """Return the first and the last value of a column of a file, which never changes; its footer knows them."""
    import pyarrow.parquet as pq

    footer = pq.read_metadata(path)
    if column not in footer.schema.names:
        return None
    at = footer.schema.names.index(column)
    told = [footer.row_group(group).column(at).statistics for group in range(footer.num_row_groups)]
    ends = [(one.min, one.max) for one in told if one is not None and one.has_min_max]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None
