"""Accounts and roles of staff; contact data of residents, apart from the record so that it can be erased."""

from typing import Any, ClassVar, Self, TypeVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now

from ombud.people.rules.permissions import Role


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "Account":
        """Return a new account; without a password nobody can sign in with one."""
        account = self.model(email=self.normalize_email(email).lower(), **extra)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """
    A member of staff who signs in. Not behind the wall: one person may work for two cities.

    What they may do is in their grants, city by city.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = AccountManager()

    class Meta:
        db_table = "ombud_account"

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name, as sign-in pages ask for it."""
        return self.name

    def get_short_name(self) -> str:
        """What colleagues call them: the beginning of the name."""
        return self.name.split(" ")[0] if self.name else self.email


class RoleGrant(models.Model):
    """That an account has a role in a city, perhaps only for one agency."""

    jurisdiction_id = models.CharField(max_length=32)
    account = models.ForeignKey(Account, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=[(r.value, r.value) for r in Role])
    agency = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "ombud_role_grant"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction_id", "account", "role", "agency"], name="ombud_role_grant_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.agency}".strip()


_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class InCity(models.QuerySet[_Row]):
    """Rows of one city."""

    def in_city(self, jurisdiction_id: str) -> Self:
        """Only those of one jurisdiction."""
        return self.filter(jurisdiction_id=jurisdiction_id)


class ContactPoint(models.Model):
    """How to reach a person who asked. Erased means emptied: the row stays, so that nothing points nowhere."""

    jurisdiction_id = models.CharField(max_length=32)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    language = models.CharField(max_length=12, default="en")
    created_at = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True)

    objects = InCity["ContactPoint"].as_manager()

    class Meta:
        db_table = "ombud_contact_point"
        indexes = [
            models.Index(fields=["jurisdiction_id", "phone"], name="ombud_contact_phone"),
            models.Index(fields=["jurisdiction_id", "email"], name="ombud_contact_email"),
        ]

    def __str__(self) -> str:
        return f"contact point {self.pk}"


class PersonalDataView(models.Model):
    """That a member of staff looked at somebody's contact data. Append-only."""

    jurisdiction_id = models.CharField(max_length=32)
    account_id = models.BigIntegerField()
    contact_point_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True)
    what = models.CharField(max_length=80)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ombud_personal_data_view"
        indexes = [models.Index(fields=["jurisdiction_id", "-at"], name="ombud_data_view_newest")]

    def __str__(self) -> str:
        return f"{self.what} by {self.account_id}"


class ApiKey(models.Model):
    """
    A program that may report: asked for by its developer, confirmed from their mail, and revocable.

    Of the key itself only a digest is kept.
    """

    jurisdiction_id = models.CharField(max_length=32)
    name = models.CharField(max_length=80, help_text="Of the program")
    channel = models.SlugField(max_length=20, help_text="How its reports are counted")
    email = models.EmailField(help_text="Of its developer")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256; empty until confirmed")
    hint = models.CharField(max_length=4, blank=True, help_text="The last letters, to tell two keys apart")
    rights = models.JSONField(default=list, help_text="report, update, status")
    writes_per_hour = models.PositiveIntegerField(default=3600)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InCity["ApiKey"].as_manager()

    class Meta:
        db_table = "ombud_api_key"
        indexes = [
            models.Index(fields=["jurisdiction_id", "digest"], name="ombud_api_key_digest"),
            models.Index(fields=["jurisdiction_id", "email"], name="ombud_api_key_email"),
        ]

    def __str__(self) -> str:
        return self.name


class ApiCall(models.Model):
    """That a program sent something, and what it was told. Kept for a month."""

    jurisdiction_id = models.CharField(max_length=32)
    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="calls", db_index=False)
    at = models.DateTimeField()
    what = models.CharField(max_length=20, help_text="report, update")
    status = models.PositiveSmallIntegerField()
    about = models.CharField(max_length=200, blank=True, help_text="The number given, or the first fault told")

    objects = InCity["ApiCall"].as_manager()

    class Meta:
        db_table = "ombud_api_call"
        indexes = [models.Index(fields=["jurisdiction_id", "key", "-at"], name="ombud_api_call_newest")]

    def __str__(self) -> str:
        return f"{self.what} {self.status}"
