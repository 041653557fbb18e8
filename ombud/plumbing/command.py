"""What all commands of Ombud have in common."""

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """
    A command that begins at once.

    Django would look at every page, address and template before it, which takes longer than most commands do. That is
    what `ombud check` is for, and whoever builds Ombud runs it.
    """

    requires_system_checks = []
