"""
An answer on its way to somebody slow: an engine writes it here as fast as it can, and they take it at their pace.

Small answers stay in memory, large ones lie in a file that nobody else can open.
"""

import threading
from collections.abc import Generator, Iterator
from tempfile import SpooledTemporaryFile

IN_MEMORY_BYTES = 4 * 1024 * 1024
ON_DISK_BYTES = 8 * 1024**3
_BLOCK_BYTES = 256 * 1024


class TooLarge(Exception):
    """The answer is larger than what is kept on disk for anybody."""


class Spool:
    """Holds what a thread of its own writes. Whoever reads may begin before it is whole, and hears of its failure."""

    def __init__(self, pieces: Generator[bytes, None, None], *, cancelled: threading.Event) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - closed by whoever reads
        self._pieces = pieces
        self._cancelled = cancelled
        self._changed = threading.Condition()
        self._written = 0
        self._ended = False
        self._unread = False
        self._failure: BaseException | None = None
        threading.Thread(target=self._fill, name="spool", daemon=True).start()

    def begun(self, *, size: int | None) -> None:
        """Wait until so many bytes are there, or all of them. Raises what the writing failed of."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or (size is not None and self._written >= size))
            failure = self._failure
        if failure is not None:
            self.close()
            raise failure

    def whole(self) -> bytes | None:
        """Return all of it, if all of it is there and in memory; it is let go of then."""
        with self._changed:
            if not self._ended or self._written > IN_MEMORY_BYTES:
                return None
            self._file.seek(0)
            found = self._file.read()
        self.close()
        return found

    def __iter__(self) -> Iterator[bytes]:
        """Give the bytes as they come. What fails after the beginning breaks off, so that nobody takes it for whole."""
        place = 0
        try:
            while block := self._block(place):
                place += len(block)
                yield block
        finally:
            self.close()

    def _block(self, place: int) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._written > place)
            if self._failure is not None:
                raise self._failure
            self._file.seek(place)
            return self._file.read(_BLOCK_BYTES)

    def close(self) -> None:
        """Let go of it, and tell the engine that nobody waits any more."""
        self._cancelled.set()
        with self._changed:
            self._unread = True
            if self._ended:
                self._file.close()

    def _fill(self) -> None:
        failure: BaseException | None = None
        try:
            for piece in self._pieces:
                with self._changed:
                    self._file.seek(0, 2)
                    self._file.write(piece)
                    self._written += len(piece)
                    self._changed.notify_all()
                if self._cancelled.is_set():
                    break
                if self._written > ON_DISK_BYTES:
                    raise TooLarge
        except BaseException as failed:
            failure = failed
        finally:
            # What is not taken to its end gives its place in the engine back only when it is closed.
            self._pieces.close()
        with self._changed:
            self._failure, self._ended = failure, True
            if self._unread:
                self._file.close()
            self._changed.notify_all()
