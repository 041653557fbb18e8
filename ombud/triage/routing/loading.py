"""What routing takes from a city's folder: its rules."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import yaml

from ombud.kernel.errors import N_, BadInput, Several
from ombud.triage.routing import commands


def load_folder(folder: Path, *, jurisdiction_id: str, at: datetime) -> Iterator[str]:
    """Load what is there of a city's routing, saying each step in a few words. Raises BadInput."""
    path = folder / "routing.yaml"
    if path.exists():
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8")) or []
            version = commands.load_rules(jurisdiction_id=jurisdiction_id, raw=raw, at=at)
        except yaml.YAMLError as broken:
            raise BadInput(N_("%(file)s is not YAML: %(why)s"), file=path.name, why=str(broken)) from None
        except Several as refused:
            raise BadInput(N_("%(file)s: %(why)s"), file=path.name, why=str(refused)) from refused
        yield f"{len(raw)} rules of routing" + (f", version {version}" if version else ", as they were")
