"""Django's entry to this package."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.insight"
    label = "insight"
