"""What imports need to remember: the mappings, what they did not know, and the rows that wait for an answer."""

from django.db import models


class ImportMapping(models.Model):
    """What the columns and values of a source mean: the YAML as it was last given."""

    jurisdiction_id = models.CharField(max_length=32)
    source = models.CharField(max_length=40)
    definition = models.JSONField()
    given_at = models.DateTimeField()

    class Meta:
        db_table = "ombud_import_mapping"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "source"], name="ombud_import_mapping_once")]

    def __str__(self) -> str:
        return self.source


class ImportRepair(models.Model):
    """A value that a mapping does not know, in one file: for an administrator to look at."""

    jurisdiction_id = models.CharField(max_length=32)
    source = models.CharField(max_length=40)
    file = models.CharField(max_length=200)
    column = models.CharField(max_length=40, help_text="What the column means: service, status, agency, ...")
    value = models.CharField(max_length=300)
    rows = models.PositiveIntegerField()
    first_line = models.PositiveIntegerField()
    samples = models.JSONField(default=list, help_text="A few old numbers")
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "ombud_import_repair"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction_id", "source", "file", "column", "value"], name="ombud_import_repair_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.column}: {self.value}"


class ImportHeldRow(models.Model):
    """A row that cannot become a request yet, as it came. It is brought in when the mapping knows better."""

    jurisdiction_id = models.CharField(max_length=32)
    source = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, help_text="Of the row: the same row is held once")
    old_number = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=20)
    file = models.CharField(max_length=200)
    line = models.PositiveIntegerField()
    row = models.JSONField(help_text="Column to value, as they came")
    held_at = models.DateTimeField()

    class Meta:
        db_table = "ombud_import_held_row"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "source", "digest"], name="ombud_import_held_row_once")
        ]
        indexes = [models.Index(fields=["jurisdiction_id", "source", "old_number"], name="ombud_import_held_number")]

    def __str__(self) -> str:
        return f"{self.source} {self.old_number}"
