"""What a web process does for many at once: turns for each caller, and small answers kept for whoever asks the same."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Generator

from ombud.opendata.engines.budget import Busy

AT_ONCE_EACH = 3
KEPT_BYTES = 32 * 1024 * 1024
KEPT_BYTES_EACH = 512 * 1024


class Turns:
    """Counts what each caller has under way, so that one of them leaves room for others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()

    def taken(self, key: str, pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
        """Return the pieces, which hold a turn of the caller until they end. Raises Busy where it has too many."""
        with self._lock:
            if self._under_way[key] >= AT_ONCE_EACH:
                raise Busy(2)
            self._under_way[key] += 1
        return self._held(key, pieces)

    def _held(self, key: str, pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
        try:
            yield from pieces
        finally:
            with self._lock:
                self._under_way[key] -= 1
                if not self._under_way[key]:
                    del self._under_way[key]


class Kept:
    """Answers by their ETag, which says the version too: what is kept is never old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def find(self, etag: str) -> bytes | None:
        """Return an answer that is kept."""
        with self._lock:
            if etag in self._answers:
                self._answers.move_to_end(etag)
            return self._answers.get(etag)

    def keep(self, etag: str, answer: bytes) -> None:
        """Keep an answer if it is small; those asked for longest ago make way."""
        if not etag or len(answer) > KEPT_BYTES_EACH:
            return
        with self._lock:
            self._size += len(answer) - len(self._answers.get(etag, b""))
            self._answers[etag] = answer
            while self._size > KEPT_BYTES:
                self._size -= len(self._answers.popitem(last=False)[1])
