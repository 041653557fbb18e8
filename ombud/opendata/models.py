"""What stands in the public record, and since which version of it."""

from typing import Self, TypeVar

from django.db import models

from ombud.opendata.analyses.models import (
    Analysis,
    AnalysisEvent,
    AnalysisNotebook,
    AnalysisReviewer,
    AnalysisRun,
    AnalysisSignature,
)

__all__ = ["Analysis", "AnalysisEvent", "AnalysisNotebook", "AnalysisReviewer", "AnalysisRun", "AnalysisSignature"]

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class InCity(models.QuerySet[_Row]):
    """Rows of one city."""

    def of(self, jurisdiction_id: str, dataset: str) -> Self:
        """Only those of one data set of one jurisdiction."""
        return self.filter(jurisdiction_id=jurisdiction_id, dataset=dataset)


class Publication(models.Model):
    """One version of a data set: what was published when."""

    jurisdiction_id = models.CharField(max_length=32)
    dataset = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    rows = models.PositiveBigIntegerField()
    inserted = models.PositiveIntegerField()
    updated = models.PositiveIntegerField()
    deleted = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Over the hashes of its files")
    columns = models.JSONField(help_text="Name and kind of each column, in order")
    rule_set = models.CharField(max_length=40, help_text="The privacy rules its rows were made with")
    snapshot_id = models.BigIntegerField(help_text="Of the Iceberg table")
    # The reader of events stands here after it; see `service_requests.feed`.
    read_written_in = models.BigIntegerField(default=0)
    read_event_id = models.BigIntegerField(default=0)
    recut_at = models.DateTimeField(null=True, help_text="When something was taken back out of it")
    sha256_before = models.CharField(max_length=64, blank=True, help_text="Before that")

    objects = InCity["Publication"].as_manager()

    class Meta:
        db_table = "ombud_publication"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "dataset", "version"], name="ombud_publication_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.version}"


class LakeFile(models.Model):
    """A Parquet file, and in which versions it is: from the first on, and before the one that did without it."""

    jurisdiction_id = models.CharField(max_length=32)
    dataset = models.CharField(max_length=60)
    path = models.CharField(max_length=300, help_text="Below the lake's folder")
    month = models.CharField(max_length=7)
    rows = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField(help_text="Bytes")
    sha256 = models.CharField(max_length=64)
    since_version = models.PositiveIntegerField()
    gone_version = models.PositiveIntegerField(null=True)

    objects = InCity["LakeFile"].as_manager()

    class Meta:
        db_table = "ombud_lake_file"
        indexes = [
            models.Index(fields=["jurisdiction_id", "dataset", "gone_version"], name="ombud_lake_file_gone"),
        ]

    def __str__(self) -> str:
        return self.path


class LakeTable(models.Model):
    """The newest metadata file of the Iceberg table of a data set. The view `iceberg_tables` shows it to others."""

    jurisdiction_id = models.CharField(max_length=32)
    dataset = models.CharField(max_length=60)
    metadata_location = models.CharField(max_length=1000)
    previous_metadata_location = models.CharField(max_length=1000, blank=True)

    objects = InCity["LakeTable"].as_manager()

    class Meta:
        db_table = "ombud_lake_table"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "dataset"], name="ombud_lake_table_once")]

    def __str__(self) -> str:
        return self.dataset


class Tombstone(models.Model):
    """A row that is not published any more, and why. For what was taken back nothing but its id is kept."""

    jurisdiction_id = models.CharField(max_length=32)
    dataset = models.CharField(max_length=60)
    row_id = models.CharField(max_length=60)
    version = models.PositiveIntegerField(help_text="The first without it")
    at = models.DateTimeField()
    reason = models.CharField(max_length=20, help_text="hidden, merged, taken_back")
    said = models.CharField(max_length=300, blank=True, help_text="The publisher's words, for what was taken back")

    objects = InCity["Tombstone"].as_manager()

    class Meta:
        db_table = "ombud_tombstone"
        indexes = [models.Index(fields=["jurisdiction_id", "dataset", "version"], name="ombud_tombstone_version")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.row_id}"


class NoiseSpent(models.Model):
    """One release of noisy counts, and what of the year's privacy budget it spent. Append-only."""

    jurisdiction_id = models.CharField(max_length=32)
    dataset = models.CharField(max_length=60)
    month = models.DateField(help_text="Of the requests that were counted: its first day")
    at = models.DateTimeField()
    mechanism = models.CharField(max_length=40)
    unit = models.CharField(max_length=60, help_text="Whom the noise hides")
    reports_a_person = models.PositiveIntegerField()
    scale = models.FloatField(help_text="In requests")
    epsilon = models.FloatField()
    spent_this_year = models.FloatField(help_text="With this release, of the calendar year of the requests")
    cap_this_year = models.FloatField()

    objects = InCity["NoiseSpent"].as_manager()

    class Meta:
        db_table = "ombud_noise_spent"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "dataset", "month"], name="ombud_noise_spent_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.month}"


class Archive(models.Model):
    """A data set that the city had elsewhere before, as its schema describes it."""

    jurisdiction_id = models.CharField(max_length=32)
    code = models.CharField(max_length=40)
    schema = models.JSONField()

    class Meta:
        db_table = "ombud_archive"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "code"], name="ombud_archive_once")]

    def __str__(self) -> str:
        return self.code


class SavedView(models.Model):
    """
    A query of a data set that somebody saved under a name, with an id that answers like a data set's.

    Whoever has its address sees it; it is listed once the city has looked at it, and gone once the city hides it.
    """

    jurisdiction_id = models.CharField(max_length=32)
    view_id = models.CharField(max_length=9, help_text="Its four-by-four")
    dataset = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    about = models.CharField(max_length=600, blank=True)
    saved_by = models.CharField(max_length=80, blank=True, help_text="As they want to be named")
    soql = models.TextField(help_text="The query, without a page of it")
    address = models.TextField(help_text="The same as parameters of the explorer")
    saved_at = models.DateTimeField()
    saved_in = models.PositiveIntegerField(help_text="The version of the data set that was looked at")
    opened = models.PositiveBigIntegerField(default=0, help_text="How often its page was opened")
    listed_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_because = models.CharField(max_length=300, blank=True)
    judged_by = models.BigIntegerField(null=True, help_text="The account of who listed or hid it last")

    objects = InCity["SavedView"].as_manager()

    class Meta:
        db_table = "ombud_saved_view"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "view_id"], name="ombud_saved_view_once"),
            models.CheckConstraint(
                condition=models.Q(hidden_at=None) | ~models.Q(hidden_because=""), name="ombud_saved_view_hidden_why"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ErrorReport(models.Model):
    """A request that says a row of the record is wrong: which row, and in which version somebody saw it."""

    jurisdiction_id = models.CharField(max_length=32)
    report_id = models.BigIntegerField(unique=True, help_text="The request that says so")
    dataset = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    row_id = models.CharField(max_length=80)
    about_id = models.BigIntegerField(null=True, help_text="The request that the row is about, where it is about one")
    at = models.DateTimeField()

    class Meta:
        db_table = "ombud_error_report"
        indexes = [
            models.Index(
                fields=["jurisdiction_id", "about_id"],
                condition=models.Q(about_id__isnull=False),
                name="ombud_error_report_about",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.row_id}"
