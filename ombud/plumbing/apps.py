"""Django's entry to this package."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PlumbingConfig(AppConfig):
    """Sets up the walls: infrastructure, so a signal is allowed here."""

    name = "ombud.plumbing"
    label = "plumbing"

    def ready(self) -> None:
        """Watch new connections, and after each migration grant the role its rights."""
        from ombud.plumbing import commit_order, walls

        walls.watch_connections()
        post_migrate.connect(walls.grant, dispatch_uid="ombud.walls.grant")
        post_migrate.connect(commit_order.mend, sender=self, dispatch_uid="ombud.commit_order.mend")
