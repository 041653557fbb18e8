"""The SFTP server that the two sides leave files on, seen from ours: one folder to read, one to put into."""

import io
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import paramiko

from ombud.connect.bridge.ports import FarDown, FarNonsense
from ombud.kernel.errors import N_, Unavailable
from ombud.plumbing import outgoing

NAME = "Street lighting"
AT_MOST_BYTES = 200_000_000
# A file under this name is being written; nobody reads it.
UNFINISHED = ".part"


@dataclass(frozen=True, slots=True)
class File:
    """A file as the server lists it."""

    name: str
    size: int
    changed: int


class Shelf:
    """A connection to the server, whose key is known beforehand."""

    def __init__(self, host: str, port: int, *, host_key: str, seconds: float) -> None:
        self._address, self._host_key, self._seconds = (host, port), host_key, seconds
        self._transport: paramiko.Transport | None = None
        self._sftp: paramiko.SFTPClient | None = None

    def sign_in(self, user: str, *, password: str = "", private_key: str = "") -> Self:
        """Keep what to sign in with; the connection is opened when it is first needed."""
        self._user, self._password, self._private_key = user, password, private_key
        return self

    def files(self, folder: str) -> list[File]:
        """Return the finished files of a folder by name."""
        with self._open() as sftp:
            found = [
                File(one.filename, one.st_size or 0, int(one.st_mtime or 0))
                for one in sftp.listdir_attr(folder)
                if stat.S_ISREG(one.st_mode or 0) and not one.filename.endswith(UNFINISHED)
            ]
        return sorted(found, key=lambda file: file.name)

    def content(self, path: str) -> bytes:
        """Return what a file holds."""
        with self._open() as sftp:
            if (sftp.stat(path).st_size or 0) > AT_MOST_BYTES:
                raise FarNonsense(N_("%(name)s left a file that is larger than we take."), name=NAME)
            out = io.BytesIO()
            sftp.getfo(path, out)
            return out.getvalue()

    def put(self, path: str, content: bytes) -> None:
        """Write a file under another name and rename it when it is whole: nobody sees half of it."""
        with self._open() as sftp:
            with sftp.file(path + UNFINISHED, "wb") as file:
                file.set_pipelined(True)
                file.write(content)
            sftp.posix_rename(path + UNFINISHED, path)

    def close(self) -> None:
        """Let go of the connection."""
        if self._transport is not None:
            self._transport.close()
        self._transport = self._sftp = None

    @contextmanager
    def _open(self) -> Iterator[paramiko.SFTPClient]:
        """Yield the connection. Raises FarDown, and FarNonsense where a folder is not where it should be."""
        try:
            if self._sftp is None or self._transport is None or not self._transport.is_active():
                self._sftp = self._connect()
            yield self._sftp
        except FileNotFoundError as missing:
            raise FarNonsense(N_("%(name)s has not the folder or file that we look for."), name=NAME) from missing
        except PermissionError as refused:
            raise FarDown(N_("%(name)s does not let us at its files."), name=NAME) from refused
        except paramiko.AuthenticationException as refused:
            self.close()
            raise FarDown(N_("%(name)s does not take our key."), name=NAME) from refused
        except Unavailable as away:
            raise FarDown(away.msgid, wait_seconds=None, **away.params) from away
        except (paramiko.SSHException, OSError, EOFError) as lost:
            self.close()
            raise FarDown(N_("%(name)s does not answer: %(why)s"), name=NAME, why=str(lost)[:200]) from lost

    def _connect(self) -> paramiko.SFTPClient:
        self.close()
        host, port = self._address
        line = socket.create_connection(
            (outgoing.addresses(host, seconds=self._seconds)[0], port), timeout=self._seconds
        )
        transport = self._transport = paramiko.Transport(line)
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = self._seconds
        transport.channel_timeout = self._seconds
        transport.start_client(timeout=self._seconds)
        found = transport.get_remote_server_key()
        if f"{found.get_name()} {found.get_base64()}" != self._host_key:
            raise paramiko.SSHException("it has another key than the one that was agreed on")
        if self._private_key:
            transport.auth_publickey(self._user, _key(self._private_key))
        else:
            transport.auth_password(self._user, self._password)
        sftp = paramiko.SFTPClient.from_transport(transport)
        if sftp is None:
            raise paramiko.SSHException("it has no files")
        channel = sftp.get_channel()
        if channel is not None:
            channel.settimeout(self._seconds)
        return sftp


def _key(text: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            key: paramiko.PKey = kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
        return key
    raise paramiko.AuthenticationException("the private key cannot be read")
