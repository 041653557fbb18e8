"""What stands beside a request's row in tables of its own, so that it can be erased without touching history."""

from django.db import models
from django.db.models.functions import Now

from ombud.plumbing.commit_order import WrittenIn
from ombud.service_requests.models.request import InCity, ServiceRequest
from ombud.service_requests.rules.lifecycle import Kind
from ombud.service_requests.rules.photo_boxes import Looked


class RequestForm(models.Model):
    """What the reporter told: the description and each answer with its question, word for word. Erasable."""

    request = models.OneToOneField(ServiceRequest, models.PROTECT, primary_key=True, related_name="form")
    jurisdiction_id = models.CharField(max_length=32)
    description = models.TextField(blank=True)
    answers = models.JSONField(default=list)
    language = models.CharField(max_length=12, default="en")
    api_key_id = models.BigIntegerField(null=True, help_text="Of the program that sent it")
    sent = models.JSONField(null=True, help_text="What a program sent along: links to media, answers nobody asked")

    class Meta:
        db_table = "ombud_request_form"
        indexes = [
            models.Index(
                fields=["api_key_id"], condition=models.Q(api_key_id__isnull=False), name="ombud_request_form_api_key"
            )
        ]

    def __str__(self) -> str:
        return f"form of {self.request_id}"


class RequestText(models.Model):
    """A free text of the timeline: a comment, a note, a reply, the sentence of a closing. Erasable."""

    jurisdiction_id = models.CharField(max_length=32)
    # Texts are reached from their events only.
    request = models.ForeignKey(ServiceRequest, models.PROTECT, db_index=False, related_name="texts")
    body = models.TextField()
    language = models.CharField(max_length=12, default="en")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ombud_request_text"

    def __str__(self) -> str:
        return f"text {self.pk}"


class RequestEvent(models.Model):
    """One thing that happened. The database refuses to change or delete a row."""

    jurisdiction_id = models.CharField(max_length=32)
    # Found by the constraint below, which begins with the request.
    request = models.ForeignKey(ServiceRequest, models.PROTECT, db_index=False, related_name="events")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in Kind])
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_agency = models.CharField(max_length=40, blank=True)
    audience = models.CharField(max_length=10, help_text="public, reporter, staff")
    changes = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    text = models.ForeignKey(RequestText, models.PROTECT, null=True, db_index=False)
    written_in = models.BigIntegerField(db_default=WrittenIn(), help_text="The transaction; see `feed`")

    objects = InCity["RequestEvent"].as_manager()

    class Meta:
        db_table = "ombud_request_event"
        constraints = [models.UniqueConstraint(fields=["request", "seq"], name="ombud_request_event_seq")]
        indexes = [
            models.Index(fields=["jurisdiction_id", "-at"], name="ombud_request_event_newest"),
            models.Index(fields=["jurisdiction_id", "written_in", "id"], name="ombud_request_event_written"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}#{self.seq} {self.kind}"


class RequestPhoto(models.Model):
    """
    A photo. The original and two copies without metadata are private.

    What the public sees are two copies more, on which all boxes are covered; they are made when it is let through.
    """

    jurisdiction_id = models.CharField(max_length=32)
    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="photos")
    original_key = models.CharField(max_length=200)
    view_key = models.CharField(max_length=200)
    thumb_key = models.CharField(max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    likeness = models.BigIntegerField(
        null=True, help_text="Fingerprint of the picture; like pictures differ in few bits"
    )
    stage = models.CharField(max_length=8, help_text="before, after")
    by_staff = models.BooleanField(default=False)
    shown = models.BooleanField(default=False, help_text="A person or a rule let the public see it")
    at = models.DateTimeField()
    looked = models.CharField(
        max_length=8,
        default=Looked.WAITING.value,
        db_default=Looked.WAITING.value,
        choices=[(one.value, one.value) for one in Looked],
        help_text="Whether it was searched for what must be covered",
    )
    looked_at = models.DateTimeField(null=True)
    looked_by = models.CharField(max_length=120, blank=True, default="", db_default="", help_text="With its version")
    boxes = models.JSONField(default=list, db_default=[], help_text="See `rules.photo_boxes`")
    public_key = models.CharField(max_length=200, blank=True, default="", db_default="")
    public_thumb_key = models.CharField(max_length=200, blank=True, default="", db_default="")
    public_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")

    objects = InCity["RequestPhoto"].as_manager()

    class Meta:
        db_table = "ombud_request_photo"
        indexes = [
            models.Index(
                fields=["jurisdiction_id", "at"],
                condition=models.Q(looked=Looked.WAITING.value),
                name="ombud_request_photo_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"photo {self.pk}"

    @property
    def public_mark(self) -> str:
        """What names the present public copy in its address; empty where there is none."""
        return self.public_sha256[:16]


class Follower(models.Model):
    """A person who is told what happens to a request: its reporter, or one who follows."""

    jurisdiction_id = models.CharField(max_length=32)
    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="followers")
    contact_point_id = models.BigIntegerField(null=True)
    is_reporter = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True)
    since = models.DateTimeField()

    objects = InCity["Follower"].as_manager()

    class Meta:
        db_table = "ombud_follower"
        indexes = [models.Index(fields=["contact_point_id"], name="ombud_follower_contact")]

    def __str__(self) -> str:
        return f"follower {self.pk}"
