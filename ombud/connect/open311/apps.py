"""Django's entry to this package."""

from django.apps import AppConfig


class Open311Config(AppConfig):
    """The package as a Django app."""

    name = "ombud.connect.open311"
    label = "open311"
