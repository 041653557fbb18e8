"""Django's entry to this package."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.places"
    label = "places"
