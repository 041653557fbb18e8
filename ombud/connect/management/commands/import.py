"""`ombud import SOURCE FILE...`: bring in what the city's old system has exported."""

import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.connect.legacy.files import keeping
from ombud.connect.legacy.files.importing import FileReport, Import
from ombud.connect.legacy.files.mapping import FileMapping, read_mapping_file
from ombud.connect.legacy.files.report import tell
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.plumbing import command, walls

REPAIR = "repair"


class Command(command.Command):
    """Bring in files of old requests, or try held rows again."""

    help = (
        "Bring in requests from files of an old system: CSV or JSON, plain or gzipped. "
        "SOURCE is the name in the mapping, such as myla311 or nyc311. "
        "`ombud import repair` tries the held rows again after the mapping was edited. "
        "Safe to run twice: a row is known again by its number. "
        "Ends with 0 when every file was read to its end, also when some of its rows are held; "
        "1 when a file or mapping was refused (that file left nothing behind, those before it are kept); "
        "2 for a wrong command line."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a source, files, and how to read them."""
        parser.add_argument("source", help="the source's name in the mapping, or `repair`")
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--city", default="", help="the city's id; not needed where only one has this source")
        parser.add_argument(
            "--mapping", type=Path, help="a YAML file; it is kept for this city and source until another is given"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and keep nothing")
        parser.add_argument(
            "--seen-on",
            type=date.fromisoformat,
            metavar="DAY",
            help="for files without dates: the day on which their requests were open; it stands for the date asked",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and print the report."""
        source, files = options["source"], options["files"]
        if bool(files) == (source == REPAIR):
            raise CommandError("Give the source and its files, or `repair` and no files.", returncode=2)
        try:
            city = _city(options["city"], source)
            with walls.inside(city.id):
                self._import(city, source, files, options)
        except OmbudError as refused:
            raise CommandError(refused.message) from refused

    def _import(self, city: City, source: str, files: list[Path], options: dict[str, Any]) -> None:
        # In a pipe there is no window to fit; the tables need about so much.
        wide = Console(file=cast(IO[str], self.stdout), width=None if self.stdout.isatty() else 160)
        now = clock.now()
        mappings = self._mappings(city, source, options)
        reports: list[FileReport] = []
        work = None
        try:
            for mapping in mappings:
                work = Import(city, mapping, now, options["seen_on"], options["dry_run"])
                if source == REPAIR:
                    reports += work.held_rows()
                else:
                    self._files(work, files, reports)
        finally:
            # Also after a broken file: those before it are kept, and told.
            if work and reports:
                addresses, ranges = work.finish(reports)
                tell(reports, console=wide, dry_run=work.dry_run, addresses=addresses, ranges=ranges)
        if not reports:
            self.stdout.write("No rows are held." if source == REPAIR else "Nothing to import.")

    def _mappings(self, city: City, source: str, options: dict[str, Any]) -> list[FileMapping]:
        if options["mapping"]:
            mapping = read_mapping_file(options["mapping"], city=city)
            if source not in (REPAIR, mapping.source):
                raise CommandError(
                    f"{options['mapping'].name} is for {mapping.source}, not for {source}.", returncode=2
                )
            if not options["dry_run"]:
                keeping.keep_mapping(city, mapping, at=clock.now())
            return [mapping]
        sources = keeping.sources_with_held_rows(city.id) if source == REPAIR else [source]
        return [keeping.kept_mapping(city, name) for name in sources]

    def _files(self, work: Import, files: list[Path], reports: list[FileReport]) -> None:
        with ExitStack() as stack:
            bar = stack.enter_context(
                Progress(
                    TextColumn("{task.description}"),
                    BarColumn(),
                    TextColumn("{task.percentage:>3.0f} %  {task.fields[rows]:,} rows"),
                    TimeElapsedColumn(),
                    console=Console(file=sys.stderr),
                    transient=True,
                    disable=not sys.stderr.isatty(),
                )
            )
            for path in files:
                size = path.stat().st_size if path.exists() else None
                task = bar.add_task(path.name, total=size, rows=0)
                reports.append(
                    work.file(path, progress=lambda read, rows, t=task: bar.update(t, completed=read, rows=rows))  # type: ignore[misc]
                )


def _city(wanted: str, source: str) -> City:
    if wanted:
        return catalog.city(wanted)
    candidates = []
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            fits = keeping.sources_with_held_rows(row.id) if source == REPAIR else keeping.has_mapping(row.id, source)
        if fits:
            candidates.append(row.id)
    if len(candidates) != 1:
        raise CommandError("Say which city with --city.", returncode=2)
    return catalog.city(candidates[0])
