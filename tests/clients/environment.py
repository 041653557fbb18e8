"""An environment with other people's clients and nothing of ours."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from tests.home import HOME

LOCK = Path(__file__).parents[2] / "requirements/clients.lock"


def python() -> Path:
    """Return the Python of the environment; made anew when what the clients are changes, by one process at a time."""
    folder = HOME / f"clients-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    found = folder / "bin" / "python"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "clients.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--require-hashes", "-r", LOCK]
            subprocess.run([found, *install], check=True)
            (folder / "made").touch()
    return found
