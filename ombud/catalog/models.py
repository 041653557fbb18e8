"""What a city offers, as rows an administrator edits."""

from typing import Self, TypeVar

from django.db import models
from django.db.models.functions import Now


class Jurisdiction(models.Model):
    """
    A city (or county, or district) served by this installation.

    Not behind the wall: which cities are here, and how they look, is public.
    """

    id = models.CharField(primary_key=True, max_length=32)
    name = models.JSONField()
    short_name = models.CharField(max_length=40)
    number_prefix = models.CharField(max_length=6, unique=True)
    timezone = models.CharField(max_length=60)
    languages = models.JSONField()
    default_language = models.CharField(max_length=12, default="en")
    hosts = models.JSONField(default=list, help_text="Host names that are this city's own")
    settings = models.JSONField(default=dict, help_text="Telephones, brand, map, calendar, texts")
    catalogue_version = models.PositiveIntegerField(default=0)
    catalogue_changed_at = models.DateTimeField(db_default=Now())
    sandbox = models.BooleanField(
        default=False, help_text="A place to try things out, emptied each night; it is one from its first day or never"
    )

    class Meta:
        db_table = "ombud_jurisdiction"

    def __str__(self) -> str:
        return self.short_name


_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class CityQuerySet(models.QuerySet[_Row]):
    """Rows that belong to a city."""

    def in_city(self, jurisdiction_id: str) -> Self:
        """Only those of one jurisdiction."""
        return self.filter(jurisdiction_id=jurisdiction_id)


class Agency(models.Model):
    """Who does the work: a bureau, a department, a franchise."""

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT)
    code = models.CharField(max_length=40)
    name = models.JSONField()
    short_name = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    url = models.URLField(blank=True)
    units = models.JSONField(default=list, help_text="Codes of its yards and crews, or of whoever works for it")
    programmes = models.JSONField(default=list, help_text="Code and name of each programme with a waiting list")
    active = models.BooleanField(default=True)

    objects = CityQuerySet["Agency"].as_manager()

    class Meta:
        db_table = "ombud_agency"
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "code"], name="ombud_agency_once")]

    def __str__(self) -> str:
        return self.code


class OutsideBody(models.Model):
    """Whom we hand over to: a state's highways, a county, a school district, 911."""

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT)
    code = models.CharField(max_length=40)
    name = models.JSONField()
    phone = models.CharField(max_length=60, blank=True)
    url = models.URLField(blank=True)
    what = models.JSONField(default=dict)
    next = models.JSONField(default=dict)
    active = models.BooleanField(default=True)

    objects = CityQuerySet["OutsideBody"].as_manager()

    class Meta:
        db_table = "ombud_outside_body"
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "code"], name="ombud_outside_body_once")]

    def __str__(self) -> str:
        return self.code


class Service(models.Model):
    """A service of the city: the stable code and which version of its definition counts today."""

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT)
    code = models.CharField(max_length=40)
    current_version = models.PositiveIntegerField(default=1)
    active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    objects = CityQuerySet["Service"].as_manager()

    class Meta:
        db_table = "ombud_service"
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "code"], name="ombud_service_once")]

    def __str__(self) -> str:
        return self.code


class ServiceVersion(models.Model):
    """A published definition of a service, never changed: requests keep the one they were made with."""

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT)
    service = models.ForeignKey(Service, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    published_at = models.DateTimeField()
    published_by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = CityQuerySet["ServiceVersion"].as_manager()

    class Meta:
        db_table = "ombud_service_version"
        constraints = [models.UniqueConstraint(fields=["service", "version"], name="ombud_service_version_once")]

    def __str__(self) -> str:
        return f"{self.service} v{self.version}"


# The kind of change that says from when on a service is offered, or is not.
OFFERED = "offered"


class Change(models.Model):
    """
    What an edited row said after a change, who made it and why. Append-only.

    For rows that are edited in place: outside bodies and whether a service is offered here, prepared texts in the
    conversation.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT)
    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    content = models.JSONField(help_text="Each field of the form with its words")
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = CityQuerySet["Change"].as_manager()

    class Meta:
        db_table = "ombud_catalogue_change"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "code", "version"], name="ombud_catalogue_change_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} v{self.version}"
