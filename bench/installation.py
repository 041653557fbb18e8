"""An installation of its own for a measurement: its home, its database, one small city."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def home(kept: Path | None = None) -> Iterator[dict[str, str]]:
    """Yield the environment of an installation: an empty one that is gone afterwards, or one kept in a folder."""
    folder = kept.absolute() if kept else Path(tempfile.mkdtemp(prefix="ombud-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    environment = {
        **os.environ,
        "OMBUD_HOME": str(folder),
        "OMBUD_DEMO": "true",
        "OMBUD_DEMO_FOLDER": str(ROOT / "tests" / "cities"),
        "OMBUD_REPORTS_PER_HOUR": "10000000",
    }
    environment.pop("DATABASE_URL", None)
    try:
        yield environment
    finally:
        subprocess.run([sys.executable, "-m", "ombud", "database", "stop"], env=environment, check=False)
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(environment: dict[str, str], *, port: int) -> Iterator[str]:
    """Yield the address of the installation while it is served."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ombud", "demo", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    url = f"http://localhost:{port}"
    try:
        for _ in range(400):
            try:
                urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
                break
            except OSError:
                time.sleep(0.3)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def share(values: list[float], part: float) -> float:
    """Return the value below which this part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
