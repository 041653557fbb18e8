"""What others wrote lies unchanged under static/vendor, each file with a row that names and seals it."""

import hashlib
import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[2] / "ombud/web/static/vendor"
ROWS = dict(re.findall(r"`([\w./-]+)` \| `([0-9a-f]{64})`", (VENDOR / "VENDORED.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ROWS)
def test_the_file_is_the_one_that_was_taken(name: str):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == ROWS[name]


def test_every_file_has_a_row():
    files = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    told = set(ROWS) | {"VENDORED.md"} | {name for name in files if Path(name).name.startswith("LICENSE")}
    assert files == told


def test_every_folder_carries_its_licence():
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert list(folder.glob("LICENSE*")), f"{folder.name} has no licence beside it"
