"""The `ombud` command: Django's command line with our settings and, where none is given, our own database."""

import os
import sys

from ombud.kernel.errors import OmbudError

# These need no database, or (serve, database) start it themselves.
WITHOUT_DATABASE = frozenset(
    (
        "check",
        "collectstatic",
        "compilemessages",
        "database",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "makemigrations",
        "serve",
        "version",
    )
)


def main() -> None:
    """Run one `ombud COMMAND`; what Ombud refuses ends it with a sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ombud.settings")
    from django.core.management import execute_from_command_line

    try:
        if needs_database(sys.argv[1:]):
            _start_database()
        execute_from_command_line(sys.argv)
    except OmbudError as refused:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(refused))


def needs_database(arguments: list[str]) -> bool:
    """Say whether a command line will talk to the database."""
    command = next((word for word in arguments if not word.startswith("-")), "help")
    if command == "triage":  # works on plain files, unless with what a city has
        return any(word.split("=")[0] == "--city" for word in arguments)
    return command not in WITHOUT_DATABASE and not {"-h", "--help", "--version"} & set(arguments)


def _start_database() -> None:
    from django.conf import settings

    from ombud.plumbing import embedded_postgres

    if not settings.DATABASE_URL:
        embedded_postgres.start(settings.OMBUD_HOME)


if __name__ == "__main__":
    main()
