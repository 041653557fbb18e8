"""Taking away what no version needs any more: files, and versions that are not kept."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from ombud.opendata.lake import files, iceberg
from ombud.opendata.models import LakeFile, Publication
from ombud.opendata.rules.kept_versions import Keep, dropped

# A file of a publication that is being written is in no version yet.
HOURS_TO_BE_WRITTEN = 6


def thin(jurisdiction_id: str, dataset: str, keep: Keep, *, now: datetime, pinned: Collection[int] = ()) -> list[int]:
    """Drop the versions that are not kept, and return their numbers; those that something is pinned to stay."""
    rows = Publication.objects.of(jurisdiction_id, dataset).order_by("version")
    gone = [one for one in dropped(list(rows.values_list("version", "at")), keep, now=now) if one not in pinned]
    if gone:
        with transaction.atomic():
            going = rows.filter(version__in=gone)
            iceberg.expire(jurisdiction_id, dataset, list(going.values_list("snapshot_id", flat=True)))
            going.delete()
            _forget_files(jurisdiction_id, dataset)
    return gone


def _forget_files(jurisdiction_id: str, dataset: str) -> None:
    """Forget the files that are in no version any more."""
    kept = sorted(Publication.objects.of(jurisdiction_id, dataset).values_list("version", flat=True))
    for file in LakeFile.objects.of(jurisdiction_id, dataset).exclude(gone_version=None):
        if not any(file.since_version <= version < (file.gone_version or 0) for version in kept):
            file.delete()


def sweep(jurisdiction_id: str, dataset: str, *, now: datetime) -> int:
    """Delete files on disk that are in no version, and return how many; what is being written is left alone."""
    folder = files.folder() / jurisdiction_id / dataset / "data"
    known = set(LakeFile.objects.of(jurisdiction_id, dataset).values_list("path", flat=True))
    oldest = (now - timedelta(hours=HOURS_TO_BE_WRITTEN)).timestamp()
    swept = 0
    for path in folder.glob("*/*.parquet") if folder.exists() else ():
        if str(path.relative_to(files.folder())) not in known and path.stat().st_mtime < oldest:
            path.unlink()
            swept += 1
    return swept
