"""The files of one PostgreSQL server: made once, given settings at each start, looked at while it runs."""

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from ombud.kernel.errors import N_
from ombud.plumbing import postgres_programs
from ombud.plumbing.postgres_programs import Account, DatabaseUnavailable

PORT = 5432
DATABASE = "ombud"
OWNER = "ombud"
# A new cluster takes 40 MB and its first segments of the log 32 MB; below this a start would end half-way.
ROOM_NEEDED = 150 * 1024 * 1024
MANY_MEGABYTES_OF_MEMORY = 3 * 1024


@dataclass(frozen=True, slots=True)
class Running:
    """
    A server seen running.

    `socket_dir` is None until it has opened its socket, `says` is its own word ("starting", "ready",
    "stopping"), and `answers` tells whether a connection to the socket came about.
    """

    pid: int
    socket_dir: Path | None
    says: str
    answers: bool

    @property
    def ready(self) -> bool:
        """Whether it takes connections."""
        return self.answers and self.says == "ready"


def create(folder: Path, *, account: Account) -> None:
    """
    Make `folder/data` with an empty database, unless it is there.

    It is made beside and moved into place when complete, so that a crash half-way leaves nothing to repair.
    """
    data, unfinished = folder / "data", folder / "data.unfinished"
    if data.exists():
        _check_version(data)
        return
    if shutil.disk_usage(folder).free < ROOM_NEEDED:
        raise DatabaseUnavailable(N_("The disk of %(folder)s is full: free at least 150 MB."), folder=folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    made = postgres_programs.run(
        "initdb",
        f"--pgdata={unfinished.name}",
        f"--username={OWNER}",
        "--encoding=UTF8",
        # PostgreSQL's own C.UTF-8: the same order and the same capitals on every system, none to install.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        # Whoever can open the socket is let in; its folder is closed to everyone else.
        "--auth-local=trust",
        "--auth-host=reject",
        account=account,
        cwd=folder,
        seconds=300,
    )
    _require(made.returncode == 0, folder, made.stderr)
    filled = postgres_programs.run(
        "postgres",
        "--single",
        "-j",
        "-D",
        unfinished.name,
        "postgres",
        account=account,
        cwd=folder,
        seconds=120,
        text=f"CREATE DATABASE {DATABASE};\n\n",
    )
    _require(filled.returncode == 0 and "ERROR" not in filled.stderr, folder, filled.stderr)
    unfinished.rename(data)
    _sync(folder)


def configure(folder: Path, *, account: Account, socket_dir: Path) -> None:
    """Write the settings of the next start: a file of ours that one line in PostgreSQL's own includes."""
    data = folder / "data"
    lines = [f"{name} = '{_escaped(value)}'\n" for name, value in _settings(folder, socket_dir).items()]
    _write(data / "ombud.conf", "# Written by Ombud at each start.\n" + "".join(lines), account)
    main = data / "postgresql.conf"
    include = "include_if_exists = 'ombud.conf'\n"
    text = main.read_text(encoding="utf-8")
    if include not in text:
        _write(main, f"{text}\n{include}", account)


def running(folder: Path) -> Running | None:
    """Return the server that runs on `folder/data`, by its own pid file, or None."""
    try:
        lines = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    pid, _data, _since, _port, socket_dir, _host, _memory, says = (*lines, *[""] * 8)[:8]
    answers = bool(socket_dir) and _answers(Path(socket_dir))
    # One that answers is alive even where its process cannot be seen, as from another container.
    if not answers and not (pid.isdigit() and is_server_of(int(pid), data=folder / "data")):
        return None
    return Running(int(pid), Path(socket_dir) if socket_dir else None, says.strip(), answers)


def forget_the_dead(folder: Path, *, socket_dir: Path) -> None:
    """
    Remove lock files whose number now belongs to some other process, as after a container was restarted.

    PostgreSQL would take that process for itself and refuse to start. Where no process has the number it
    clears up on its own, with checks of its own that are better left to it.
    """
    if running(folder):
        return
    for lock in (folder / "data" / "postmaster.pid", socket_dir / f".s.PGSQL.{PORT}.lock"):
        if lock.exists():
            pid = lock.read_text(encoding="utf-8").partition("\n")[0]
            if Path("/proc", pid).exists():
                lock.unlink(missing_ok=True)


def is_server_of(pid: int, *, data: Path) -> bool:
    """Say whether the process lives and is the PostgreSQL of `data`, which is its working directory."""
    try:
        if not Path("/proc/self").exists():
            os.kill(pid, 0)
            return True
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state not in "ZX" and Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return False


def has_lost_its_program(pid: int, folder: Path) -> bool:
    """
    Say whether the program of a running server was removed, as with the environment it was installed in.

    It goes on with what it has loaded, and finds none of its libraries: the first function in PL/pgSQL fails. False
    where that cannot be seen, and of a server in another container, whose number means nothing here.
    """
    options = folder / "data" / "postmaster.opts"
    if not options.exists() or not is_server_of(pid, data=folder / "data"):
        return False
    try:
        program = options.read_text(encoding="utf-8").partition(' "')[0].strip()
        Path(program).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def explain(folder: Path, complaint: str) -> DatabaseUnavailable:
    """Return the refusal that fits what PostgreSQL complained of (its own words, in English)."""
    sentences = {
        "No space left on device": N_("The disk of %(folder)s is full: free at least 150 MB and start again."),
        "quota exceeded": N_("The quota of the disk of %(folder)s is used up."),
        "Permission denied": N_(
            "PostgreSQL may not write in %(folder)s: %(complaint)s. Give that folder back to its owner."
        ),
        "Read-only file system": N_("%(folder)s cannot be written: its disk is mounted read-only."),
        "incompatible with server": N_(
            "The database in %(folder)s was made by another version of PostgreSQL: %(complaint)s."
        ),
        "could not look up effective user": N_(
            "The user that runs this has a number but no name on this machine, and PostgreSQL needs one: "
            "add a line for it to /etc/passwd."
        ),
        "Cannot allocate memory": N_("This machine has too little free memory to start PostgreSQL."),
    }
    last = next((line for line in reversed(complaint.splitlines()) if "FATAL" in line or "error" in line), "")
    last = (last or complaint.strip().rpartition("\n")[2])[:300].strip()
    for sign, sentence in sentences.items():
        if sign in complaint:
            return DatabaseUnavailable(sentence, folder=folder, complaint=last)
    return DatabaseUnavailable(
        N_("PostgreSQL did not start in %(folder)s: %(complaint)s. See start.log and log/ in that folder."),
        folder=folder,
        complaint=last or "it said nothing",
    )


def _settings(folder: Path, socket_dir: Path) -> dict[str, str]:
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024)
    roomy = megabytes >= MANY_MEGABYTES_OF_MEMORY
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": '"{}"'.format(str(socket_dir).replace('"', '""')),
        "unix_socket_permissions": "0700",
        "max_connections": "120",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "shared_buffers": "256MB" if roomy else "64MB",
        "effective_cache_size": f"{max(128, megabytes // 3)}MB",
        "work_mem": "16MB" if roomy else "4MB",
        "maintenance_work_mem": "128MB" if roomy else "32MB",
        # Containers have 64 MB of shared memory unless told otherwise; a parallel query would die of it.
        "dynamic_shared_memory_type": "posix" if _shared_memory_is_roomy() else "mmap",
        "max_wal_size": "2GB",
        "min_wal_size": "64MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        # One file for each day of the week, written over a week later: bounded without anyone's care.
        "logging_collector": "on",
        "log_directory": str(folder / "log"),
        "log_filename": "postgres-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_line_prefix": "%m [%p] ",
        "log_checkpoints": "off",
    }


def _shared_memory_is_roomy() -> bool:
    try:
        return shutil.disk_usage("/dev/shm").total >= 512 * 1024 * 1024  # noqa: S108  only its size is asked
    except OSError:
        return False


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
    if found != str(postgres_programs.VERSION):
        raise DatabaseUnavailable(
            N_(
                "The database in %(folder)s was made by PostgreSQL %(found)s; this Ombud brings %(ours)s. "
                "Back it up with the Ombud that made it (`ombud backup`), move the folder away, "
                "and restore the backup with this one."
            ),
            folder=data,
            found=found,
            ours=postgres_programs.VERSION,
        )


def _require(succeeded: bool, folder: Path, complaint: str) -> None:
    if not succeeded:
        raise explain(folder, complaint)


def _answers(socket_dir: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        try:
            client.connect(str(socket_dir / f".s.PGSQL.{PORT}"))
        except BlockingIOError:
            return True  # its queue is full, so someone keeps one
        except OSError:
            return False
        return True


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _write(path: Path, text: str, account: Account) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(beside, account.uid, account.gid)
    beside.rename(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
