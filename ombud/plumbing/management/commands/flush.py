"""`ombud flush`: Django's, as the owner of the tables."""

from typing import Any

from django.core.management.commands import flush

from ombud.plumbing import walls


class Command(flush.Command):
    """Empty every table."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Empty as the owner; pages and jobs own nothing."""
        with walls.as_owner():
            super().handle(*args, **options)
