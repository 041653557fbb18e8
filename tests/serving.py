"""A server on loopback that the test's own thread runs, so that it sees what the test's transaction holds."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The connection that holds the test's transaction outlives each visit, as Django's own test client has it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@contextmanager
def served() -> Iterator[tuple[str, Callable[["subprocess.Popen[bytes]"], tuple[str, str]]]]:
    """Give the address of the server, and what serves until a process has ended and returns what it said."""
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet) as server:
        server.timeout = 0.05

        def wait(process: "subprocess.Popen[bytes]") -> tuple[str, str]:
            while process.poll() is None:
                server.handle_request()
            said, wrong = process.communicate()
            return said.decode(), wrong.decode()

        yield f"http://127.0.0.1:{server.server_port}", wait
