"""What routing takes from a city's folder: its rules, and who is served by whom."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from ombud.kernel import yaml_files
from ombud.kernel.errors import N_, BadInput, Several
from ombud.triage.routing import commands, serving


def load_folder(folder: Path, *, jurisdiction_id: str, at: datetime) -> Iterator[str]:
    """Load what is there of a city's routing, saying each step in a few words. Raises BadInput."""
    if (schemes := folder / "eligibility.yaml").exists():
        n = serving.load_schemes(jurisdiction_id=jurisdiction_id, raw=_read(schemes), at=at, file=schemes.name)
        yield f"schemes of who is served: {n}"
    if (path := folder / "routing.yaml").exists():
        raw = _read(path) or []
        try:
            version = commands.load_rules(jurisdiction_id=jurisdiction_id, raw=raw, at=at)
        except Several as refused:
            raise BadInput(N_("%(file)s: %(why)s"), file=path.name, why=str(refused)) from refused
        yield f"{len(raw)} rules of routing" + (f", version {version}" if version else ", as they were")


def _read(path: Path) -> Any:
    try:
        return yaml_files.read(path)
    except yaml.YAMLError as broken:
        raise BadInput(N_("%(file)s is not YAML: %(why)s"), file=path.name, why=str(broken)) from None
