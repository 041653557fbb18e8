"""
What the bridge remembers: the links, what both sides last agreed on, and what waits for a person.

Free text is kept as a fingerprint only, so that erasing it here erases it; a conflict keeps both texts until it is
resolved, and a held record until it is understood.
"""

from django.db import models


class Mode(models.TextChoices):
    """What a link does."""

    BOTH = "both", "both"
    READ_ONLY = "read_only", "read_only"
    OFF = "off", "off"


class Link(models.Model):
    """One outside system of one city, how to reach it, and how it went of late."""

    jurisdiction_id = models.CharField(max_length=32)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    connector = models.CharField(max_length=40)
    settings = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict, help_text="What the connector calls a secret, to the variable it is in")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.OFF)
    quiet_since = models.DateTimeField(null=True, help_text="Since when nothing goes there")
    every_seconds = models.PositiveIntegerField(default=300)
    mapping_version = models.PositiveIntegerField(default=0)
    cursor = models.JSONField(default=dict)
    loaded_at = models.DateTimeField(null=True, help_text="When all of its history was here for the first time")
    asked_at = models.DateTimeField(null=True, help_text="Since when a job for it waits or runs")
    tried_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row")
    wait_until = models.DateTimeField(null=True)
    runs = models.PositiveIntegerField(default=0)
    failed_runs = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "ombud_link"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "code"], name="ombud_link_once")]

    def __str__(self) -> str:
        return self.code


class MappingVersion(models.Model):
    """A mapping as it was given; the newest holds."""

    jurisdiction_id = models.CharField(max_length=32)
    link = models.ForeignKey(Link, models.PROTECT, related_name="mappings")
    version = models.PositiveIntegerField()
    text = models.TextField()
    given_at = models.DateTimeField()
    given_by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "ombud_link_mapping"
        constraints = [models.UniqueConstraint(fields=["link", "version"], name="ombud_link_mapping_once")]

    def __str__(self) -> str:
        return f"{self.link_id} v{self.version}"


class Push(models.TextChoices):
    """How it stands with what is to be sent of a twin, or of a remark."""

    IDLE = "idle", "idle"
    DUE = "due", "due"
    HELD = "held", "held"
    DEAD = "dead", "dead"


class Twin(models.Model):
    """A request here and its record there: `near` and `far` are what both last agreed on, each in its own words."""

    jurisdiction_id = models.CharField(max_length=32)
    link = models.ForeignKey(Link, models.PROTECT, related_name="twins")
    request_id = models.BigIntegerField()
    far_id = models.CharField(max_length=100, null=True, help_text="Unknown until it was made there")
    near = models.JSONField(default=dict)
    far = models.JSONField(default=dict)
    birth = models.CharField(
        max_length=6, blank=True, help_text="asked: told to make it, no answer known; made: never compared since"
    )
    gone_at = models.DateTimeField(null=True, help_text="Deleted there: nothing goes to and fro any more")
    push = models.CharField(max_length=8, choices=Push.choices, default=Push.IDLE)
    wanted = models.PositiveIntegerField(default=0, help_text="How often something was to be sent")
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True)
    unknown = models.JSONField(
        default=list, help_text="Our words that the mapping cannot send: pairs of field and word"
    )
    repaired = models.JSONField(default=dict, help_text="Values to send that a person wrote instead")

    class Meta:
        db_table = "ombud_twin"
        constraints = [
            models.UniqueConstraint(fields=["link", "request_id"], name="ombud_twin_request"),
            models.UniqueConstraint(fields=["link", "far_id"], name="ombud_twin_far"),
        ]
        indexes = [
            models.Index(fields=["link", "push"], condition=~models.Q(push="idle"), name="ombud_twin_push"),
            models.Index(fields=["link"], condition=models.Q(birth="asked"), name="ombud_twin_asked"),
            models.Index(fields=["jurisdiction_id", "request_id"], name="ombud_twin_of"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} = {self.far_id}"


class Passed(models.Model):
    """A remark or photo that passed, or is to pass, from one side to the other: each of them once."""

    jurisdiction_id = models.CharField(max_length=32)
    twin = models.ForeignKey(Twin, models.PROTECT, related_name="passed")
    ref = models.CharField(max_length=200, help_text="The far side's own, or that of our event")
    event_id = models.BigIntegerField(null=True, help_text="Ours, on its way there")
    push = models.CharField(max_length=8, choices=Push.choices, default=Push.IDLE)
    trouble = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=40, blank=True, help_text="Of its words: to know ours when it comes back")
    words = models.TextField(blank=True, help_text="What a person wrote to be sent instead")

    class Meta:
        db_table = "ombud_twin_passed"
        constraints = [models.UniqueConstraint(fields=["twin", "ref"], name="ombud_twin_passed_once")]
        indexes = [models.Index(fields=["twin", "push"], condition=~models.Q(push="idle"), name="ombud_twin_passing")]

    def __str__(self) -> str:
        return self.ref


class FieldConflict(models.Model):
    """A field that both sides changed, and that a person must decide."""

    jurisdiction_id = models.CharField(max_length=32)
    twin = models.ForeignKey(Twin, models.PROTECT, related_name="conflicts")
    field = models.CharField(max_length=80)
    near = models.TextField(blank=True)
    far = models.TextField(blank=True)
    far_in_ours = models.TextField(blank=True)
    why = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "ombud_twin_conflict"
        constraints = [models.UniqueConstraint(fields=["twin", "field"], name="ombud_twin_conflict_once")]

    def __str__(self) -> str:
        return self.field


class Held(models.Model):
    """A far record with words that the mapping does not know: whole, until it knows them."""

    jurisdiction_id = models.CharField(max_length=32)
    link = models.ForeignKey(Link, models.PROTECT, related_name="held")
    far_id = models.CharField(max_length=100)
    record = models.JSONField()
    unknown = models.JSONField(help_text="Pairs of field and word")
    mapping_version = models.PositiveIntegerField(help_text="The newest that did not understand it")
    tried_at = models.DateTimeField(null=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "ombud_link_held"
        constraints = [models.UniqueConstraint(fields=["link", "far_id"], name="ombud_link_held_once")]

    def __str__(self) -> str:
        return self.far_id


class Checked(models.Model):
    """What a dry run or a comparison of both sides said."""

    jurisdiction_id = models.CharField(max_length=32)
    link = models.ForeignKey(Link, models.PROTECT, related_name="checks")
    kind = models.CharField(max_length=10, help_text="dry_run, check")
    state = models.CharField(max_length=10, default="asked", help_text="asked, done, failed")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    class Meta:
        db_table = "ombud_link_check"
        indexes = [models.Index(fields=["link", "kind", "-asked_at"], name="ombud_link_check_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.asked_at}"
