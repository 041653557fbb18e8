"""Runs a stand-in as a program of its own: `python -m ombud.connect.legacy.NAME.stand_in --home DIR`."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

log = logging.getLogger(__name__)


def run(
    description: str,
    *,
    serving: Callable[[Path, int, int], AbstractContextManager[tuple[str, Callable[[], None]]]],
) -> None:
    """
    Serve until told to stop.

    `serving` gets the folder, the port and how many past records to begin with; it yields the address and what the
    simulated crew does at each turn.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--home", type=Path, required=True, help="the folder of its state")
    parser.add_argument("--port", type=int, default=0, help="the port on loopback; 0 takes a free one")
    parser.add_argument("--records", type=int, default=300, help="how many past records to begin with")
    parser.add_argument("--work-every", type=float, default=0, metavar="SECONDS", help="let a crew move records along")
    parser.add_argument("--quiet", action="store_true", help="print no address")
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    stopping = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    with serving(options.home.resolve(), options.port, options.records) as (address, work):
        if not options.quiet:
            sys.stdout.write(f"{address}\n")
            sys.stdout.flush()
        while not stopping.wait(options.work_every or None):
            try:
                work()
            except Exception:
                # A crew that stumbles goes on with the next job; the server must stay up.
                log.exception("The simulated crew stumbled")
