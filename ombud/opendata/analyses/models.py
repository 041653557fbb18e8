"""An analysis of the public record by somebody else, what came of looking again, and what others say of it."""

from django.db import models


class Analysis(models.Model):
    """
    A claim, and what it rests on: a query of one version of a data set, or a notebook.

    `verdict`, `checked_*` are those of its newest run. The address is emptied when its author withdraws it.
    """

    jurisdiction_id = models.CharField(max_length=32)
    code = models.CharField(max_length=9, help_text="Four signs, a hyphen, four signs")
    kind = models.CharField(max_length=10, help_text="query, notebook")
    dataset = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    claim = models.CharField(max_length=600)
    language = models.CharField(max_length=12)
    # What it rests on, and on which version it was first looked at.
    version = models.PositiveIntegerField()
    version_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64, help_text="Of that version")
    soql = models.TextField(blank=True)
    address = models.TextField(blank=True, help_text="The same as parameters of the explorer, where it came from there")
    how = models.CharField(max_length=10, blank=True, help_text="exactly, within, more, less")
    amount = models.FloatField(null=True, help_text="Percent, or the limit")
    column = models.CharField(max_length=60, blank=True)
    answer = models.JSONField(null=True, help_text="What the query gave then")
    notebook_link = models.CharField(max_length=300, blank=True)
    notebook_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 or commit, as its author says")
    # Credit, as the author wants it.
    author = models.CharField(max_length=120)
    affiliation = models.CharField(max_length=120, blank=True)
    link = models.CharField(max_length=300, blank=True)
    orcid = models.CharField(max_length=19, blank=True)
    email = models.CharField(max_length=254, blank=True, help_text="Never shown")
    # Where it stands with the city.
    status = models.CharField(max_length=12)
    because = models.CharField(max_length=300, blank=True, help_text="Why it was refused or taken down")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True, help_text="When it was first let through")
    is_featured = models.BooleanField(default=False)
    told = models.CharField(max_length=30, blank=True, help_text="What its author was written last: status and verdict")
    # What came of looking again.
    verdict = models.CharField(max_length=12, blank=True)
    checked_version = models.PositiveIntegerField(default=0)
    checked_sha256 = models.CharField(max_length=64, blank=True)
    checked_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True, help_text="When it was last put in line to be looked at again")
    is_acted_on = models.BooleanField(default=False)

    class Meta:
        db_table = "ombud_analysis"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "code"], name="ombud_analysis_once"),
            models.CheckConstraint(
                condition=~models.Q(status__in=["refused", "taken_down"]) | ~models.Q(because=""),
                name="ombud_analysis_because",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="notebook") | ~models.Q(soql=""), name="ombud_analysis_rests_on"
            ),
        ]
        indexes = [models.Index(fields=["jurisdiction_id", "status", "dataset"], name="ombud_analysis_status")]

    def __str__(self) -> str:
        return self.title


class AnalysisNotebook(models.Model):
    """A notebook that was sent as a file. Until its analysis is sent it belongs to none; left over it is forgotten."""

    jurisdiction_id = models.CharField(max_length=32)
    analysis = models.OneToOneField(Analysis, models.CASCADE, null=True, related_name="notebook")
    name = models.CharField(max_length=120)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "ombud_analysis_notebook"

    def __str__(self) -> str:
        return self.name


class AnalysisRun(models.Model):
    """One time that somebody looked again: we at a query, or its author at a notebook."""

    jurisdiction_id = models.CharField(max_length=32)
    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="runs")
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    verdict = models.CharField(max_length=12)
    answer = models.JSONField(null=True)
    differences = models.JSONField(default=list, help_text="The first few, and how many there are")
    said = models.CharField(max_length=600, blank=True, help_text="Why it could not be run, or the author's words")
    seconds = models.FloatField(default=0)
    by = models.CharField(max_length=120, blank=True, help_text="Who looked at a notebook; empty where we ran a query")

    class Meta:
        db_table = "ombud_analysis_run"
        constraints = [
            # A job that is run twice writes one run. People may think again.
            models.UniqueConstraint(
                fields=["analysis", "version", "sha256"], condition=models.Q(by=""), name="ombud_analysis_run_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.analysis_id} {self.version} {self.verdict}"


class AnalysisReviewer(models.Model):
    """Somebody outside of the city whom the desk asked to look at an analysis; they come by a secret link."""

    jurisdiction_id = models.CharField(max_length=32)
    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="reviewers")
    name = models.CharField(max_length=120)
    affiliation = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, help_text="Never shown")
    language = models.CharField(max_length=12)
    asked_at = models.DateTimeField()
    asked_by = models.BigIntegerField(null=True)
    told_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True, help_text="From when on the link does nothing")

    class Meta:
        db_table = "ombud_analysis_reviewer"

    def __str__(self) -> str:
        return self.name


class AnalysisSignature(models.Model):
    """What a named reviewer says of an analysis, and of which version."""

    jurisdiction_id = models.CharField(max_length=32)
    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="signatures")
    reviewer = models.ForeignKey(AnalysisReviewer, models.CASCADE, null=True)
    account_id = models.BigIntegerField(null=True, help_text="Where the reviewer is staff")
    name = models.CharField(max_length=120)
    affiliation = models.CharField(max_length=120, blank=True)
    opinion = models.CharField(max_length=12, help_text="reproduces, does_not, doubts, comment")
    words = models.CharField(max_length=2000, blank=True)
    interest = models.CharField(max_length=300, blank=True, help_text="What ties them to the author or the city")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    hidden_because = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "ombud_analysis_signature"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewer__isnull=False) | models.Q(account_id__isnull=False),
                name="ombud_analysis_signature_by",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.opinion}"


class AnalysisEvent(models.Model):
    """What was done with an analysis, when and by whom; what an agency changed because of it is one. Append-only."""

    jurisdiction_id = models.CharField(max_length=32)
    # What nobody confirmed has no events, and nothing else is ever deleted.
    analysis = models.ForeignKey(Analysis, models.DO_NOTHING, related_name="events")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    account_id = models.BigIntegerField(null=True, help_text="Of staff")
    said = models.CharField(max_length=1000, blank=True)
    content = models.JSONField(default=dict, help_text="Of acted_on: agency, on, requests, links")

    class Meta:
        db_table = "ombud_analysis_event"

    def __str__(self) -> str:
        return f"{self.analysis_id} {self.kind}"
