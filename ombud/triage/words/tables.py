"""
CSV files from anybody's machine: read a row at a time, columns known by several names, faults said plainly.

A name that ends in `.gz` is unpacked and packed.
"""

import csv
import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ombud.kernel.errors import BadInput

# Under which names a column is known, in any case; the first is ours.
NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "description", "texto", "descripcion", "comment", "comments", "words"),
    "language": ("language", "lang", "idioma", "locale"),
    "longitude": ("longitude", "long", "lon", "lng", "x"),
    "latitude": ("latitude", "lat", "y"),
    "place": ("place", "address", "location", "lugar", "direccion"),
    "service": ("service", "service_code", "servicio", "label"),
}
_LONGEST = 1_000_000  # letters of one field


class Table:
    """An open CSV file: its columns, which of ours they are, and its rows."""

    def __init__(self, path: Path, file: Any, *, needs: Sequence[str]) -> None:
        self._path = path
        self._rows = csv.reader(file, strict=True)
        self.line = 0
        header = next(self.rows(), None)
        if not header or not any(cell.strip() for cell in header):
            raise BadInput("%(file)s is empty. Its first line must name the columns.", file=path.name)
        self.columns = [cell.strip() for cell in header]
        self.known = _known(self.columns)
        missing = [name for name in needs if name not in self.known]
        if missing:
            raise BadInput(
                "%(file)s has no column “%(name)s” (also taken: %(others)s). It has: %(columns)s.",
                file=path.name,
                name=missing[0],
                others=", ".join(NAMES[missing[0]][1:]),
                columns=", ".join(self.columns)[:300],
            )

    def rows(self) -> Iterator[list[str]]:
        """Yield each row. Raises BadInput where the file cannot be read on."""
        while True:
            try:
                row = next(self._rows, None)
            except UnicodeDecodeError as wrong:
                raise BadInput(
                    "%(file)s is not UTF-8 (after line %(line)d). Save it as “CSV UTF-8”.",
                    file=self._path.name,
                    line=self._rows.line_num,
                ) from wrong
            except (gzip.BadGzipFile, EOFError, zlib.error) as wrong:
                raise BadInput("%(file)s cannot be unpacked.", file=self._path.name) from wrong
            except csv.Error as wrong:
                raise BadInput(
                    "%(file)s cannot be read as CSV at line %(line)d: %(why)s.",
                    file=self._path.name,
                    line=self._rows.line_num,
                    why=str(wrong),
                ) from wrong
            if row is None:
                return
            self.line = self._rows.line_num
            if row:  # a blank line is no row
                yield row

    def said(self, row: Sequence[str], name: str) -> str:
        """Return what a row says in one of our columns; empty where it has none."""
        at = self.known.get(name)
        return row[at].strip() if at is not None and at < len(row) else ""

    def padded(self, row: Sequence[str]) -> list[str]:
        """Return a row with as many cells as there are columns. Raises BadInput where it has more."""
        if len(row) > len(self.columns):
            raise BadInput(
                "%(file)s, line %(line)d: %(n)d cells, but the file has %(most)d columns. Is a comma not quoted?",
                file=self._path.name,
                line=self.line,
                n=len(row),
                most=len(self.columns),
            )
        return [*row, *[""] * (len(self.columns) - len(row))]


@contextmanager
def reading(path: Path, *, needs: Sequence[str]) -> Iterator[Table]:
    """Open a CSV file (UTF-8, with or without a byte-order mark). Raises BadInput, saying what is wrong with it."""
    csv.field_size_limit(_LONGEST)
    try:
        raw: IO[bytes] = path.open("rb")
    except OSError as refused:
        raise BadInput("%(file)s cannot be opened: %(why)s.", file=str(path), why=refused.strerror) from refused
    with raw, gzip.open(raw) if _is_packed(path) else raw as whole:
        yield Table(path, io.TextIOWrapper(whole, encoding="utf-8-sig", newline=""), needs=needs)


@contextmanager
def writing(path: Path, columns: Iterable[str], *, beside: Path) -> Iterator[Any]:
    """
    Yield a CSV writer. The file stands under its name when all of it is written, and not before.

    Raises BadInput where it cannot be written, or would overwrite what is being read (`beside`).
    """
    if path.resolve() == beside.resolve():
        raise BadInput("Write to another file than the one that is read.")
    part = path.with_name(f".{path.name}.part")
    try:
        with (
            gzip.open(part, "wt", encoding="utf-8", newline="")
            if _is_packed(path)
            else part.open("w", encoding="utf-8", newline="")
        ) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(list(columns))
            yield writer
        os.replace(part, path)
    except OSError as refused:
        raise BadInput("%(file)s cannot be written: %(why)s.", file=str(path), why=refused.strerror) from refused
    finally:
        part.unlink(missing_ok=True)


def say(line: str) -> None:
    """Print a line for who runs the command."""
    sys.stdout.write(line + "\n")


def fresh(names: Sequence[str], taken: Iterable[str]) -> list[str]:
    """Return names for new columns; one that the file has already gets `_2` behind it."""
    there = {name.lower() for name in taken}
    return [f"{name}_2" if name in there else name for name in names]


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _known(columns: Sequence[str]) -> dict[str, int]:
    low = [column.lower().replace(" ", "_") for column in columns]
    return {ours: low.index(name) for ours, names in NAMES.items() for name in reversed(names) if name in low}
