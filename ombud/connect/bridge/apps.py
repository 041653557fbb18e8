"""Django's entry to this package."""

from django.apps import AppConfig


class BridgeConfig(AppConfig):
    """The bridge as a Django app."""

    name = "ombud.connect.bridge"
    label = "bridge"
