"""
Downloads on disk: made once for a version and kept, one of a data set at a time whichever process makes it.

A download lies under the number of its version and the beginning of its hash, so that one that was cut anew, because
something was taken back, is another. Who asks while it is being made reads along.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ombud.kernel.errors import N_, OmbudError, Unavailable
from ombud.opendata.export.forms import Suffix
from ombud.opendata.lake import files
from ombud.opendata.lake.versions import Snapshot

log = logging.getLogger(__name__)

SOON = 4.0
PART = 1 << 18
NOT_MADE = N_("This download could not be made just now. Try again in a moment.")
_A_LITTLE = 0.05


class Made(Protocol):
    """A form of a version that a file is made of: what it is called, and how it is written."""

    @property
    def file_name(self) -> str:
        """What the file is called within its version."""

    @property
    def suffix(self) -> Suffix:
        """Of which kind it is."""

    def write(self, snapshot: Snapshot, target: Path) -> None:
        """Write it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A download that lies on disk: where, its bytes, and its hash."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Growing:
    """A download that is being made."""

    final: Path
    maker: threading.Thread

    def parts(self) -> Iterator[bytes]:
        """Give its bytes as they come. Raises Unavailable where it cannot be made."""
        read = 0
        while True:
            ended, trying = self.final.exists(), self.maker.is_alive()
            # Opened anew each time: should its maker be killed, another begins again, and writes the same bytes.
            with suppress(FileNotFoundError), (self.final if ended else _unfinished(self.final)).open("rb") as file:
                file.seek(read)
                while part := file.read(PART):
                    read += len(part)
                    yield part
            if ended:
                return
            if not trying and not self.final.exists():
                raise Unavailable(NOT_MADE)
            time.sleep(_A_LITTLE)


def folder(jurisdiction_id: str, dataset: str) -> Path:
    """Return where the downloads of a data set lie, version by version."""
    return files.folder() / jurisdiction_id / dataset / "exports"


def folder_of(snapshot: Snapshot) -> Path:
    """Return where the downloads of a version lie."""
    return _of_dataset(snapshot) / version_name(snapshot.version, snapshot.sha256)


def version_name(version: int, sha256: str) -> str:
    """Return what the folder of a version is called."""
    return f"{version}-{sha256[:12]}"


def kept(snapshot: Snapshot, form: Made) -> Kept | None:
    """Return a download if it has been made."""
    return _kept(folder_of(snapshot) / form.file_name)


def fetched(snapshot: Snapshot, form: Made, *, wait: float = SOON) -> Kept | Growing:
    """
    Return a download, made now if it is not there; one that takes longer than `wait` seconds while it grows.

    Raises NotFound for a year that the version has no rows of, Unavailable where it cannot be made.
    """
    final = folder_of(snapshot) / form.file_name
    if there := _kept(final):
        with suppress(OSError):
            os.utime(final)  # the sweep goes by when it was last asked for
        return there
    final.parent.mkdir(parents=True, exist_ok=True)
    refusals: list[OmbudError] = []
    # A thread, so that whoever asked first may go away, or be slow, and the others get theirs.
    maker = threading.Thread(target=_make, args=(snapshot, form, final, refusals), daemon=True)
    maker.start()
    maker.join(wait)
    if there := _kept(final):
        return there
    if refusals:
        raise refusals[0]
    if not maker.is_alive():
        raise Unavailable(NOT_MADE)
    return Growing(final, maker)


def sweep(jurisdiction_id: str, dataset: str, *, versions: Collection[str], unasked_for: float) -> int:
    """
    Take away what no version needs, and what nobody has asked for in so many seconds; return how many files went.

    `versions` has the names of the folders of all versions as they are now.
    """
    gone = 0
    for one in _folders(folder(jurisdiction_id, dataset)):
        files_here = [path for path in one.iterdir() if path.is_file()]
        if one.name not in versions:
            gone += len(files_here)
            shutil.rmtree(one, ignore_errors=True)
            continue
        for path in files_here:
            if path.stat().st_mtime < time.time() - unasked_for:
                path.unlink(missing_ok=True)
                gone += 1
    return gone


def _folders(where: Path) -> list[Path]:
    return [path for path in where.iterdir() if path.is_dir()] if where.exists() else []


def _make(snapshot: Snapshot, form: Made, final: Path, refusals: list[OmbudError]) -> None:
    unfinished = _unfinished(final)
    try:
        with _alone(_of_dataset(snapshot) / "lock"):
            if final.exists():
                return
            unfinished.unlink(missing_ok=True)
            form.write(snapshot, unfinished)
            told = {"size": unfinished.stat().st_size, "sha256": _sha256(unfinished)}
            _beside(final).write_text(json.dumps(told), encoding="utf-8")
            unfinished.replace(final)
    except OmbudError as refusal:
        refusals.append(refusal)
    except Exception:
        log.exception("download of %s %s was not made", snapshot.dataset, snapshot.version)
        unfinished.unlink(missing_ok=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else is in it. The lock ends with its process, whatever happens to it."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _of_dataset(snapshot: Snapshot) -> Path:
    return folder(snapshot.jurisdiction_id, snapshot.dataset)


def _kept(final: Path) -> Kept | None:
    try:
        told = json.loads(_beside(final).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return Kept(final, told["size"], told["sha256"]) if final.exists() else None


def _unfinished(final: Path) -> Path:
    return final.with_name(f"{final.name}.part")


def _beside(final: Path) -> Path:
    return final.with_name(f"{final.name}.json")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
