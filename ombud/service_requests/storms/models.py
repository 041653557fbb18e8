"""A storm, what was done to it, and the reports that came in while it was on."""

from django.db import models

Q = models.Q


class Storm(models.Model):
    """
    The parent of all reports that it brought. It is on from its beginning until it is ended, or its time is over.

    Whether it is on is asked of the clock, never of a mark somebody has to set: `ended_at` is written down later
    where its time ran out.
    """

    jurisdiction_id = models.CharField(max_length=32)
    words = models.JSONField(help_text="What happened, in public words, by language")
    services = models.JSONField(help_text="Codes")
    areas = models.JSONField(default=list, help_text="Tags such as council_district:13; none means the whole city")
    promise = models.CharField(max_length=10, help_text="suspended, widened")
    widened_by = models.FloatField(default=1)
    order = models.JSONField(default=list, help_text="What comes first, as the city's file said when it began")
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="At the latest")
    ended_at = models.DateTimeField(null=True)
    told_anew_at = models.DateTimeField(null=True, help_text="When the dates were counted again after it")

    class Meta:
        db_table = "ombud_storm"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction_id"], condition=Q(ended_at__isnull=True), name="ombud_storm_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("began_at")), name="ombud_storm_has_an_end"),
        ]
        indexes = [models.Index(fields=["jurisdiction_id", "-began_at"], name="ombud_storm_newest")]

    def __str__(self) -> str:
        return f"storm of {self.began_at:%Y-%m-%d}"


class StormEntry(models.Model):
    """Who switched it, when and why. The database keeps each for ever."""

    jurisdiction_id = models.CharField(max_length=32)
    storm = models.ForeignKey(Storm, models.PROTECT, related_name="entries")
    what = models.CharField(max_length=10, help_text="began, prolonged, ended, ran_out")
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True, help_text="None where its time ran out")
    why = models.CharField(max_length=300, blank=True)
    terms = models.JSONField(default=dict, help_text="What it said from then on")

    class Meta:
        db_table = "ombud_storm_entry"

    def __str__(self) -> str:
        return f"{self.what} {self.storm_id}"


class StormReport(models.Model):
    """
    A report that came in while a storm was on over its service and place.

    A link beside the request, not a change of it: it keeps its own incident, clock and story.
    """

    jurisdiction_id = models.CharField(max_length=32)
    storm = models.ForeignKey(Storm, models.PROTECT, db_index=False, related_name="reports")
    request = models.ForeignKey("service_requests.ServiceRequest", models.PROTECT, related_name="storms")
    rank = models.PositiveSmallIntegerField(help_text="Which line of the city's order it fits first, from 0")
    at = models.DateTimeField()

    class Meta:
        db_table = "ombud_storm_report"
        constraints = [models.UniqueConstraint(fields=["storm", "request"], name="ombud_storm_report_once")]
        indexes = [models.Index(fields=["storm", "rank"], name="ombud_storm_report_rank")]

    def __str__(self) -> str:
        return f"{self.request_id} of storm {self.storm_id}"
