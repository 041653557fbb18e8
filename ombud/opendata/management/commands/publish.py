"""`ombud publish`: publish what has changed now; the worker does so by itself every quarter of a minute."""

from typing import Any

from django.core.management.base import CommandParser

from ombud.opendata import handlers
from ombud.plumbing import command


class Command(command.Command):
    """Publish what has changed in every city, as new versions of its data sets."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what to publish."""
        parser.add_argument(
            "--only-requests", action="store_true", help="requests, histories and incidents, not the small data sets"
        )
        parser.add_argument("--tidy", action="store_true", help="also drop versions and files that are not kept")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, and say which versions were made."""
        steps = [handlers.publish_all]
        if not options["only_requests"]:
            steps += [handlers.publish_whole_all, handlers.release_counts_all]
        for step in steps:
            for city, made in step().items():
                for one in made:
                    self.stdout.write(f"{city}: {one}")
        if options["tidy"]:
            for city, gone in handlers.tidy_all().items():
                self.stdout.write(f"{city}: {gone} versions and files dropped")
