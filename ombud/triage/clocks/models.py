"""Alerts: what somebody has to know of, and all that was done to tell them."""

from django.db import models


class Alert(models.Model):
    """A request of which somebody has to know; it stands until one of them says that they do, or it ends."""

    jurisdiction_id = models.CharField(max_length=32)
    request_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, help_text="late, danger")
    share = models.FloatField(null=True, help_text="Of the target's time, where it is late")
    to = models.CharField(max_length=40, help_text="assignee, supervisor or a roster")
    raised_at = models.DateTimeField()
    tell_at = models.DateTimeField(help_text="Not before: quiet hours")
    told_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_id = models.BigIntegerField(null=True)
    over_at = models.DateTimeField(null=True, help_text="The request ended, or everybody was called")

    class Meta:
        db_table = "ombud_alert"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction_id", "request_id", "share"],
                condition=models.Q(kind="late"),
                name="ombud_alert_step_once",
            ),
            models.UniqueConstraint(
                fields=["jurisdiction_id", "request_id"],
                condition=models.Q(kind="danger", acknowledged_at__isnull=True, over_at__isnull=True),
                name="ombud_alert_danger_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["jurisdiction_id", "tell_at"],
                condition=models.Q(acknowledged_at__isnull=True, over_at__isnull=True),
                name="ombud_alert_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.request_id}"


class AlertEntry(models.Model):
    """One thing that was done to tell somebody, or that somebody said they know. The database keeps each for ever."""

    jurisdiction_id = models.CharField(max_length=32)
    alert = models.ForeignKey(Alert, models.PROTECT, related_name="entries")
    what = models.CharField(
        max_length=12, help_text="called, trying, sent, failed, unclear, acknowledged, nobody, everybody"
    )
    of = models.ForeignKey("self", models.PROTECT, null=True, help_text="Of a letter: the call it belongs to")
    account_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "ombud_alert_entry"

    def __str__(self) -> str:
        return f"{self.what} {self.alert_id}"
