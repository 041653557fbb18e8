"""Django's entry to this package."""

from django.apps import AppConfig


class ServiceRequestsConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.service_requests"
    label = "service_requests"
