"""A PostgreSQL of the sanitation stand-in's own: on loopback, with passwords, from the programs Ombud brings along."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from ombud.plumbing import postgres_programs
from ombud.plumbing.postgres_programs import Account

OWNER, OWNER_PASSWORD = "sanstar", "sanstar-owner-demo"
DATABASE = "sanstar"
SECONDS = 120
# It stands in for an old machine: little memory, and no care for a power cut, which a demo need not outlive.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "20",
    "shared_buffers": "16MB",
    "fsync": "off",
    "logging_collector": "off",
    "autovacuum_max_workers": "1",
    "timezone": "America/Los_Angeles",
    "dynamic_shared_memory_type": "mmap",
}


@contextmanager
def running(folder: Path, *, port: int) -> Iterator[int]:
    """Run the server of this folder for the block and yield its port; one that was left running is taken over."""
    folder.mkdir(parents=True, exist_ok=True)
    account = postgres_programs.account_for(folder)
    port = start(folder, account, port=port)
    try:
        yield port
    finally:
        stop(folder, account)


def start(folder: Path, account: Account, *, port: int) -> int:
    """Make sure that the server runs and return its port; 0 keeps the one it has, or takes a free one."""
    _create(folder, account)
    if (found := _port_in_use(folder)) is not None:
        if port in (0, found) and _answers(found):
            return found
        stop(folder, account)
    port = port or _free_port()
    options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in {**SETTINGS, "port": port}.items())
    ended = postgres_programs.run(
        "pg_ctl",
        "start",
        "--pgdata=data",
        "--log=server.log",
        f"--options={options}",
        account=account,
        cwd=folder,
        seconds=SECONDS,
    )
    if ended.returncode:
        raise RuntimeError(f"the database of the stand-in does not start: {ended.stderr[-500:]}")
    return port


def stop(folder: Path, account: Account) -> None:
    """Stop the server, whoever is connected."""
    postgres_programs.run(
        "pg_ctl", "stop", "--pgdata=data", "--mode=fast", account=account, cwd=folder, seconds=SECONDS
    )


def owner(port: int, database: str = DATABASE) -> "psycopg.Connection[dict[str, Any]]":
    """Return a connection of the owner's, each statement its own transaction."""
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        dbname=database,
        user=OWNER,
        password=OWNER_PASSWORD,
        autocommit=True,
        connect_timeout=10,
        row_factory=psycopg.rows.dict_row,
    )


def _create(folder: Path, account: Account) -> None:
    if (folder / "data").exists():
        return
    shutil.rmtree(folder / "data.unfinished", ignore_errors=True)
    password = folder / "owner-password"
    password.write_text(OWNER_PASSWORD, encoding="utf-8")
    password.chmod(0o644)  # read by the account that runs the server; the word stands in this file for all to read
    made = postgres_programs.run(
        "initdb",
        "--pgdata=data.unfinished",
        f"--username={OWNER}",
        f"--pwfile={password.name}",
        "--auth-local=reject",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        account=account,
        cwd=folder,
        seconds=SECONDS,
    )
    if made.returncode:
        raise RuntimeError(f"the database of the stand-in cannot be made: {made.stderr[-500:]}")
    (folder / "data.unfinished").rename(folder / "data")


def _port_in_use(folder: Path) -> int | None:
    """Return the port of a server that was left running, by its own file."""
    try:
        lines = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
        return port if Path(f"/proc/{pid}/cwd").samefile(folder / "data") else None
    except (OSError, IndexError, ValueError):
        return None


def _answers(port: int) -> bool:
    try:
        owner(port, "postgres").close()
    except psycopg.Error:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
