"""Django's entry to this package."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.people"
    label = "people"
