"""
What the manual tells people to type, typed: in a scratch home, with the demo's cities and a little of its data.

Blocks marked `sh` and commands within a line are run in the order in which they stand. `make` is asked what it would
do, since it sets up machines. What cannot be run says why, in NOT_RUN.
"""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.checking import until
from tests.ports import free_port

pytestmark = pytest.mark.journey
ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "demo" / "README.md"])
NOT_RUN = {
    "python -m bench": "measures for minutes; `make bench` is run by whoever asks about speed",
}
UNTIL_TOLD_TO_STOP = ("ombud serve", "ombud worker")
# Spoken of and not to be typed like this; that there is such a command is seen by its help.
SPOKEN_OF = (
    "ombud import", "ombud demo", "ombud bridge",
    "ombud triage classify", "ombud triage duplicates", "ombud triage redact", "ombud triage train",
)  # fmt: skip
STANDS_FOR = {"FOLDER": "demo/los_angeles", "FILE.yaml": "demo/new_york/import/nyc311.yaml"}
ROWS = 25


def commands_of(page: Path) -> Iterator[str]:
    """Yield the commands of a page: whole blocks, and what stands within a line."""
    for block, inline in re.findall(
        r"^```sh\n(.*?)^```|`((?:make|ombud|curl|python3?) [^`]+)`", page.read_text(encoding="utf-8"), re.S | re.M
    ):
        yield (block or inline).strip()


# What stands on several pages is typed once.
COMMANDS = {command: page.relative_to(ROOT).as_posix() for page in PAGES for command in commands_of(page)}


@dataclass(frozen=True)
class Scratch:
    """A folder like a fresh checkout, its home, and the address that is served from it."""

    folder: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        """What a person would have set, and where `ombud` is."""
        here = Path(sys.executable).parent
        environment = {
            **os.environ,
            "OMBUD_HOME": str(self.folder / ".ombud"),
            "OMBUD_DEMO": "true",
            "PATH": f"{here}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "no_proxy": "localhost",
        }
        environment.pop("DATABASE_URL", None)
        environment.pop("OMBUD_SECRET_KEY", None)
        return environment

    def as_typed(self, command: str) -> str:
        """Return a command with what it leaves open filled in."""
        if command in SPOKEN_OF:
            command += " --help"
        for word, meaning in STANDS_FOR.items():
            command = re.sub(rf"\b{re.escape(word)}(?![\w.])", meaning, command)
        command = command.replace("localhost:8311", f"localhost:{self.port}")
        command = re.sub(r"\bmake ", "make --dry-run ", command)
        command = re.sub(r"\bombud serve\b", f"ombud serve --port {free_port()}", command)
        return re.sub(r"^ombud ", f"{sys.executable} -m ombud ", command, flags=re.M)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    folder = tmp_path_factory.mktemp("manual")
    folder.chmod(0o755)
    for path in ROOT.iterdir():
        if path.name not in ("demo", ".ombud", ".git"):
            (folder / path.name).symlink_to(path)
    shutil.copytree(ROOT / "demo", folder / "demo")
    for file in folder.glob("demo/*/requests/*.gz"):
        _cut(file)
    some = next(iter(sorted(folder.glob("demo/new_york/requests/*csv.gz"))))
    (folder / "yesterday.csv").write_bytes(gzip.decompress(some.read_bytes()))
    here = Scratch(folder, free_port())
    ombud = [sys.executable, "-m", "ombud"]
    subprocess.run(
        [*ombud, "demo", "--only-load", "--without-requests"],
        cwd=folder, env=here.environment, check=True, capture_output=True,
    )  # fmt: skip
    server = subprocess.Popen(
        [*ombud, "serve", "--port", str(here.port), "--workers", "1"],
        cwd=folder, env=here.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(f"http://localhost:{here.port}/la/")
        yield here
    finally:
        server.terminate()
        server.wait(30)
        subprocess.run([*ombud, "database", "stop"], cwd=folder, env=here.environment, check=False)


def _cut(file: Path) -> None:
    """Leave the first rows of a file, so that the manual's imports take seconds."""
    text = gzip.decompress(file.read_bytes())
    if ".csv" in file.name:
        file.write_bytes(gzip.compress(b"\n".join(text.split(b"\n")[: ROWS + 1]) + b"\n"))
    else:
        file.write_bytes(gzip.compress(json.dumps(json.loads(text)[:ROWS]).encode()))


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")


@pytest.mark.parametrize(
    ("command", "page"), COMMANDS.items(), ids=[f"{p}: {c.splitlines()[0][:50]}" for c, p in COMMANDS.items()]
)
def test_what_the_manual_says_to_type_works(scratch: Scratch, command: str, page: str) -> None:
    for beginning, reason in NOT_RUN.items():
        if command.startswith(beginning):
            pytest.skip(f"{page} says `{command}`: {reason}")
    typed = scratch.as_typed(command)
    if command.startswith(UNTIL_TOLD_TO_STOP):
        _runs_until_told_to_stop(scratch, typed)
        return
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", typed],
        cwd=scratch.folder, env=scratch.environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{typed}\n{done.stdout[-3000:]}\n{done.stderr[-1500:]}"


def _runs_until_told_to_stop(scratch: Scratch, typed: str) -> None:
    process = subprocess.Popen(
        ["bash", "-c", f"exec {typed}"],
        cwd=scratch.folder, env=scratch.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        until(lambda: process.poll() is not None or _can_be_told_to_stop(process), f"`{typed}` listening to SIGTERM")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 0, said.decode()
    finally:
        process.kill()


def _can_be_told_to_stop(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it has come so far that it catches the signal, which would end it before that."""
    caught = Path(f"/proc/{process.pid}/status").read_text().split("SigCgt:")[1].split()[0]
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def test_what_is_not_run_is_still_in_the_manual() -> None:
    assert [b for b in NOT_RUN if not any(command.startswith(b) for command in COMMANDS)] == []
