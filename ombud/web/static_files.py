"""How static files are served: under hashed names, and the stylesheets of a page as one file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files import File
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/ombud.css"
IMPORT = re.compile(r'@import url\("\./([\w-]+\.css)"\)(?: layer\((\w+)\))?;')


def joined(sheet: str, read: Callable[[str], str]) -> str:
    """Return the sheet with what it imports written in its place, in the same layers, without comments."""

    def written(found: re.Match[str]) -> str:
        text, layer = read(found[1]), found[2]
        return f"@layer {layer} {{\n{text}\n}}" if layer else text

    whole = IMPORT.sub(written, sheet)
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"/\*.*?\*/", "", whole, flags=re.S)).strip() + "\n"


class _Joined:
    """Stands in for the storage a sheet is read from, and gives it joined."""

    def __init__(self, paths: dict[str, tuple[Any, str]]) -> None:
        """Take Django's map of what is collected: name to (storage, path)."""
        self.paths = paths

    def read(self, name: str) -> str:
        """Return the text of a collected file."""
        storage, path = self.paths[name]
        with storage.open(path) as file:
            return str(file.read().decode())

    def open(self, _path: str) -> File[bytes]:
        """Return the joined sheet, as a storage would."""
        folder = SHEET.rpartition("/")[0]
        return ContentFile(joined(self.read(SHEET), lambda name: self.read(f"{folder}/{name}")).encode())


class OneSheetStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # WhiteNoise ships no types
    """
    Collect as WhiteNoise does, but let the browser fetch one stylesheet instead of thirty.

    The sources stay one file a component; where files are served as they are, the imports do the same work.
    """

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Hash and compress, with the joined sheet in the place of the one that imports."""
        if SHEET in paths and not dry_run:
            paths = paths | {SHEET: (_Joined(dict(paths)), SHEET)}
        yield from super().post_process(paths, dry_run=dry_run, **options)
