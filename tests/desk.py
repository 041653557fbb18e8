"""Signed-in staff for tests of the desk: each a test client with a second factor."""

from dataclasses import dataclass

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


@dataclass
class Staff:
    """The cast, signed in."""

    bram: Client
    dunya: Client
    gus: Client
    nils: Client
    yara: Client
    cato: Client
    stranger: Client
    outsider: Client

    @classmethod
    def of(cls, city: CityBuilder, other: CityBuilder) -> "Staff":
        """Employ the cast in a city, and Otto, an administrator of the other one."""
        outsider = _in_other(other)
        return cls(
            bram=sign_in(city.employs("Bram", Role.AGENCY_STAFF, agency="STREETS")),
            dunya=sign_in(city.employs("Dunya", Role.AGENCY_STAFF, agency="SANITATION")),
            gus=sign_in(city.employs("Gus", Role.DISPATCHER)),
            nils=sign_in(city.employs("Nils", Role.AUDITOR)),
            yara=sign_in(city.employs("Yara", Role.ADMINISTRATOR)),
            cato=sign_in(city.employs("Cato", Role.CALL_TAKER)),
            stranger=Client(),
            outsider=sign_in(outsider),
        )


def _in_other(other: CityBuilder) -> Account:
    with walls.inside(other.id):
        return other.employs("Otto", Role.ADMINISTRATOR)
