"""`ombud triage PART`: what triage does, on plain files."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ombud.kernel.errors import OmbudError
from ombud.plumbing import command
from ombud.triage.likeness import command as duplicates
from ombud.triage.words import classify_command as classify
from ombud.triage.words import redact_command as redact
from ombud.triage.words import train_command as train

# Each part has `HELP`, `add_arguments(parser)` and `run(options)`.
PARTS = {
    "classify": classify,
    "duplicates": duplicates,
    "redact": redact,
    "train": train,
}


class Command(command.Command):
    """Run one part."""

    help = "Check, on plain files, what triage makes of texts and requests."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the part and what it needs."""
        parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
        for name, part in PARTS.items():
            part.add_arguments(parts.add_parser(name, help=part.HELP, description=part.HELP))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it; what is refused ends it with a sentence and exit code 1."""
        try:
            PARTS[options["part"]].run(options)
        except OmbudError as refused:
            raise CommandError(str(refused)) from refused
