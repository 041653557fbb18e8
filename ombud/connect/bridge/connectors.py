"""
Which connector speaks to which kind of system.

The table stands in `ombud.wiring`, as with reactions: the bridge knows no particular system.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from ombud.connect.bridge.ports import FarSystem
from ombud.kernel.errors import N_, BadInput

# From a link's settings, its secrets (by the names that the connector gives them), to a connection.
Opener = Callable[[Mapping[str, Any], Mapping[str, str]], FarSystem]
_openers: dict[str, str] = {}


def set_connectors(openers: Mapping[str, str]) -> None:
    """Take the table: the kind of a connector to the dotted name of what opens a connection."""
    _openers.clear()
    _openers.update(openers)


def kinds() -> list[str]:
    """Return the kinds there are."""
    return sorted(_openers)


def opened(kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> FarSystem:
    """Return a connection. Raises BadInput for a kind that is not there, or for settings that do not fit it."""
    if kind not in _openers:
        raise BadInput(N_("There is no connector “%(kind)s”."), field="connector", kind=kind[:40])
    module, _, name = _openers[kind].rpartition(".")
    opener: Opener = getattr(importlib.import_module(module), name)
    return opener(settings, secrets)
