"""YAML files of whoever runs the installation. What people type on a page is read by Python's own, slower reader."""

from pathlib import Path
from typing import Any

import yaml


def read(path: Path) -> Any:
    """Return what a YAML file says, as plain data. Raises OSError, UnicodeDecodeError and yaml.YAMLError."""
    # By libyaml, in a tenth of the time: the files of a large city are half a megabyte.
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
