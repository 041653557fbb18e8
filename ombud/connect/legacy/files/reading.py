"""Open a file of rows, whatever its shape, and say the line where it is broken."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ombud.kernel.errors import N_, OmbudError

_NOT_TEXT = {
    b"PK\x03\x04": "an Excel or ZIP file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF file",
    b"\x1f\x9d": "a compressed file of an old kind",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"(\xb5/\xfd": "a Zstandard file",
}
_FIELD_LIMIT = 1024 * 1024


class BrokenFile(OmbudError):
    """A file that cannot be read to its end. Nothing of it is kept."""


class Row(NamedTuple):
    """One row: its line in a CSV file, or which object of a JSON array it is; and its values in the header's order."""

    line: int
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file's columns and its rows, which can be read once."""

    name: str
    header: tuple[str, ...]
    rows: Iterator[Row]
    counted_in: str


@contextmanager
def opened(path: Path, *, progress: Callable[[int], None] = lambda _: None) -> Iterator[OpenedFile]:
    """
    Open a file of rows. `progress` is told how many bytes of the file on disk have been read.

    Raises BrokenFile at once, or while the rows are read, with the line and what is wrong.
    """
    try:
        disk = path.open("rb")
    except OSError as why:
        raise BrokenFile(N_("%(file)s cannot be opened: %(why)s."), file=path.name, why=why.strerror) from None
    with disk, _decompressed(disk) as source:
        yield _shape_of(path.name, source, lambda: progress(disk.tell()))


@contextmanager
def _decompressed(disk: BinaryIO) -> Iterator[BinaryIO]:
    zipped = disk.read(2) == b"\x1f\x8b"
    disk.seek(0)
    with gzip.GzipFile(fileobj=disk) if zipped else io.BufferedReader(disk) as source:  # type: ignore[type-var]
        yield source  # type: ignore[misc]


def _shape_of(name: str, source: BinaryIO, progress: Callable[[], None]) -> OpenedFile:
    with _told(name, lambda: 1):
        start = source.peek(64)[:64] if hasattr(source, "peek") else b""
    for magic, kind in _NOT_TEXT.items():
        if start.startswith(magic):
            raise BrokenFile(N_("%(file)s is %(kind)s. Bring CSV or JSON."), file=name, kind=kind)
    if not start.strip():
        raise BrokenFile(N_("%(file)s is empty."), file=name)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return _json_rows(name, source, progress)
    return _csv_rows(name, source, progress)


# -- CSV ------------------------------------------------------------------------------------------------------
class _Lines:
    """The text lines of a source, counted, so that a broken one can be named."""

    def __init__(self, source: BinaryIO, progress: Callable[[], None]) -> None:
        self._source, self._progress = source, progress
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        for raw in self._source:
            self.count += 1
            if self.count % 1024 == 0:
                self._progress()
            if self.count == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            yield raw.decode("utf-8")
        self._progress()


def _csv_rows(name: str, source: BinaryIO, progress: Callable[[], None]) -> OpenedFile:
    lines = _Lines(source, progress)
    text = iter(lines)
    with _told(name, lambda: max(lines.count, 1)):
        first = next(text)
    delimiter = max(",;\t|", key=first.count)
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(_after(first, text), delimiter=delimiter, strict=True)
    with _told(name, lambda: max(lines.count, 1)):
        header = tuple(column.strip() for column in next(reader))

    def rows() -> Iterator[Row]:
        width = len(header)
        before = reader.line_num
        with _told(name, lambda: max(lines.count, 1)):
            for values in reader:
                line, before = before + 1, reader.line_num
                if len(values) == width:
                    yield Row(line, values)
                elif values:
                    raise BrokenFile(
                        N_(
                            "%(file)s, line %(line)d has %(n)d columns, but the header has %(width)d."
                            " The file may be cut off or damaged there; nothing of it was brought in."
                        ),
                        file=name,
                        line=line,
                        n=len(values),
                        width=width,
                    )

    return OpenedFile(name, header, rows(), "line")


def _after(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


# -- JSON -----------------------------------------------------------------------------------------------------
def _json_rows(name: str, source: BinaryIO, progress: Callable[[], None]) -> OpenedFile:
    # The whole file at once: an export is one array, and half an array is no export.
    with _told(name, lambda: 1):
        raw = source.read()
        progress()
    try:
        items = json.loads(raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as broken:
        raise _not_utf8(name, raw.count(b"\n", 0, broken.start) + 1) from None
    except json.JSONDecodeError as broken:
        raise BrokenFile(
            N_("%(file)s, line %(line)d is not valid JSON: %(why)s. Nothing of it was brought in."),
            file=name,
            line=broken.lineno,
            why=broken.msg,
        ) from None
    except RecursionError:
        raise BrokenFile(N_("%(file)s is not a list of requests."), file=name) from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BrokenFile(N_("%(file)s is JSON, but not a list of requests: it should look like [{…}, {…}]."), file=name)
    header = tuple(dict.fromkeys(key for item in items for key in item))
    rows = (Row(number, [_plain(item.get(key)) for key in header]) for number, item in enumerate(items, start=1))
    return OpenedFile(name, header, rows, "item")


def _plain(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


@contextmanager
def _told(name: str, line: Callable[[], int]) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise BrokenFile(
            N_(
                "%(file)s is cut off or damaged after about line %(line)d: the compressed data end too early or"
                " do not add up. Nothing of it was brought in; fetch the file again."
            ),
            file=name,
            line=line(),
        ) from None
    except UnicodeDecodeError:
        raise _not_utf8(name, line()) from None
    except csv.Error as why:
        raise BrokenFile(
            N_(
                "%(file)s, line %(line)d cannot be read: %(why)s."
                " The file may be cut off or damaged there; nothing of it was brought in."
            ),
            file=name,
            line=line(),
            why=str(why),
        ) from None
    except StopIteration:
        raise BrokenFile(N_("%(file)s is empty."), file=name) from None


def _not_utf8(name: str, line: int) -> BrokenFile:
    return BrokenFile(
        N_("%(file)s, line %(line)d is not UTF-8 text. Nothing of it was brought in; save the file as UTF-8."),
        file=name,
        line=line,
    )
