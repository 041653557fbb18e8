"""
Files that people send, kept by Django's default storage: a folder on this machine, or S3.

Every key lies in the folder of its city and cannot be guessed. Keys are random and not made from the content,
so that taking one file away never takes another's.
"""

import base64
import logging
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from ombud.kernel.errors import N_, NotFound, Unavailable

log = logging.getLogger(__name__)

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/heif": "heic",
    "application/pdf": "pdf",
    "text/csv": "csv",
}
NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
KEY = re.compile(r"(?P<city>[a-z0-9][a-z0-9_-]*)/[a-z][a-z0-9_-]*/[a-z2-7]{2}/[a-z2-7]{32}\.[a-z0-9]{2,4}")


class MediaStore:
    """The files of one city; a key of another city's is not found here."""

    def __init__(self, city_id: str) -> None:
        self.city_id = city_id

    def put(self, kind: str, data: bytes, content_type: str) -> str:
        """
        Keep the bytes and return their new key: `la/original/ab/<32 letters>.jpg`.

        When this returns they have reached the disk; a crash before leaves nothing under any key. A caller
        whose transaction then fails leaves a file that no row names; a nightly routine sweeps it up.
        """
        if not NAME.fullmatch(kind):
            raise ValueError(f"{kind!r} is no name of a kind of file")
        name = base64.b32encode(secrets.token_bytes(20)).decode().lower()
        key = f"{self.city_id}/{kind}/{name[:2]}/{name}.{EXTENSIONS.get(content_type, 'bin')}"
        try:
            path = Path(default_storage.path(key))
        except NotImplementedError:  # not on this machine: S3 shows an object when it is complete
            content: Any = ContentFile(data)
            content.content_type = content_type
            with _reachable():
                return default_storage.save(key, content)
        _write_durably(path, data)
        return key

    def open(self, key: str) -> "File[bytes]":
        """Return the file, open for reading, to be closed by the caller. Raise NotFound."""
        self._check(key)
        try:
            with _reachable():
                file = default_storage.open(key)
                file.seek(0)  # fetches it from S3 here, where what goes wrong can still be said
                return file
        except FileNotFoundError as absent:
            raise _not_found() from absent

    def delete(self, key: str) -> None:
        """Take the file away; one that is gone already is no mistake."""
        self._check(key)
        with _reachable():
            default_storage.delete(key)

    def keys(self) -> Iterator[str]:
        """Yield the key of each file, and of each half of one that a crash left behind."""
        for kind in _folders(self.city_id):
            for beginning in _folders(f"{self.city_id}/{kind}"):
                for name in default_storage.listdir(f"{self.city_id}/{kind}/{beginning}")[1]:
                    key = f"{self.city_id}/{kind}/{beginning}/{name}"
                    if KEY.fullmatch(key):
                        yield key

    def changed_at(self, key: str) -> datetime | None:
        """Return when the file was written; None where it is gone meanwhile."""
        self._check(key)
        try:
            with _reachable():
                return default_storage.get_modified_time(key) if default_storage.exists(key) else None
        except FileNotFoundError:
            return None

    def _check(self, key: str) -> None:
        found = KEY.fullmatch(key)
        if found is None or found["city"] != self.city_id:
            raise _not_found()


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn what goes wrong on the way to S3 into a refusal that a person can read."""
    try:
        yield
    except (BotoCoreError, ClientError) as broken:
        log.error("The object store: %s", broken)
        raise Unavailable(
            N_("The place where photos are kept cannot be reached just now. Try again in a few minutes.")
        ) from broken


def _not_found() -> NotFound:
    return NotFound(N_("There is no such file here."))


def _folders(path: str) -> list[str]:
    try:
        with _reachable():
            return sorted(default_storage.listdir(path)[0])
    except FileNotFoundError:  # nothing was ever kept there
        return []


def _write_durably(path: Path, data: bytes) -> None:
    """Write beside the place and move there, so that a file under its key is whole, even after a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
