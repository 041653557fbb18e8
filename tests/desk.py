"""Signed-in staff for tests of the desk: each a test client with a second factor."""

from functools import cached_property

from allauth.mfa.models import Authenticator
from django.test import Client

from ombud.people.models import Account
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from tests.builders import CityBuilder


def sign_in(account: Account) -> Client:
    """Return a client in which the account is signed in and has its second factor."""
    Authenticator.objects.get_or_create(
        user=account, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "JBSWY3DPEHPK3PXP"}}
    )
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


class Staff:
    """The cast: each is employed and signed in when first asked for, which takes longer than most of what they do."""

    def __init__(self, city: CityBuilder, other: CityBuilder) -> None:
        self._city = city
        self._other = other
        self.stranger = Client()

    def all_here(self) -> None:
        """Employ and sign in those of the city, for pages that name people who do nothing themselves."""
        for name in ("bram", "dunya", "gus", "nils", "yara", "cato"):
            getattr(self, name)

    @cached_property
    def bram(self) -> Client:
        """Of the streets bureau."""
        return sign_in(self._city.employs("Bram", Role.AGENCY_STAFF, agency="STREETS"))

    @cached_property
    def dunya(self) -> Client:
        """Of sanitation."""
        return sign_in(self._city.employs("Dunya", Role.AGENCY_STAFF, agency="SANITATION"))

    @cached_property
    def gus(self) -> Client:
        """Who dispatches."""
        return sign_in(self._city.employs("Gus", Role.DISPATCHER))

    @cached_property
    def nils(self) -> Client:
        """Who only looks."""
        return sign_in(self._city.employs("Nils", Role.AUDITOR))

    @cached_property
    def yara(self) -> Client:
        """Who administers."""
        return sign_in(self._city.employs("Yara", Role.ADMINISTRATOR))

    @cached_property
    def cato(self) -> Client:
        """Who takes calls."""
        return sign_in(self._city.employs("Cato", Role.CALL_TAKER))

    @cached_property
    def outsider(self) -> Client:
        """Who administers another city."""
        with walls.inside(self._other.id):
            otto = self._other.employs("Otto", Role.ADMINISTRATOR)
        return sign_in(otto)
