"""What the desk keeps for the people who work the queue."""

from django.db import models

from ombud.triage.clocks.models import Alert, AlertEntry
from ombud.triage.likeness.models import Suggestion
from ombud.triage.routing.models import Appointment, Replay, RoutingAlarm, RoutingFailure, RuleSet, ServedScheme
from ombud.triage.words.models import ModelVersion, Prediction

__all__ = [
    "Alert",
    "AlertEntry",
    "Appointment",
    "ModelVersion",
    "Prediction",
    "Replay",
    "RoutingAlarm",
    "RoutingFailure",
    "RuleSet",
    "SavedFilter",
    "ServedScheme",
    "Suggestion",
]


class SavedFilter(models.Model):
    """A view of the queue that one person keeps under a name: the words of its address."""

    jurisdiction_id = models.CharField(max_length=32)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=500, blank=True, help_text="The filter as the address bar says it")

    class Meta:
        db_table = "ombud_saved_filter"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "account_id", "name"], name="ombud_saved_filter_once")
        ]

    def __str__(self) -> str:
        return self.name
