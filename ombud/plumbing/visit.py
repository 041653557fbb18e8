"""
What is looked up once a visit: whoever serves one visit sees one state of the catalogue and the boundaries.

Outside a visit (a job, a command, a test) nothing is kept, and each look goes to the database.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Value = TypeVar("Value")
_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


@contextmanager
def begun() -> Iterator[None]:
    """Serve one visit within the block."""
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def once(key: Hashable, look: Callable[[], Value]) -> Value:
    """Return what `look` finds, asking it only the first time in a visit."""
    seen = _seen.get()
    if seen is None:
        return look()
    if key not in seen:
        seen[key] = look()
    found: Value = seen[key]
    return found


def forget() -> None:
    """Look anew from here on: a command has changed what was seen."""
    if (seen := _seen.get()) is not None:
        seen.clear()
