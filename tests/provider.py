"""A city's own sign-in for tests: a real OpenID Connect provider on loopback, in a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.ports import free_port

# What the provider says of each; some of it should not be believed.
PEOPLE: tuple[dict[str, Any], ...] = (
    {"sub": "carla", "email": "carla@springfield.example", "email_verified": True, "roles": ["administrator"]},
    {"sub": "stranger", "email": "stranger@springfield.example", "email_verified": True},
    {"sub": "unsure", "email": "carla@springfield.example", "email_verified": False},
    {"sub": "unsure-in-words", "email": "carla@springfield.example", "email_verified": "false"},
    {"sub": "silent", "email": "carla@springfield.example"},
    {"sub": "nameless"},
    {"sub": "sure-in-words", "email": "Carla@Springfield.example", "email_verified": "true"},
)


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Run the provider and yield its address."""
    port = free_port()
    claims = [part for person in PEOPLE for part in ("--user-claims", json.dumps(person))]
    program = str(Path(sys.executable).with_name("oidc-provider-mock"))
    process = subprocess.Popen(
        [program, "--port", str(port), *claims],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    url = f"http://localhost:{port}"
    try:
        for _ in range(150):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/.well-known/openid-configuration"):
                break
            if process.poll() is not None:
                raise RuntimeError("the OpenID Connect provider did not start")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)
