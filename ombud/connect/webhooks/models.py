"""Whom a city tells what happens, what waits to be told, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class State(models.TextChoices):
    """Whether an endpoint is sent to."""

    ON = "on", "on"
    PAUSED = "paused", "paused"  # by a person: events wait
    OFF = "off", "off"  # by us, since it did not answer for days or said that it is gone: nothing is kept for it


class Progress(models.TextChoices):
    """What became of an event on its way to an endpoint."""

    WAITING = "waiting", "waiting"
    DELIVERED = "delivered", "delivered"
    GIVEN_UP = "given_up", "given up"


class WebhookEndpoint(models.Model):
    """
    An address that is told what happens in public.

    Its secret is not here: it is made of `salt`, `generation` and the installation's key (see `queries.secrets`).
    """

    jurisdiction_id = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    names = ArrayField(models.CharField(max_length=20), default=list, help_text="Names of events; none: all")
    services = ArrayField(models.CharField(max_length=40), default=list)
    agencies = ArrayField(models.CharField(max_length=40), default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ON)
    off_because = models.CharField(max_length=8, blank=True, help_text="gone, failing")
    owner_id = models.BigIntegerField(help_text="The account that is written to when it is switched off")
    created_at = models.DateTimeField()
    salt = models.CharField(max_length=32)
    generation = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, whatever was sent")
    failing_since = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "ombud_webhook_endpoint"
        indexes = [models.Index(fields=["jurisdiction_id"], name="ombud_webhook_of_city")]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint. Of a request only the first that waits is sent."""

    jurisdiction_id = models.CharField(max_length=32)
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, db_index=False, related_name="deliveries")
    event_id = models.BigIntegerField(null=True, help_text="None: a test")
    request_id = models.BigIntegerField(null=True)
    seq = models.PositiveIntegerField(default=0)
    number = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=20)
    progress = models.CharField(max_length=10, choices=Progress.choices, default=Progress.WAITING)
    why = models.CharField(max_length=10, blank=True, help_text="Why it was given up: late, off, hidden")
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ombud_webhook_delivery"
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="ombud_webhook_delivery_once")]
        indexes = [
            models.Index(
                fields=["endpoint", "next_try_at", "id"],
                condition=models.Q(progress="waiting"),
                name="ombud_webhook_due",
            ),
            models.Index(
                fields=["endpoint", "request_id", "seq"],
                condition=models.Q(progress="waiting"),
                name="ombud_webhook_first",
            ),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="ombud_webhook_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.number} to {self.endpoint_id}"


class WebhookAttempt(models.Model):
    """One time that it was tried, and what came back."""

    jurisdiction_id = models.CharField(max_length=32)
    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveIntegerField(null=True)
    trouble = models.CharField(max_length=200, blank=True, help_text="Why there is no status: the refusal's text")
    took_ms = models.PositiveIntegerField()
    said = models.CharField(max_length=300, blank=True, help_text="The answer's beginning, cleaned")

    class Meta:
        db_table = "ombud_webhook_attempt"

    def __str__(self) -> str:
        return f"{self.at}: {self.status or self.trouble}"
