"""Django's entry to this package."""

from django.apps import AppConfig


class ConnectConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.connect"
    label = "connect"
