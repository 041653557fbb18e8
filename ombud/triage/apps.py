"""Django's entry to this package."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.triage"
    label = "triage"
