"""What the plumbing itself keeps."""

from django.db import models
from django.db.models.functions import Now


class Reaction(models.Model):
    """That a handler has reacted to an event: written in the transaction of what it did."""

    pk = models.CompositePrimaryKey("event_id", "handler")
    jurisdiction_id = models.CharField(max_length=32)
    event_id = models.BigIntegerField()
    handler = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ombud_reaction"

    def __str__(self) -> str:
        return f"{self.handler} on {self.event_id}"
