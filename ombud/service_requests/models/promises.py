"""How long requests took, and how promises were kept: counted for each service and area."""

from django.db import models

from ombud.service_requests.models.request import InCity


class ExpectedRange(models.Model):
    """How long a service really took lately, in an area or the whole city (area empty)."""

    jurisdiction_id = models.CharField(max_length=32)
    service_code = models.CharField(max_length=40)
    area = models.CharField(max_length=100, blank=True)
    low_seconds = models.BigIntegerField()
    high_seconds = models.BigIntegerField(null=True, help_text="None: more than a fifth have not ended yet")
    n = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        db_table = "ombud_expected_range"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction_id", "service_code", "area"], name="ombud_expected_range_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_code} {self.area}"


class PromiseKept(models.Model):
    """How the promises of one month held: what was told at its beginning, against what came of its requests."""

    jurisdiction_id = models.CharField(max_length=32)
    service_code = models.CharField(max_length=40)
    month = models.DateField(help_text="Its first day")
    within = models.PositiveIntegerField()
    early = models.PositiveIntegerField()
    late = models.PositiveIntegerField()

    objects = InCity["PromiseKept"].as_manager()

    class Meta:
        db_table = "ombud_promise_kept"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "service_code", "month"], name="ombud_promise_kept_once")
        ]

    def __str__(self) -> str:
        return f"{self.service_code} {self.month}"
