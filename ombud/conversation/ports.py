"""What the conversation asks of others; `wiring` hands in who answers."""

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

Mask = Callable[[str, str], str]
_name = ""


def set_mask(name: str) -> None:
    """Take the dotted name of who masks personal data in a text: `(jurisdiction_id, text) -> text`."""
    global _name
    _name = name


def masked(jurisdiction_id: str, text: str) -> str:
    """Return a text as others than its reader may be told of; without anybody who masks, nothing of it."""
    return _mask(_name)(jurisdiction_id, text) if _name else ""


@lru_cache(maxsize=4)
def _mask(name: str) -> Mask:
    module, _, function = name.rpartition(".")
    found: Mask = getattr(import_module(module), function)
    return found
