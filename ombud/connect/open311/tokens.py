"""
Tokens of services that give no number at once.

Our requests have their number when they are kept, so a token is that number, sealed; nothing is stored for it. In a
sandbox it becomes a number after a few seconds, so that a client's author sees both answers.
"""

import base64
import binascii
from datetime import timedelta

from django.core import signing

from ombud.catalog.city import City

SANDBOX_WAITS = timedelta(seconds=3)


def token(city: City, number: str) -> str:
    """Return the token of a request."""
    sealed = signing.Signer(salt=f"open311:{city.id}", sep=".").sign(number)
    return base64.urlsafe_b64encode(sealed.encode()).decode().rstrip("=")


def read(city: City, given: str) -> str | None:
    """Return the number of the request that a token stands for, or None where we gave no such token."""
    try:
        sealed = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
        return signing.Signer(salt=f"open311:{city.id}", sep=".").unsign(sealed)
    except (binascii.Error, UnicodeError, ValueError, signing.BadSignature):
        return None


def waits(city: City) -> timedelta:
    """Return how long a token stays without its number."""
    return SANDBOX_WAITS if city.is_sandbox else timedelta(0)
