"""The `ombud` command: Django's command line with our settings and, where none is given, our own database."""

import os
import sys


def main() -> None:
    """Run one `ombud COMMAND`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ombud.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
