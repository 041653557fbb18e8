"""`ombud load-archive`: make files that a city published before a data set with the same columns."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.opendata.archives.loading import Loaded, load
from ombud.opendata.archives.schema import read_schema, shipped
from ombud.plumbing import command, walls


class Command(command.Command):
    """Load CSV or JSON files, gzipped or not, into an archive. Safe to run again."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which city, how its files look, and where they are."""
        parser.add_argument("city", help="the city's id")
        parser.add_argument("schema", help="boston311, chicago311, myla311, nyc311, or the path of a YAML file")
        parser.add_argument("files", nargs="+", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what could not be read."""
        named = options["schema"]
        try:
            schema = read_schema(Path(named) if named.endswith((".yaml", ".yml")) else shipped(named))
            with walls.inside(options["city"]):
                city = catalog.city(options["city"])
                self._tell(load(city, schema, options["files"], now=clock.now()))
        except OmbudError as wrong:
            raise CommandError(str(wrong)) from wrong

    def _tell(self, loaded: Loaded) -> None:
        version = f"version {loaded.publication.version}" if loaded.publication else "nothing new"
        self.stdout.write(f"{loaded.rows} rows: {version}")
        if loaded.repeated:
            self.stdout.write(f"{loaded.repeated} keys came more than once; the last row of each counts")
        if loaded.without_key:
            self.stdout.write(f"{loaded.without_key} rows without key or month were left out")
        for column, n in loaded.unread.most_common():
            self.stdout.write(f"{column}: {n} values could not be read, as {', '.join(loaded.samples[column])}")
