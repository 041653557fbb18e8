"""`ombud sandbox`: a jurisdiction where authors of programs try things out."""

from typing import Any

from django.core.management.base import CommandParser

from ombud.connect.open311 import sandbox
from ombud.kernel import clock
from ombud.plumbing import command


class Command(command.Command):
    """Set the sandbox up, or empty it now."""

    help = (
        "Set up the sandbox where it is not yet there: a jurisdiction for programs to try Open311 in, emptied each "
        "night. With --empty it is emptied now. Safe to run twice. Ends with 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Say whether to empty it."""
        parser.add_argument("--empty", action="store_true", help="forget all requests of the sandbox now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up or empty."""
        city_id = sandbox.found(at=clock.now())
        if options["empty"]:
            sandbox.reset_all()
        self.stdout.write(f"{city_id}: /{city_id}/open311/v2")
