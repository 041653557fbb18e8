"""Django's entry to this package."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.connect.webhooks"
    label = "webhooks"
