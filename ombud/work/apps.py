"""Django's entry to this package."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.work"
    label = "work"
