"""Django's entry to this package."""

from django.apps import AppConfig


class OpendataConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.opendata"
    label = "opendata"
