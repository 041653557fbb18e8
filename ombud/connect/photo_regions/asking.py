"""Ask for the areas of a picture, in a process of its own that is given no secret and little time."""

import json
import os
import subprocess
import sys
from typing import Any

from ombud.connect.photo_regions.__main__ import ABSENT
from ombud.kernel.errors import N_, BadInput
from ombud.opendata.photos.ports import DetectorFailed, Found, NoDetector
from ombud.service_requests.rules.photo_boxes import What, box, checked

SECONDS = 120.0
PROGRAM = (sys.executable, "-m", "ombud.connect.photo_regions")
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")


def look(jpeg: bytes, /) -> Found:
    """Return the areas that must be covered. Raises NoDetector and DetectorFailed."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(PROGRAM, input=jpeg, capture_output=True, timeout=SECONDS, env=environment, check=False)  # noqa: S603
    except (subprocess.TimeoutExpired, OSError) as trouble:
        raise _failed(str(trouble)) from trouble
    if done.returncode == ABSENT:
        raise NoDetector(N_("Nothing is installed that searches photos for faces and plates."))
    if done.returncode != 0:
        raise _failed(f"it ended with {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    try:
        return _read(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError, OverflowError, BadInput) as nonsense:
        raise _failed(repr(nonsense)) from nonsense


def _read(told: dict[str, Any]) -> Found:
    boxes = [box(What(what), *map(float, edges), sure=float(sure)) for what, *edges, sure in told["found"]]
    return Found(checked(boxes), str(told["detector"])[:120])


def _failed(why: str) -> DetectorFailed:
    return DetectorFailed(N_("The photo could not be searched: %(why)s"), why=why[:300])
