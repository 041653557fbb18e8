"""
The reporter's secret link: made from the installation's key, so that nothing secret is stored beside the record.

Whoever has it may see the reporter's side of one request, answer, withdraw it and say "not fixed".
"""

import base64
import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.core import signing

_LENGTH = 20
PHOTO_PASS_LASTS = timedelta(hours=24)


def token(jurisdiction_id: str, number: str) -> str:
    """Return the secret part of the link: 100 bits, lower case letters and digits."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"track:{jurisdiction_id}:{number}".encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:_LENGTH]


def fits(jurisdiction_id: str, number: str, given: str) -> bool:
    """Whether the secret part belongs to this request."""
    return hmac.compare_digest(token(jurisdiction_id, number).encode(), given.encode("utf-8", "replace"))


def path(jurisdiction_id: str, number: str) -> str:
    """Return the path of the reporter's page, within the city."""
    return f"/r/{number}/{token(jurisdiction_id, number)}/"


def stop_token(jurisdiction_id: str, follower_id: int) -> str:
    """Return the token with which one follower stops their messages."""
    return signing.Signer(salt="stop").sign(f"{jurisdiction_id}.{follower_id}")


def read_stop_token(jurisdiction_id: str, given: str) -> int | None:
    """Return the follower that a token names, or None."""
    try:
        city, _, follower = signing.Signer(salt="stop").unsign(given).partition(".")
    except signing.BadSignature:
        return None
    return int(follower) if city == jurisdiction_id and follower.isdigit() else None


def photo_pass(jurisdiction_id: str, photo_id: int) -> str:
    """Return what lets whoever has it see one photo for a while."""
    return signing.TimestampSigner(salt="photo").sign(f"{jurisdiction_id}.{photo_id}").partition(":")[2]


def photo_pass_fits(jurisdiction_id: str, photo_id: int, given: str) -> bool:
    """Whether a pass is for this photo and has not run out."""
    try:
        signing.TimestampSigner(salt="photo").unsign(f"{jurisdiction_id}.{photo_id}:{given}", max_age=PHOTO_PASS_LASTS)
    except signing.BadSignature:
        return False
    return True
