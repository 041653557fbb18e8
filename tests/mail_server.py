"""A mail server on loopback for tests: takes letters, or refuses them as real ones do."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.ports import free_port


@dataclass
class Mail:
    """What a server took, and what it answers to a recipient."""

    port: int = 0
    letters: list[str] = field(default_factory=list)
    to_recipient: str = "250 fine"


class _Talk(socketserver.StreamRequestHandler):
    """One sender, as RFC 5321 has it."""

    def handle(self) -> None:
        mail: Mail = self.server.mail  # type: ignore[attr-defined]
        self.say("220 mail.example")
        while line := self.rfile.readline().decode().strip():
            match line.split(":")[0].split(" ")[0].upper():
                case "RCPT":
                    self.say(mail.to_recipient)
                case "DATA":
                    self.say("354 go on")
                    said = []
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        said.append(part.decode())
                    mail.letters.append("".join(said))
                    self.say("250 taken")
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 fine")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def serving(mail: Mail) -> Iterator[Mail]:
    """Serve on the mail's port, a free one at first, so that a server may go and come back."""
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    mail.port = mail.port or free_port()
    with socketserver.ThreadingTCPServer(("127.0.0.1", mail.port), _Talk) as server:
        server.daemon_threads = True
        server.mail = mail  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield mail
        finally:
            server.shutdown()
