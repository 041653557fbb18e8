"""`ombud load FOLDER`: load a city from its folder of files."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from ombud.catalog import queries as catalogue
from ombud.catalog.loading import load_folder
from ombud.kernel import clock
from ombud.places import asset_loading
from ombud.places import commands as places
from ombud.plumbing import command, walls
from ombud.service_requests.storms.rules import plan as storms
from ombud.triage.clocks import queries as clocks
from ombud.triage.routing import loading as routing


class Command(command.Command):
    """Load a city's catalogue and boundaries; again, to bring in what changed in the files."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which folder."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it, all or nothing, and say what came of it."""
        with transaction.atomic():
            self._load(options["folder"], clock.now())

    def _load(self, folder: Path, at: datetime) -> None:
        loaded = load_folder(folder, at=at)
        self.stdout.write(f"{loaded.jurisdiction_id}: {loaded.services} services, {loaded.new_versions} new versions")
        if (folder / "boundaries" / "boundaries.yaml").exists():
            with walls.inside(loaded.jurisdiction_id):
                areas = places.load_boundaries(folder / "boundaries", jurisdiction_id=loaded.jurisdiction_id, at=at)
            self.stdout.write(f"{loaded.jurisdiction_id}: {areas} areas")
        if (folder / "assets" / "assets.yaml").exists():
            with walls.inside(loaded.jurisdiction_id):
                for layer in asset_loading.load_assets(
                    folder / "assets", jurisdiction_id=loaded.jurisdiction_id, at=at
                ):
                    self.stdout.write(f"{loaded.jurisdiction_id}: {layer.loaded} {layer.layer}")
        with walls.inside(loaded.jurisdiction_id):
            clocks.file_plan(loaded.jurisdiction_id)  # refuses what cannot be followed
            storms.read_plan(catalogue.city(loaded.jurisdiction_id).settings)
            for told in routing.load_folder(folder, jurisdiction_id=loaded.jurisdiction_id, at=at):
                self.stdout.write(f"{loaded.jurisdiction_id}: {told}")
