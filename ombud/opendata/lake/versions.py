"""The versions of a data set: which there are, and which files each is made of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from django.db.models import Q

from ombud.kernel.errors import N_, NotFound
from ombud.opendata.lake import files
from ombud.opendata.models import LakeFile, Publication, Tombstone
from ombud.opendata.rules.columns import SYSTEM, Column
from ombud.plumbing.rows import first as first_row

# Why a row went, where a person decided that it goes from past versions too.
TAKEN_BACK = "taken_back"
NOT_YET = N_("Nothing has been published here yet.")
NO_VERSION = N_("There is no version %(version)s of this data set.")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a data set: what it is made of. It never changes, but where something is taken back out of it."""

    jurisdiction_id: str
    dataset: str
    version: int
    at: datetime
    rows: int
    sha256: str
    # Absolute paths of Parquet files; together they hold each row once.
    files: tuple[str, ...]
    # Those that this version has, system fields included.
    columns: tuple[Column, ...]
    is_latest: bool


def newest(jurisdiction_id: str, dataset: str) -> Publication | None:
    """Return the last publication of a data set, if there is one."""
    return Publication.objects.of(jurisdiction_id, dataset).order_by("-version").first()


def is_newest(jurisdiction_id: str, dataset: str, version: int) -> bool:
    """Return whether a version is still the last one."""
    newest_first = "SELECT version FROM ombud_publication WHERE jurisdiction_id = %s AND dataset = %s"
    return first_row(f"{newest_first} ORDER BY version DESC LIMIT 1", jurisdiction_id, dataset) == (version,)


def first(jurisdiction_id: str, dataset: str) -> Publication | None:
    """Return the first publication of a data set, if there is one."""
    return Publication.objects.of(jurisdiction_id, dataset).order_by("version").first()


def publications(jurisdiction_id: str, dataset: str, *, limit: int) -> list[Publication]:
    """Return the last publications, newest first."""
    return list(Publication.objects.of(jurisdiction_id, dataset).order_by("-version")[:limit])


def pinned(
    jurisdiction_id: str, dataset: str, columns: Sequence[Column], *, asof: int | datetime | None = None
) -> Snapshot:
    """
    Return a version: the newest, one by its number, or the one that counted at a moment. Raises NotFound.

    `columns` are those that the data set has today; the snapshot has those of them that it had then.
    """
    latest = newest(jurisdiction_id, dataset)
    if latest is None:
        raise NotFound(NOT_YET)
    one = latest if asof is None else _asked(jurisdiction_id, dataset, asof)
    if one is None:
        raise NotFound(NO_VERSION, version=str(asof)[:40])
    had = {name for name, _ in one.columns}
    return Snapshot(
        jurisdiction_id=jurisdiction_id,
        dataset=dataset,
        version=one.version,
        at=one.at,
        rows=one.rows,
        sha256=one.sha256,
        files=_files_of(one.pk, one.sha256, jurisdiction_id, dataset, one.version, files.folder()),
        columns=tuple(column for column in (*columns, *SYSTEM) if column.name in had),
        is_latest=one.version == latest.version,
    )


@lru_cache(maxsize=2_000)
def _files_of(
    _publication: int, _sha256: str, jurisdiction_id: str, dataset: str, version: int, folder: Path
) -> tuple[str, ...]:
    """Return the files of a version: the same for as long as its hash is, which changes where it is cut."""
    rows = LakeFile.objects.of(jurisdiction_id, dataset).filter(since_version__lte=version)
    held = rows.filter(Q(gone_version=None) | Q(gone_version__gt=version)).order_by("month", "path")
    return tuple(str(folder / path) for path in held.values_list("path", flat=True))


def _asked(jurisdiction_id: str, dataset: str, asof: int | datetime) -> Publication | None:
    rows = Publication.objects.of(jurisdiction_id, dataset)
    try:
        # PostgreSQL knows fewer zones than Python.
        chosen = rows.filter(version=asof) if isinstance(asof, int) else rows.filter(at__lte=asof.astimezone(UTC))
    except OverflowError:
        return None
    return chosen.order_by("-version").first()


def tombstones(jurisdiction_id: str, dataset: str, *, after: int, until: int) -> list[Tombstone]:
    """Return what has left the data set behind one version and up to another."""
    rows = Tombstone.objects.of(jurisdiction_id, dataset).filter(version__gt=after, version__lte=until)
    return list(rows.order_by("version", "row_id"))


def taken_back(jurisdiction_id: str, numbers: Collection[str]) -> set[str]:
    """Return those of some requests that were taken back, and are not published again."""
    rows = Tombstone.objects.of(jurisdiction_id, "requests").filter(reason=TAKEN_BACK, row_id__in=numbers)
    return set(rows.values_list("row_id", flat=True))
