"""The forms in which the rows of a version are taken away, whole or by year."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ombud.kernel.errors import N_, NotFound
from ombud.opendata.export import deltas, geoparquet, lines, scan
from ombud.opendata.lake.versions import Snapshot

NO_YEAR = N_("This version has no rows of %(year)s.")


class Suffix(StrEnum):
    """The end of a download's address."""

    CSV = "csv"
    GEOJSON = "geojson"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Suffix.CSV: "text/csv; charset=utf-8",
    Suffix.GEOJSON: "application/geo+json",
    Suffix.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for: of which kind, of one year or all, and with formulas made harmless for a spreadsheet."""

    suffix: Suffix
    year: int | None = None
    safe: bool = False

    @property
    def file_name(self) -> str:
        """What the file is called within its version, and at the end of its address."""
        year = "" if self.year is None else f"-{self.year:04}"
        return f"rows{year}{'-safe' if self.safe else ''}.{self.suffix}"

    def write(self, snapshot: Snapshot, target: Path) -> None:
        """Write the rows of a version to a file. The same version gives the same bytes. Raises NotFound."""
        if self.year is not None and self.year not in scan.years(snapshot):
            raise NotFound(NO_YEAR, year=self.year)
        if self.suffix is Suffix.PARQUET:
            geoparquet.write(target, scan.files_of(snapshot, year=self.year), snapshot.columns)
            return
        with target.open("wb") as file:
            for part in _text(snapshot, self):
                file.write(part)
                file.flush()


@dataclass(frozen=True, slots=True)
class Delta:
    """What changes from an earlier version to this one, as Parquet; None stands before the first version."""

    before: Snapshot | None
    suffix: Suffix = Suffix.PARQUET

    @property
    def file_name(self) -> str:
        """What the file is called within its version."""
        return f"delta-{f'{self.before.version}-{self.before.sha256[:12]}' if self.before else 0}.parquet"

    def write(self, snapshot: Snapshot, target: Path) -> None:
        """Write the changes to a file. The same versions give the same bytes."""
        deltas.write(self.before, snapshot, target)


def _text(snapshot: Snapshot, form: Form) -> Iterator[bytes]:
    with scan.opened(snapshot, year=form.year) as connection:
        if form.suffix is Suffix.CSV:
            yield from lines.csv(connection, snapshot.columns, safe=form.safe)
        else:
            yield from lines.geojson(connection, snapshot.columns)
