"""
A stand-in of the street lighting system: a real SFTP server on loopback with an outbound folder and an inbox.

Each night it works through its inbox and drops what changed in the last days; at times under other names of columns.
In the demo a night is as long as a crew's turn. State is kept in a file.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer

from ombud.connect.legacy.standing_in import running
from ombud.connect.legacy.standing_in.faults import Faults
from ombud.connect.legacy.street_lighting.shop import Shop

USER, PASSWORD = "ombud", "street-lighting-demo"
REFUSED = int(paramiko.SFTP_PERMISSION_DENIED)


@dataclass(frozen=True, slots=True)
class StandIn:
    """The running system: where it listens, its key, what it holds, and what can be made to go wrong."""

    host: str
    port: int
    host_key: str
    shop: Shop
    faults: Faults


@contextmanager
def serving(
    home: Path, *, port: int = 0, records: int = 0, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[StandIn]:
    """Serve the system of this folder for the block."""
    home.mkdir(parents=True, exist_ok=True)
    shop, faults = Shop(home, clock=clock), Faults(home)
    shop.fill(records)
    key = _host_key(home / "host_key")
    listening = socket.create_server(("127.0.0.1", port))
    lines: list[paramiko.Transport] = []
    threading.Thread(target=_welcome, args=(listening, lines, key, shop.root, faults), daemon=True).start()
    try:
        yield StandIn("127.0.0.1", listening.getsockname()[1], f"{key.get_name()} {key.get_base64()}", shop, faults)
    finally:
        # Whoever waits for the next caller wakes up with an error, and ends.
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for line in lines:
            line.close()
        shop.close()


def _host_key(path: Path) -> paramiko.ECDSAKey:
    if not path.exists():
        paramiko.ECDSAKey.generate().write_private_key_file(str(path))
    return paramiko.ECDSAKey.from_private_key_file(str(path))


def _welcome(
    listening: socket.socket, lines: list[paramiko.Transport], key: paramiko.PKey, root: Path, faults: Faults
) -> None:
    while True:
        try:
            caller, _address = listening.accept()
        except OSError:
            return
        if faults.take("hang_up"):
            caller.close()
            continue
        line = paramiko.Transport(caller)
        line.add_server_key(key)
        line.set_subsystem_handler("sftp", SFTPServer, _Files, root, faults)
        lines.append(line)
        with suppress(paramiko.SSHException, EOFError, OSError):
            line.start_server(event=threading.Event(), server=_Door())


class _Door(paramiko.ServerInterface):  # type: ignore[misc]
    """Lets one partner in."""

    def check_auth_password(self, username: str, password: str) -> int:
        right = (username, password) == (USER, PASSWORD)
        return int(paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        known = kind == "session"
        return int(paramiko.OPEN_SUCCEEDED if known else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)

    def get_allowed_auths(self, username: str) -> str:
        return "password"


class _Files(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """The partner's folders: everything may be read, only the inbox written."""

    def __init__(self, server: paramiko.ServerInterface, root: Path, faults: Faults) -> None:
        super().__init__(server)
        self._root, self._faults = root.resolve(), faults

    def list_folder(self, path: str) -> list[SFTPAttributes] | int:
        time.sleep(self._faults.seconds("slow_seconds"))
        try:
            return [SFTPAttributes.from_stat(one.stat(), one.name) for one in self._at(path).iterdir()]
        except OSError as wrong:
            return int(SFTPServer.convert_errno(wrong.errno or 0))

    def stat(self, path: str) -> SFTPAttributes | int:
        try:
            return SFTPAttributes.from_stat(self._at(path).stat())
        except OSError as wrong:
            return int(SFTPServer.convert_errno(wrong.errno or 0))

    lstat = stat

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> SFTPHandle | int:
        found = self._at(path)
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        if writes and found.parent.name != "inbox":
            return REFUSED
        try:
            file = os.fdopen(os.open(found, flags, 0o644), "wb" if writes else "rb")
        except OSError as wrong:
            return int(SFTPServer.convert_errno(wrong.errno or 0))
        handle = SFTPHandle(flags)
        handle.readfile = handle.writefile = file
        return handle

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        if {self._at(oldpath).parent.name, self._at(newpath).parent.name} != {"inbox"}:
            return REFUSED
        try:
            self._at(oldpath).rename(self._at(newpath))
        except OSError as wrong:
            return int(SFTPServer.convert_errno(wrong.errno or 0))
        return int(paramiko.SFTP_OK)

    def _at(self, path: str) -> Path:
        """Return a path of the partner's within the root; there is no way out of it."""
        return self._root / str(self.canonicalize(path)).lstrip("/")


@contextmanager
def _program(home: Path, port: int, records: int) -> Iterator[tuple[str, Callable[[], None]]]:
    with serving(home, port=port, records=records) as far:
        # Whoever links it needs the key of the host as well.
        yield f"sftp://{far.host}:{far.port} {far.host_key}", far.shop.work


if __name__ == "__main__":
    running.run("A stand-in of the street lighting system.", serving=_program)
