"""Django's entry to this package."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.intake"
    label = "intake"
