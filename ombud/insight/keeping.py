"""
Figures kept in memory for a while: the longer they took to count, the longer they are kept.

What is counted in no time is counted anew each time; what takes a second may be 50 seconds old. So a figure takes
a fiftieth of a processor at most, however many people look at it.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from ombud.kernel import clock

Value = TypeVar("Value")
KEPT_FOR_TIMES_ITS_COST = 50.0
SECONDS_THAT_ARE_NOTHING = 0.02
ENTRIES = 2_000


@dataclass
class _Entry(Generic[Value]):
    counting: threading.Lock = field(default_factory=threading.Lock)
    counted: tuple[Value, datetime] | None = None
    good_until: float = 0.0


def good_until(*, began: float, ended: float) -> float:
    """Return until when a value that was counted between two moments is kept; all in seconds of one clock."""
    cost = ended - began
    return ended if cost < SECONDS_THAT_ARE_NOTHING else ended + cost * KEPT_FOR_TIMES_ITS_COST


class Keeper(Generic[Value]):
    """Keeps what was counted; of those who ask for the same at once one counts and the others wait for it."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Hashable, _Entry[Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, count: Callable[[], Value]) -> tuple[Value, datetime]:
        """Return the value and when it was counted."""
        entry = self._entry(key)
        with entry.counting:
            if entry.counted is None or time.monotonic() >= entry.good_until:
                at, began = clock.now(), time.monotonic()
                entry.counted = (count(), at)
                entry.good_until = good_until(began=began, ended=time.monotonic())
            return entry.counted

    def _entry(self, key: Hashable) -> _Entry[Value]:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > ENTRIES:
                self._entries.popitem(last=False)
            return entry
