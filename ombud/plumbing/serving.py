"""
Keeps an installation up: the web server and the worker as children, and the database that Ombud brings along.

A child that ends is started again, with growing pauses when it keeps ending. When told to stop, everything
that was started here stops within ten seconds; a database that was running before is left running.
"""

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ombud.kernel.errors import N_, OmbudError
from ombud.plumbing import embedded_postgres

log = logging.getLogger(__name__)

SECONDS_TO_BEGIN = 60.0
SECONDS_TO_STOP = 8.0
SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_LOOKS_AT_DATABASE = 2.0
LOOKS_OF_PATIENCE = 3
# A child that stayed up so long has got over whatever it was.
SECONDS_OF_HEALTH = 60.0
LONGEST_PAUSE = 30.0


class CannotServe(OmbudError):
    """The address cannot be served; the message says why."""


@dataclass
class Child:
    """A process that is kept up."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = 0.5
    not_before: float = field(default=0.0, kw_only=True)

    def start(self) -> None:
        """Start it, in a process group of its own, so that its own children can be ended with it."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  our own commands
            self.command, start_new_session=True, preexec_fn=_die_with_parent
        )

    def ended(self) -> int | None:
        """Return its exit code, or None while it runs."""
        return self.process.poll() if self.process else None

    def look_after(self) -> None:
        """Start it again if it ended and its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            if (code := self.ended()) is None:
                return
            self.sweep()
            self.pause = 0.5 if now - self.began > SECONDS_OF_HEALTH else min(LONGEST_PAUSE, self.pause * 2)
            self.process, self.not_before = None, now + self.pause
            log.error("The %s ended with code %s; it starts again in %.0f s", self.name, code, self.pause)
        if now >= self.not_before:
            self.start()

    def ask_to_stop(self) -> None:
        """Let it finish what it is doing."""
        if self.process and self.ended() is None:
            self.process.terminate()

    def sweep(self) -> None:
        """End what is left of it and of its own children."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def serve(
    *,
    host: str,
    port: int,
    workers: int,
    with_worker: bool,
    embedded_home: Path | None,
    on_ready: Callable[[str], None],
    beside: Sequence[Child] = (),
) -> None:
    """
    Serve until SIGTERM or SIGINT.

    `workers` is the number of web processes; `with_worker` adds one that runs jobs; `embedded_home` is the
    home of the database to keep up, None where the city has its own; `beside` are more processes to be kept up
    with them. `on_ready` gets the address once it answers. Raise CannotServe when it never does, and
    DatabaseUnavailable.
    """
    check_port(host=host, port=port)
    with _told_to_stop() as stopping, _database(embedded_home):
        children = [Child("web server", web_command(host=host, port=port, workers=workers)), *beside]
        if with_worker:
            # In a storm reports are taken first and letters written later.
            children.append(Child("worker", ("nice", "-n", "5", sys.executable, "-m", "ombud", "worker")))
        try:
            for child in children:
                child.start()
            _await_answer(children[0], host=host, port=port, stopping=stopping)
            if not stopping.is_set():
                on_ready(f"http://{'localhost' if host in EVERYWHERE else host}:{port}")
            _keep_up(children, stopping, embedded_home)
        finally:
            _stop(children)


EVERYWHERE = ("127.0.0.1", "0.0.0.0", "::", "::1")  # noqa: S104  compared, not bound


def web_command(*, host: str, port: int, workers: int) -> tuple[str, ...]:
    """Return the command of the web server."""
    options = {
        "--interface": "asgi",
        "--http": "1",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        # A stream of live events holds its connection open: the bound on requests at once is above their number.
        "--backlog": "2048",
        "--backpressure": "8192",
        "--workers-kill-timeout": str(int(SECONDS_TO_STOP) - 2),
        "--log-level": "warning",
    }
    pairs = (word for pair in options.items() for word in pair)
    return (sys.executable, "-m", "granian", "--no-ws", "--respawn-failed-workers", *pairs, "ombud.asgi:application")


def check_port(*, host: str, port: int) -> None:
    """Raise CannotServe unless the address is free and ours to take."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except PermissionError as refused:
        raise CannotServe(
            N_("Port %(port)s needs a right we do not have: ports below 1024 do."), port=port
        ) from refused
    except socket.gaierror as unknown:
        raise CannotServe(N_("%(host)s is not an address of this machine."), host=host) from unknown
    except OSError as taken:
        raise CannotServe(
            N_("Port %(port)s of %(host)s cannot be served: %(reason)s. Another --port may be free."),
            port=port,
            host=host,
            reason=taken.strerror,
        ) from taken


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    stopping = threading.Event()
    before = {each: signal.signal(each, lambda *_: stopping.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _database(home: Path | None) -> Iterator[None]:
    """Keep the database up for the block, and stop it after only if the block found it stopped."""
    if home is None:
        yield
        return
    started = embedded_postgres.start(home)
    try:
        yield
    finally:
        if not started.adopted:
            embedded_postgres.stop(home)


def _await_answer(web: Child, *, host: str, port: int, stopping: threading.Event) -> None:
    deadline = time.monotonic() + SECONDS_TO_BEGIN
    while not stopping.wait(0.05):
        if (code := web.ended()) is not None:
            raise CannotServe(N_("The web server ended at its start (code %(code)s); it says why above."), code=code)
        with suppress(OSError), socket.create_connection((_reached_by(host), port), timeout=1):
            return
        if time.monotonic() > deadline:
            raise CannotServe(N_("The web server does not answer after %(seconds)d seconds."), seconds=SECONDS_TO_BEGIN)


def _reached_by(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound


def _keep_up(children: Sequence[Child], stopping: threading.Event, embedded_home: Path | None) -> None:
    next_look, patience = 0.0, LOOKS_OF_PATIENCE
    while not stopping.wait(SECONDS_BETWEEN_LOOKS):
        for child in children:
            child.look_after()
        if embedded_home and time.monotonic() > next_look:
            patience = _look_after_database(embedded_home, patience)
            next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS_AT_DATABASE


def _look_after_database(home: Path, patience: int) -> int:
    """
    Start the database where it ended; start it again where it runs and its socket is gone.

    A socket lies in a folder that may be swept: nobody new would reach the database, for ever. Returns how many
    more looks such a one is given, as it may only be slow to answer.
    """
    found = embedded_postgres.status(home)
    if found.pid and not found.lost:
        return LOOKS_OF_PATIENCE
    if found.lost and patience > 1:
        return patience - 1
    log.error("The database %s; it starts again", "cannot be reached" if found.lost else "ended")
    try:
        if found.lost:
            embedded_postgres.stop(home)
        embedded_postgres.start(home)
    except OmbudError as refused:
        log.error("%s", refused.message)
    return LOOKS_OF_PATIENCE


def _stop(children: Sequence[Child]) -> None:
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        child.ask_to_stop()
    while any(child.process and child.ended() is None for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in children:
        child.sweep()


def _die_with_parent() -> None:
    """Ask Linux to end this child when the supervisor is killed, so that the port does not stay taken."""
    if _LIBC is not None:
        _LIBC.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
