"""Ports for what the tests start."""

import random
import socket

# Below those that outgoing connections are given: between the look and the start, which may take a while, no call of
# another test can take it.
_OURS = range(20_000, 32_000)
_dice = random.SystemRandom()


def free_port() -> int:
    """Return a port that nobody listens on."""
    while True:
        port = _dice.choice(_OURS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
