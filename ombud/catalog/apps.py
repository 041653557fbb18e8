"""Django's entry to this package."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.catalog"
    label = "catalog"
