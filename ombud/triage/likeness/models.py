"""What triage keeps of likeness: what it asks the dispatcher, and what was answered."""

from django.db import models


class Suggestion(models.Model):
    """
    A report and what it may be about, for a person to decide. What was decided is remembered.

    `thing` is the first report of it. A row that was settled by itself (both became one thing, or one of
    them ended) is not kept up: whether it still waits is seen from the requests.
    """

    jurisdiction_id = models.CharField(max_length=32)
    request = models.ForeignKey(
        "service_requests.ServiceRequest", models.PROTECT, db_index=False, related_name="likeness"
    )
    thing = models.ForeignKey(
        "service_requests.ServiceRequest", models.PROTECT, db_index=False, related_name="likeness_of"
    )
    kind = models.CharField(max_length=5, help_text="same: of one thing; again: one that was closed has come back")
    probability = models.FloatField()
    reasons = models.JSONField(default=list, help_text="What was found, as codes and numbers")
    weights = models.CharField(max_length=20, help_text="The version of the weights")
    made_at = models.DateTimeField()
    answer = models.CharField(max_length=5, blank=True, help_text="yes, no; empty while it waits")
    answered_at = models.DateTimeField(null=True)
    answered_by_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ombud_likeness"
        constraints = [models.UniqueConstraint(fields=["request", "thing"], name="ombud_likeness_once")]
        indexes = [
            models.Index(
                fields=["jurisdiction_id", "thing", "-probability"],
                condition=models.Q(answer=""),
                name="ombud_likeness_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id} of {self.thing_id}"


class RecurringPlace(models.Model):
    """A place where the same thing keeps happening; worked out anew each night."""

    jurisdiction_id = models.CharField(max_length=32)
    service_code = models.CharField(max_length=40)
    visibility = models.CharField(max_length=20, help_text="Of its service when it was worked out")
    lon = models.FloatField()
    lat = models.FloatField()
    address = models.CharField(max_length=200, blank=True)
    latest = models.ForeignKey("service_requests.ServiceRequest", models.PROTECT, db_index=False, related_name="+")
    happened = models.PositiveIntegerField(help_text="How often, what came while it was open not counted")
    reports = models.PositiveIntegerField(help_text="Of how many reports")
    times = models.JSONField(default=list, help_text="When each began, as instants")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    median_gap_days = models.FloatField()
    is_open = models.BooleanField()
    chronic = models.BooleanField(default=False, help_text="So often that the city wants something else done")
    of_service = models.PositiveIntegerField(help_text="How often it happened in the whole city")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "ombud_recurring_place"
        indexes = [models.Index(fields=["jurisdiction_id", "-happened", "-reports"], name="ombud_recurring_most")]

    def __str__(self) -> str:
        return f"{self.service_code} at {self.address or (self.lat, self.lon)}"
