"""Signatures by the Standard Webhooks specification, version 1: HMAC-SHA256 over id, time and body."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

# How long the secret before is still signed with after a rotation, beside the new one.
OVERLAP = timedelta(hours=24)


def shown(secret: bytes) -> str:
    """Return a secret as receivers are given it."""
    return f"whsec_{b64encode(secret).decode()}"


def headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that a receiver checks: one signature for each secret, the newest first."""
    seconds = str(int(at.timestamp()))
    signed = f"{message_id}.{seconds}.".encode() + body
    signatures = [f"v1,{b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()}" for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(signatures),
    }
