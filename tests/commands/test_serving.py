"""`ombud serve`: everything is kept up until it is told to stop, and then nothing is left."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ombud.plumbing import embedded_postgres, serving
from ombud.plumbing.serving import CannotServe, Child

PROJECT = Path(__file__).resolve().parents[2]


def eventually(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
    except urllib.error.HTTPError as answer:
        answer.close()  # an answer, if not a glad one: this home has no tables
    except OSError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child("sleeper", ("sleep", "60"))
    yield made
    made.sweep()


def test_a_child_that_ends_is_started_again_after_a_pause(child: Child):
    child.start()
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    eventually(lambda: child.ended() is not None)
    child.look_after()
    assert child.process is None
    eventually(lambda: child.look_after() or child.process is not None)
    assert child.process.pid != first


def test_the_pauses_of_a_child_that_keeps_ending_grow_to_half_a_minute(monkeypatch: pytest.MonkeyPatch):
    failing = Child("failing", ("false",))
    pauses = []
    for _ in range(8):
        failing.start()
        failing.process.wait()
        failing.look_after()
        pauses.append(failing.pause)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_what_a_child_started_ends_with_it(child: Child):
    child.command = ("sh", "-c", "sleep 60 & wait")
    child.start()
    eventually(lambda: bool(children_of(child.process.pid)))
    grandchild = children_of(child.process.pid)[0]
    child.sweep()
    eventually(lambda: not Path(f"/proc/{grandchild}/cwd").exists())


def test_a_child_that_will_not_stop_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(serving, "SECONDS_TO_STOP", 0.3)
    stubborn = Child("stubborn", ("sh", "-c", "trap '' TERM; while true; do sleep 0.1; done"))
    stubborn.start()
    time.sleep(0.2)
    began = time.monotonic()
    serving._stop([stubborn])
    assert stubborn.ended() == -signal.SIGKILL
    assert time.monotonic() - began < 2


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=rf"Port {port} .* already in use.* Another --port"):
            serving.check_port(host="127.0.0.1", port=port)


def test_an_unknown_host_is_named():
    with pytest.raises(CannotServe, match=r"^192\.0\.2\.1 is not|^Port \d+ of 192\.0\.2\.1 cannot be served"):
        serving.check_port(host="192.0.2.1", port=8311)


class Served:
    """`ombud serve` on a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        environment = {**os.environ, "OMBUD_HOME": str(home), "OMBUD_SECRET_KEY": "x" * 50, "DATABASE_URL": ""}
        command = [sys.executable, "-m", "ombud", "serve", "--no-worker", "--workers", "1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said: list[str] = []
        threading.Thread(target=lambda: self.said.extend(self.process.stdout), daemon=True).start()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said
        return any("Ombud is at" in line for line in self.said)

    def stop(self, signal_number: int = signal.SIGTERM) -> float:
        began = time.monotonic()
        self.process.send_signal(signal_number)
        self.process.wait(timeout=30)
        return time.monotonic() - began


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    installation = Served(tmp_path / "home")
    try:
        eventually(installation.is_ready, seconds=90)
        yield installation
    finally:
        installation.process.kill()
        installation.process.wait()
        installation.process.stdout.close()
        embedded_postgres.stop(installation.home)


def test_one_command_serves_and_leaves_nothing_behind(served: Served):
    assert [line for line in served.said if "Ombud is at" in line] == [
        f"Ombud is at http://localhost:{served.port} (Ctrl-C stops it).\n"
    ]
    assert answers(served.port)

    (web,) = children_of(served.process.pid)
    os.kill(web, signal.SIGKILL)
    eventually(lambda: not answers(served.port))
    eventually(lambda: answers(served.port))

    database = embedded_postgres.status(served.home).pid
    os.kill(database, signal.SIGKILL)
    eventually(lambda: embedded_postgres.status(served.home).pid not in (0, database))

    with socket.create_connection(("127.0.0.1", served.port)) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert served.stop() < 10
    assert served.process.returncode == 0
    assert not answers(served.port)
    assert embedded_postgres.status(served.home).pid == 0


def test_a_database_whose_socket_was_swept_away_is_reached_again(served: Served):
    home = served.home
    first = embedded_postgres.status(home).pid
    (embedded_postgres.socket_dir(home) / ".s.PGSQL.5432").unlink()
    eventually(lambda: embedded_postgres.status(home).ready)
    assert embedded_postgres.status(home).pid != first


def test_a_killed_supervisor_frees_the_port(served: Served):
    served.stop(signal.SIGKILL)
    eventually(lambda: not answers(served.port))
    assert embedded_postgres.status(served.home).ready


def test_a_second_one_on_the_port_says_so(served: Served):
    environment = {**os.environ, "OMBUD_HOME": str(served.home), "OMBUD_SECRET_KEY": "x" * 50, "DATABASE_URL": ""}
    command = [sys.executable, "-m", "ombud", "serve", "--port", str(served.port)]
    second = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"Port {served.port}" in second.stderr
    eventually(lambda: answers(served.port))
