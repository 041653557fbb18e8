"""Messages sent, texts prepared, and contacts that needed no request."""

from django.db import models
from django.db.models.functions import Now


class Message(models.Model):
    """One message to one person. Written in the transaction of what caused it; sent by a job after."""

    jurisdiction_id = models.CharField(max_length=32)
    request_id = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField(null=True)
    follower_id = models.BigIntegerField(null=True)
    contact_point_id = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    tried_since = models.DateTimeField(null=True, help_text="When it could not be sent for the first time")
    given_up_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "ombud_message"
        constraints = [models.UniqueConstraint(fields=["event_id", "contact_point_id"], name="ombud_message_once")]

    def __str__(self) -> str:
        return f"{self.kind} about {self.request_id}"


class ReplyTemplate(models.Model):
    """A prepared text with fields in double brackets, by service where it belongs to one."""

    jurisdiction_id = models.CharField(max_length=32)
    code = models.CharField(max_length=40)
    title = models.JSONField()
    body = models.JSONField()
    service_code = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=16, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "ombud_reply_template"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "code"], name="ombud_reply_template_once")]

    def __str__(self) -> str:
        return self.code


class Contact(models.Model):
    """A call, chat or visit: what it was about and how it ended. A contact is not a request."""

    jurisdiction_id = models.CharField(max_length=32)
    account_id = models.BigIntegerField()
    channel = models.CharField(max_length=20)
    wrap_up = models.CharField(max_length=24)
    topic = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=12, default="en")
    request_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "ombud_contact"
        indexes = [models.Index(fields=["jurisdiction_id", "-at"], name="ombud_contact_newest")]

    def __str__(self) -> str:
        return f"{self.wrap_up} by {self.channel}"
