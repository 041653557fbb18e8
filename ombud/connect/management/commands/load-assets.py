"""`ombud load-assets FOLDER --city CITY`: load the assets of a city, such as lights and trees, from files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.places import asset_loading
from ombud.plumbing import command, walls

SHOWN = 5


class Command(command.Command):
    """Load what the folder's `assets.yaml` lists; exits with 1 where a file is refused, and then nothing changes."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which folder, of which city."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--city", required=True, help="id of the jurisdiction")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
        parser.add_argument("--shrinks", action="store_true", help="take a file with less than half of what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it, all or nothing, and say what came of it."""
        try:
            city = catalog.city(options["city"])
            with walls.inside(city.id):
                told = asset_loading.load_assets(
                    options["folder"],
                    jurisdiction_id=city.id,
                    at=clock.now(),
                    dry_run=options["dry_run"],
                    shrinks=options["shrinks"],
                )
        except OmbudError as refused:
            raise CommandError(refused.message) from None
        for one in told:
            self.stdout.write(
                f"{one.layer} {one.vintage}: {one.loaded} assets, {one.new} new, {one.gone} gone,"
                f" {len(one.refused)} rows refused"
            )
            for row in one.refused[:SHOWN]:
                self.stdout.write(f"  row {row.row}: {row.why}")
