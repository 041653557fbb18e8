"""
The PostgreSQL that Ombud brings along, for an installation that names no database of its own.

It lives in `OMBUD_HOME/postgres`, listens on a Unix socket only, and outlives the process that started it:
a process killed without warning must not take the database with it. The next start finds it by its own pid
file.

Importing this starts nothing and touches nothing; the settings do it.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ombud.kernel.errors import N_
from ombud.plumbing import postgres_cluster, postgres_programs
from ombud.plumbing.postgres_cluster import DATABASE, OWNER, PORT
from ombud.plumbing.postgres_programs import Account
from ombud.plumbing.postgres_programs import DatabaseUnavailable as DatabaseUnavailable

# What the kernel takes as the path of a Unix socket, in bytes, without the closing zero.
SOCKET_PATH_BYTES = 107
SECONDS_TO_START = 180
SECONDS_TO_STOP = 60
SECONDS_TO_FIND = 5

ASTRAY = N_(
    "The database in %(folder)s runs, but its socket is not where it should be. "
    "Run `ombud database stop` and then `ombud database start`."
)
STILL_THERE = N_(
    "The programs of the database in %(folder)s were removed while it ran, and it does not end. "
    "Stop the process %(pid)s."
)
STILL_STARTING = N_("The database in %(folder)s is still starting, perhaps after a crash. Try again in a minute.")
NOT_A_FOLDER = N_(
    "%(path)s, or a folder above it, is a file where Ombud needs a folder. "
    "Move it, or set OMBUD_HOME to another folder."
)
NOT_OURS_TO_WRITE = N_(
    "The database cannot be kept in %(folder)s: %(reason)s (%(path)s). Set OMBUD_HOME to a folder that "
    "the user %(user)s can write, or DATABASE_URL to a PostgreSQL server of yours."
)


@dataclass(frozen=True, slots=True)
class Started:
    """A server that takes connections. `adopted`: it was running before we asked."""

    pid: int
    adopted: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How the server of a home stands; `pid` is 0 when it does not run, `lost` when nobody can reach it any more."""

    folder: Path
    pid: int
    ready: bool
    lost: bool = False


def django_database(home: Path) -> dict[str, object]:
    """Return Django's settings of the database in `home`, worked out from the path; starts nothing."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": OWNER,
        "HOST": str(socket_dir(home)),
        "PORT": str(PORT),
    }


def socket_dir(home: Path) -> Path:
    """
    Return the folder of the socket: in `home`, or in /tmp where the path would be too long for a socket.

    A comma sends it to /tmp as well: libpq would read two hosts.
    """
    home = home.resolve()
    inside = home / "postgres" / "socket"
    length = len(os.fsencode(inside / f".s.PGSQL.{PORT}"))
    if length <= SOCKET_PATH_BYTES and "," not in str(inside):
        return inside
    # Not the TMPDIR of the moment: a command run from cron must come to the same folder.
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:20]
    return Path("/tmp") / f"ombud-{digest}"  # noqa: S108  _open_socket_dir refuses a folder that is not ours


def start(home: Path) -> Started:
    """
    Make sure the database of `home` takes connections; safe to call again and from many processes at once.

    The first call of an installation takes seconds, one that finds the server running under a millisecond.
    Raise DatabaseUnavailable with what to do when it cannot.
    """
    folder = _folder(home)
    if found := _ready(home, folder):
        return Started(found.pid, adopted=True)
    with _speaking_plainly(folder), _alone(home):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = postgres_programs.account_for(folder)
        if found := _await_ready(home, folder):
            return Started(found.pid, adopted=True)
        _end_the_bereft(folder)
        postgres_cluster.create(folder, account=account)
        _open_socket_dir(socket_dir(home), account=account)
        postgres_cluster.configure(folder, account=account, socket_dir=socket_dir(home))
        postgres_cluster.forget_the_dead(folder, socket_dir=socket_dir(home))
        complaint = _launch(folder, account=account)
        found = _await_ready(home, folder)
        if found is None:
            raise postgres_cluster.explain(folder, complaint)
        return Started(found.pid, adopted=False)


def stop(home: Path) -> bool:
    """
    Stop the database of `home`, ending what its clients have open; say whether it was running.

    Raise DatabaseUnavailable when it belongs to someone else or does not end in a minute.
    """
    folder = _folder(home)
    if not status(home).pid:
        return False
    with _speaking_plainly(folder), _alone(home):
        account = postgres_programs.account_for(folder)
        ended = postgres_programs.run(
            "pg_ctl",
            "stop",
            "--pgdata=data",
            "--mode=fast",
            f"--timeout={SECONDS_TO_STOP}",
            account=account,
            cwd=folder,
            seconds=SECONDS_TO_STOP + 10,
        )
        if ended.returncode != 0 and postgres_cluster.running(folder) is not None:
            raise postgres_cluster.explain(folder, ended.stderr)
        return True


def status(home: Path) -> Status:
    """Return how the database of `home` stands, changing nothing; DatabaseUnavailable if it is not ours."""
    folder = _folder(home)
    with _speaking_plainly(folder):
        found = postgres_cluster.running(folder)
    lost = bool(found and found.says == "ready" and not found.answers)
    return Status(folder, pid=found.pid if found else 0, ready=bool(found and found.ready), lost=lost)


def _folder(home: Path) -> Path:
    return home.resolve() / "postgres"


def _ready(home: Path, folder: Path) -> postgres_cluster.Running | None:
    try:
        found = postgres_cluster.running(folder)
    except PermissionError:
        return None  # the slow way will say whose it is
    if found is None or not found.ready or found.socket_dir != socket_dir(home):
        return None
    return None if postgres_cluster.has_lost_its_program(found.pid, folder) else found


def _end_the_bereft(folder: Path) -> None:
    """Stop a server whose programs were removed under it: it answers, but can load no library any more."""
    found = postgres_cluster.running(folder)
    if found is None or not postgres_cluster.has_lost_its_program(found.pid, folder):
        return
    # As `pg_ctl stop --mode=fast`, which needs no program of the server's own.
    os.kill(found.pid, signal.SIGINT)
    began = time.monotonic()
    while postgres_cluster.running(folder):
        if time.monotonic() - began > SECONDS_TO_STOP:
            raise DatabaseUnavailable(STILL_THERE, folder=folder, pid=found.pid)
        time.sleep(0.05)


def _await_ready(home: Path, folder: Path) -> postgres_cluster.Running | None:
    """
    Return the server once it takes connections; None when none runs that can go on. It may be recovering from a crash.
    """
    began = time.monotonic()
    while found := postgres_cluster.running(folder):
        if postgres_cluster.has_lost_its_program(found.pid, folder):
            return None
        if found.ready and found.socket_dir == socket_dir(home):
            return found
        # Ready, but not where we look: its socket was swept away, or its home was moved while it ran.
        astray = found.says == "ready"
        if time.monotonic() - began > (SECONDS_TO_FIND if astray else SECONDS_TO_START):
            raise DatabaseUnavailable(ASTRAY if astray else STILL_STARTING, folder=folder)
        time.sleep(0.05)
    return None


def _launch(folder: Path, *, account: Account) -> str:
    """Start the server, wait until it takes connections or has ended, and return what it said last."""
    complaint = ""
    for attempt in range(5):
        (folder / "start.log").unlink(missing_ok=True)
        # Names relative to the folder: pg_ctl hands them to a shell, and a home may have a $ in it.
        ended = postgres_programs.run(
            "pg_ctl",
            "start",
            "--pgdata=data",
            "--log=start.log",
            f"--timeout={SECONDS_TO_START}",
            account=account,
            cwd=folder,
            seconds=SECONDS_TO_START + 10,
        )
        complaint = _last_words(folder) or ended.stderr
        # The children of a server that was killed take a moment to notice; until then its memory is in use.
        if "is still in use" not in complaint:
            break
        time.sleep(0.5 * (attempt + 1))
    return complaint


def _last_words(folder: Path) -> str:
    """Return the end of what the server last said: before its log was open, or in its log."""
    early, logs = folder / "start.log", list((folder / "log").glob("postgres-*.log"))
    first = early.read_text(encoding="utf-8", errors="replace") if early.exists() else ""
    if "FATAL" in first or not logs:
        return first[-4000:]
    newest = max(logs, key=lambda path: path.stat().st_mtime)
    return newest.read_text(encoding="utf-8", errors="replace")[-4000:]


def _open_socket_dir(folder: Path, *, account: Account) -> None:
    """Make the folder of the socket, closed to others; in /tmp anyone could have made it before us."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if os.geteuid() == 0 and found.st_uid == 0 and stat.S_ISDIR(found.st_mode):
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise DatabaseUnavailable(
            N_("%(folder)s is for the socket of Ombud's database, but someone else made it. Remove it."),
            folder=folder,
        )


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Let one process at a time start or stop; a process that dies lets go of the lock by dying."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    began = time.monotonic()
    try:
        while not _locked(descriptor):
            if time.monotonic() - began > SECONDS_TO_START:
                raise DatabaseUnavailable(STILL_STARTING, folder=_folder(home))
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _speaking_plainly(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into a sentence."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as wrong:
        raise DatabaseUnavailable(NOT_A_FOLDER, path=wrong.filename) from wrong
    except OSError as wrong:
        if wrong.errno in (errno.ENOSPC, errno.EDQUOT):
            raise postgres_cluster.explain(folder, str(wrong)) from wrong
        raise DatabaseUnavailable(
            NOT_OURS_TO_WRITE,
            folder=folder,
            reason=wrong.strerror,
            path=wrong.filename,
            user=postgres_programs.name_of(os.geteuid()),
        ) from wrong
