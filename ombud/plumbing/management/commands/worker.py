"""`ombud worker`: run jobs until told to stop."""

from typing import Any

from django.core.management.base import CommandParser

from ombud.plumbing import command, jobs


class Command(command.Command):
    """React to events and send what is to be sent, until told to stop."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Say how many jobs run side by side, and whether to end when none is left."""
        parser.add_argument("--concurrency", type=int, default=4, help="jobs side by side (4)")
        parser.add_argument("--until-empty", action="store_true", help="end when there is nothing left to do")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the worker; SIGTERM lets the running jobs finish."""
        with jobs.worker_app() as app:
            app.run_worker(
                concurrency=options["concurrency"],
                wait=not options["until_empty"],
                install_signal_handlers=True,
                delete_jobs="successful",
                update_heartbeat_interval=jobs.SECONDS_OF_SILENCE / 4,
                stalled_worker_timeout=jobs.SECONDS_OF_SILENCE,
            )
