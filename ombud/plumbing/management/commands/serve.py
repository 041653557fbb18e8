"""`ombud serve`: pages, APIs, live events and the worker, until told to stop."""

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from ombud.plumbing import command, serving


class Command(command.Command):
    """Serve this installation."""

    help = (
        "Serve the pages, APIs and live events, and run the jobs, until told to stop. "
        "Ends with 0 when told to stop, 1 when the address or the database cannot be used."
    )
    # More processes to be kept up with the others: the demo's old systems.
    beside: Sequence[serving.Child] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where, and with how many processes."""
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8311, help="the port to listen at (8311)")
        cores = max(1, min(4, os.cpu_count() or 1))
        parser.add_argument("--workers", type=int, default=cores, help=f"web processes ({cores})")
        parser.add_argument("--no-worker", action="store_true", help="run no jobs here; `ombud worker` runs elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve, and print one line when the address answers."""
        serving.serve(
            host=options["host"],
            port=options["port"],
            workers=options["workers"],
            with_worker=not options["no_worker"],
            embedded_home=None if settings.DATABASE_URL else settings.OMBUD_HOME,
            on_ready=lambda address: self.stdout.write(f"Ombud is at {address} (Ctrl-C stops it).", ending="\n"),
            beside=self.beside,
        )
