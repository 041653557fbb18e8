"""`ombud database start|stop|status`: the PostgreSQL that Ombud brings along."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from ombud.plumbing import command, embedded_postgres


class Command(command.Command):
    """Start, stop or look at the database of this installation."""

    help = (
        "Start, stop or look at the PostgreSQL in OMBUD_HOME. Safe to run twice. "
        "Ends with 0; 1 when it cannot be done; status ends with 3 when the database does not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one verb."""
        parser.add_argument("verb", choices=("start", "stop", "status"))

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Do what the verb says and print one line."""
        if settings.DATABASE_URL:
            raise CommandError("DATABASE_URL names a database of yours; Ombud does not start or stop that one.")
        getattr(self, verb)()

    def start(self) -> None:
        """Start it, unless it runs."""
        started = embedded_postgres.start(settings.OMBUD_HOME)
        was = "was running already" if started.adopted else "started"
        self.stdout.write(f"The database {was} (process {started.pid}).")

    def stop(self) -> None:
        """Stop it, if it runs."""
        stopped = embedded_postgres.stop(settings.OMBUD_HOME)
        self.stdout.write("The database stopped." if stopped else "The database was not running.")

    def status(self) -> None:
        """Say how it stands."""
        found = embedded_postgres.status(settings.OMBUD_HOME)
        if not found.pid:
            raise CommandError(f"The database in {found.folder} does not run.", returncode=3)
        word = "takes connections" if found.ready else "is starting or stopping"
        self.stdout.write(f"The database in {found.folder} {word} (process {found.pid}).")
