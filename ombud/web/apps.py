"""Django's entry to this package."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.web"
    label = "web"
