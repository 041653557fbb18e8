"""`ombud migrate`: Django's, as the owner of the tables."""

from typing import Any

from django.core.management.commands import migrate

from ombud.plumbing import walls


class Command(migrate.Command):
    """Bring the database to the shape this version needs."""

    # As all commands of ours do without.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate as the owner; pages and jobs own nothing."""
        with walls.as_owner():
            super().handle(*args, **options)
