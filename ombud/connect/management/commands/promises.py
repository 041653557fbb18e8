"""`ombud promises`: recompute how long services really take; run nightly, and after storms."""

from typing import Any

from ombud.plumbing import command
from ombud.service_requests.commands import promises


class Command(command.Command):
    """Recompute the expected ranges of every city from what really happened lately."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Recompute, and say how many there are."""
        for city, count in promises.refresh_all().items():
            self.stdout.write(f"{city}: {count} expected ranges")
