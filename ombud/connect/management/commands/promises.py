"""`ombud promises`: recompute how long services really take; run nightly, and after storms."""

from typing import Any

from django.core.management.base import BaseCommand

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests.commands import promises


class Command(BaseCommand):
    """Recompute the expected ranges of every city from what really happened lately."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Recompute city by city."""
        for row in catalog.jurisdictions():
            with walls.inside(row.id):
                layer = str(row.settings.get("promise_layer", ""))
                count = promises.refresh(jurisdiction_id=row.id, layer=layer, now=clock.now())
            self.stdout.write(f"{row.id}: {count} expected ranges")
