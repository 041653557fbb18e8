"""
A publication is there whole or not at all, whenever its publisher is killed.

A real installation changes while its publisher is killed with SIGKILL at random moments, and another goes on. With
`--soak` for much longer.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SEED = 311
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What the record says after the siege."""
    home = tmp_path_factory.mktemp("publishing")
    home.chmod(0o755)
    environment = {**os.environ, "OMBUD_HOME": str(home), "OMBUD_DEMO_FOLDER": str(ROOT / "tests" / "cities")}
    environment.pop("DATABASE_URL", None)

    def run(*command: str) -> str:
        done = subprocess.run([sys.executable, "-m", *command], env=environment, cwd=ROOT, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return done.stdout.decode()

    try:
        run("ombud", "demo", "--only-load", "--without-requests")
        kills = 150 if request.config.getoption("soak") else 6
        yield json.loads(run("tests.publishing_siege", str(kills), str(SEED)))
    finally:
        run("ombud", "database", "stop")


def test_versions_are_gapless(record: dict[str, Any]) -> None:
    assert record["killed"] > 0
    for code, told in record["data_sets"].items():
        assert told["versions"] == list(range(1, len(told["versions"]) + 1)), code
    assert len(record["data_sets"]["requests"]["versions"]) > 2, "nobody got through between the kills"


def test_files_hashes_snapshots_and_feed_agree_in_every_version(record: dict[str, Any]) -> None:
    assert {code: told["wrong"] for code, told in record["data_sets"].items() if told["wrong"]} == {}


def test_no_request_is_lost_and_none_is_there_that_is_not_public(record: dict[str, Any]) -> None:
    assert record["data_sets"]["requests"]["ids"] == record["public"]
    assert len(record["public"]) > 10


def test_what_was_half_written_is_swept_away(record: dict[str, Any]) -> None:
    assert record["unswept"] == []
