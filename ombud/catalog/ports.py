"""
Who reads the parts of a city's file that are not the catalogue's: asked when the file is loaded.

`wiring` hands in who. A part that cannot be read is refused with the whole file, not found out about at night.
"""

import importlib
from collections.abc import Collection, Mapping
from typing import Any

from ombud.kernel.errors import N_, BadInput

_readers: dict[str, str] = {}


def set_readers(dotted: Mapping[str, str]) -> None:
    """
    Take who reads which part, by dotted names; they are looked up when first asked.

    A reader takes what the file says under the part's name, or None, and the codes of the city's services. It raises
    BadInput.
    """
    _readers.clear()
    _readers.update(dotted)


def check(settings: Mapping[str, Any], *, files: Mapping[str, str], services: Collection[str]) -> None:
    """Let every part be read. Raises BadInput, which names the file: one of its own, or else the city's."""
    for part, dotted in _readers.items():
        module, _, name = dotted.rpartition(".")
        try:
            getattr(importlib.import_module(module), name)(settings.get(part), services=services)
        except BadInput as refused:
            raise BadInput(
                N_("%(file)s: %(what)s"), file=files.get(part, "jurisdiction.yaml"), what=refused.message
            ) from refused
