"""
Faults of a stand-in, switched on by a file in its folder, so that it can be broken while it runs.

    echo '{"html": 3, "slow_seconds": 2}' > HOME/faults.json

A whole number counts down with each use; a fraction stays until it is taken out.
"""

import json
import threading
from pathlib import Path


class Faults:
    """The faults of one stand-in."""

    def __init__(self, home: Path) -> None:
        self._file = home / "faults.json"
        self._lock = threading.Lock()

    def set(self, **faults: float) -> None:
        """Have exactly these faults from now on."""
        with self._lock:
            self._write(faults)

    def take(self, name: str) -> bool:
        """Say whether this fault happens now, and use it up once."""
        with self._lock:
            faults = self._read()
            left = faults.get(name, 0)
            if left < 1:
                return False
            self._write({**faults, name: left - 1})
            return True

    def seconds(self, name: str) -> float:
        """Return how long something takes, 0 where nothing is said."""
        with self._lock:
            return float(self._read().get(name, 0))

    def _read(self) -> dict[str, float]:
        try:
            read = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return read if isinstance(read, dict) else {}

    def _write(self, faults: dict[str, float]) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps({name: left for name, left in faults.items() if left}), encoding="utf-8")
        beside.rename(self._file)
