"""Django's entry to this package."""

from django.apps import AppConfig


class ConversationConfig(AppConfig):
    """The package as a Django app."""

    name = "ombud.conversation"
    label = "conversation"
