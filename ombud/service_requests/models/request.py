"""A request's row, which is its timeline folded up: `lifecycle.State` has the same names."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from ombud.service_requests.rules.delays import Delay
from ombud.service_requests.rules.lifecycle import ENDED, Outcome, Status

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class InCity(models.QuerySet[_Row]):
    """Rows of one city."""

    def in_city(self, jurisdiction_id: str) -> Self:
        """Only those of one jurisdiction."""
        return self.filter(jurisdiction_id=jurisdiction_id)


class Incident(models.Model):
    """One thing in the street that one or more requests are about."""

    jurisdiction_id = models.CharField(max_length=32)
    number = models.CharField(max_length=20, help_text="The number of its first request")
    opened_at = models.DateTimeField()

    objects = InCity["Incident"].as_manager()

    class Meta:
        db_table = "ombud_incident"

    def __str__(self) -> str:
        return f"incident of {self.number}"


class RequestPlace(models.Model):
    """Where: all that was said and found. A correction is a new row; the old one stays."""

    jurisdiction_id = models.CharField(max_length=32)
    raw_lon = models.FloatField(null=True)
    raw_lat = models.FloatField(null=True)
    raw_text = models.CharField(max_length=300, blank=True, help_text="Coordinates or address as they came")
    lon = models.FloatField(null=True, help_text="Snapped, WGS84")
    lat = models.FloatField(null=True)
    address = models.CharField(max_length=200, blank=True)
    accuracy_m = models.FloatField(null=True)
    method = models.CharField(max_length=20, help_text="address, pin, gps, photo, words, sent, asset, imported")
    areas = models.JSONField(default=list, help_text="Layer, vintage, code and name of each area")
    note = models.CharField(max_length=300, blank=True)
    address_id = models.CharField(max_length=60, null=True, help_text="In the city's register, as it was sent")

    objects = InCity["RequestPlace"].as_manager()

    class Meta:
        db_table = "ombud_request_place"

    def __str__(self) -> str:
        return self.address or f"{self.lat}, {self.lon}"


class RequestQuerySet(models.QuerySet["ServiceRequest"]):
    """Questions about requests."""

    def in_city(self, jurisdiction_id: str) -> Self:
        """Only those of one jurisdiction."""
        return self.filter(jurisdiction_id=jurisdiction_id)

    def still_open(self) -> Self:
        """Not ended; a place on a waiting list is open."""
        return self.exclude(status__in=ENDED)

    def past(self, delays: Collection[Delay], *, now: datetime) -> Self:
        """Only those that no delay holds back any more."""
        return self.filter(past(delays, now=now))


def past(delays: Collection[Delay], *, now: datetime, of: str = "") -> models.Q:
    """Return the condition that no delay holds a request back any more; `of` leads to it (`request__`)."""
    condition = models.Q()
    for delay in delays:
        named = {"visibility": delay.visibility, "service_code": delay.service_code}
        held = {f"{of}requested_at__gt": now - timedelta(days=delay.days)}
        condition &= ~models.Q(**held, **{f"{of}{name}": value for name, value in named.items() if value})
    return condition


class ServiceRequest(models.Model):
    """A request for service: its present state."""

    id = models.BigIntegerField(primary_key=True)
    jurisdiction_id = models.CharField(max_length=32)
    number = models.CharField(max_length=20)
    client_id = models.UUIDField(help_text="Made by the sender: sending twice gives one request")
    old_number = models.CharField(max_length=60, blank=True, help_text="In the system it came from")
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Status])
    outcome = models.CharField(max_length=16, null=True, choices=[(o.value, o.value) for o in Outcome])
    service_code = models.CharField(max_length=40)
    service_version = models.PositiveIntegerField()
    agency = models.CharField(max_length=40)
    unit = models.CharField(max_length=80, blank=True)
    assignee_id = models.BigIntegerField(null=True)
    priority = models.CharField(max_length=8)
    asset = models.CharField(max_length=100, blank=True, help_text="Layer and code, as `lights:4711`")
    visibility = models.CharField(max_length=20)
    channel = models.CharField(max_length=20)
    # Nobody asks for the request of a place; those of an incident are found by the index below, which is far smaller.
    place = models.ForeignKey(RequestPlace, models.PROTECT, null=True, db_index=False)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, db_index=False, related_name="requests")
    again_of = models.ForeignKey(
        "self", models.PROTECT, null=True, db_index=False, help_text="What ended before and has come back as this"
    )
    awaiting_reporter = models.BooleanField(default=False)
    requested_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    target_at = models.DateTimeField(null=True)
    expected_from = models.DateTimeField(null=True)
    expected_to = models.DateTimeField(null=True)
    scheduled_from = models.DateTimeField(null=True)
    scheduled_to = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.BigIntegerField(null=True)
    referred_to = models.CharField(max_length=40, blank=True)
    bounces = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    paused_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=40, blank=True, default="", db_default="")
    paused_seconds = models.PositiveBigIntegerField(default=0, db_default=0)
    unpaused_target_at = models.DateTimeField(null=True)
    # Copies for look-ups, made from the place when it changes; the place itself is the truth.
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    address = models.CharField(max_length=200, blank=True)
    area_tags = ArrayField(models.CharField(max_length=100), default=list)

    objects = RequestQuerySet.as_manager()

    class Meta:
        db_table = "ombud_service_request"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "number"], name="ombud_request_number"),
            models.UniqueConstraint(fields=["jurisdiction_id", "client_id"], name="ombud_request_client"),
            models.CheckConstraint(
                condition=models.Q(status="closed", outcome__isnull=False, closed_at__isnull=False)
                | models.Q(status="withdrawn", closed_at__isnull=False)
                | (~models.Q(status__in=["closed", "withdrawn"]) & models.Q(closed_at__isnull=True)),
                name="ombud_request_closed_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["jurisdiction_id", "-requested_at", "-id"], name="ombud_request_newest"),
            models.Index(fields=["jurisdiction_id", "agency", "-requested_at", "-id"], name="ombud_request_agency"),
            models.Index(
                fields=["jurisdiction_id", "service_code", "-requested_at", "-id"],
                name="ombud_request_service",
            ),
            models.Index(
                fields=["jurisdiction_id", "-requested_at", "-id"],
                condition=~models.Q(status__in=["closed", "withdrawn"]),
                name="ombud_request_open",
            ),
            models.Index(
                fields=["jurisdiction_id", "target_at"],
                condition=~models.Q(status__in=["closed", "withdrawn"]),
                name="ombud_request_due",
            ),
            # Few rows each, so that the desk's rarest views do not search through all that is open.
            models.Index(
                fields=["jurisdiction_id"],
                condition=(models.Q(reopened__gt=0) | models.Q(again_of__isnull=False))
                & ~models.Q(status__in=["closed", "withdrawn"]),
                name="ombud_request_reopened",
            ),
            models.Index(
                fields=["jurisdiction_id"],
                condition=models.Q(awaiting_reporter=True) & ~models.Q(status__in=["closed", "withdrawn"]),
                name="ombud_request_awaiting",
            ),
            models.Index(
                fields=["jurisdiction_id", "assignee_id"],
                condition=models.Q(assignee_id__isnull=False) & ~models.Q(status__in=["closed", "withdrawn"]),
                name="ombud_request_assignee",
            ),
            models.Index(
                fields=["jurisdiction_id", "service_code", "lon", "lat"],
                condition=~models.Q(status__in=["closed", "withdrawn"]),
                name="ombud_request_near",
            ),
            # Has this been here before? Asked of each new report, and by the list of places that come back.
            models.Index(
                fields=["jurisdiction_id", "service_code", "lon", "lat"],
                condition=models.Q(status="closed"),
                name="ombud_request_near_ended",
            ),
            # Reports without a point are found by the address that was said.
            models.Index(
                fields=["jurisdiction_id", "service_code", "address"],
                condition=models.Q(lon__isnull=True) & ~models.Q(address=""),
                name="ombud_request_by_address",
            ),
            # The first of each incident stands for all of it in the queue; few of what is open belong to one.
            models.Index(
                fields=["jurisdiction_id", "-requested_at", "-id"],
                condition=models.Q(incident__isnull=False) & ~models.Q(status__in=["closed", "withdrawn"]),
                name="ombud_request_shared",
            ),
            models.Index(
                fields=["again_of"], condition=models.Q(again_of__isnull=False), name="ombud_request_again_of"
            ),
            models.Index(
                fields=["jurisdiction_id", "paused_until"],
                condition=models.Q(paused_until__isnull=False),
                name="ombud_request_paused",
            ),
            models.Index(
                fields=["jurisdiction_id", "old_number"],
                condition=~models.Q(old_number=""),
                name="ombud_request_old_number",
            ),
            # Programs that keep a copy ask every few minutes for what has changed.
            models.Index(fields=["jurisdiction_id", "updated_at"], name="ombud_request_updated"),
            models.Index(
                fields=["incident"], condition=models.Q(incident__isnull=False), name="ombud_request_incident"
            ),
            models.Index(
                fields=["jurisdiction_id", "asset"], condition=~models.Q(asset=""), name="ombud_request_asset"
            ),
            # What no rule could send on, and what an agency has sent back: few rows.
            models.Index(
                fields=["jurisdiction_id", "-requested_at", "-id"],
                condition=models.Q(unit="TRIAGE") & ~models.Q(status__in=["closed", "withdrawn"]),
                name="ombud_request_triage",
            ),
            GinIndex(fields=["area_tags"], name="ombud_request_areas"),
        ]

    def __str__(self) -> str:
        return self.number
