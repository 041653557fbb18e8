"""
How often a stranger may do a thing: counted by address, across all processes, and remembered by hash only.

The count lies in a table that PostgreSQL does not write to its log: cheap, and empty after a crash.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.crypto import salted_hmac

# `full_at` is when the allowance is whole again; it alone says how much of it is left.
CREATE_TABLE = (
    "CREATE UNLOGGED TABLE ombud_rate_limit"
    " (key bytea PRIMARY KEY, full_at timestamptz NOT NULL) WITH (fillfactor = 70)"
)
DROP_TABLE = "DROP TABLE ombud_rate_limit"

# One statement, so that two processes cannot both take the last one. The allowance of `limit` refills evenly:
# each use moves `full_at` by per/limit seconds, and a use that would move it beyond `per` from now is refused.
_TAKE = """
WITH asked AS (SELECT clock_timestamp() AS now, make_interval(secs => %(step)s) AS step,
                      make_interval(secs => %(per)s) AS per),
     taken AS (INSERT INTO ombud_rate_limit AS kept (key, full_at)
               SELECT %(key)s, now + step FROM asked
               ON CONFLICT (key) DO UPDATE
               SET full_at = greatest(kept.full_at, (SELECT now FROM asked)) + (SELECT step FROM asked)
               WHERE greatest(kept.full_at, (SELECT now FROM asked)) + (SELECT step - per FROM asked)
                     <= (SELECT now FROM asked)
               RETURNING 1)
SELECT EXISTS (SELECT FROM taken),
       extract(epoch FROM (SELECT full_at FROM ombud_rate_limit WHERE key = %(key)s) + step - per - now)
FROM asked
"""


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be done, and has been counted."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It may be done again in so many seconds; the attempt was not counted."""

    seconds: float


def allow(key: str, limit: int, per_seconds: float) -> Allowed | Wait:
    """
    Count one use of `key`, unless its allowance is used up.

    `limit` uses may come at once; the allowance then refills evenly over `per_seconds`, so that a crowd behind
    one address waits minutes and not the hour. Call it outside a transaction: one that is rolled back takes
    the count back with it.
    """
    if limit < 1:
        return Wait(per_seconds)
    parameters: dict[str, Any] = {"key": _hash(key), "step": per_seconds / limit, "per": per_seconds}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, parameters)
        taken, seconds = cursor.fetchone()
    return Allowed() if taken else Wait(max(0.0, float(seconds or 0)))


def forget() -> int:
    """Delete what no longer holds anyone back and return how many rows that were; for a job once an hour."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ombud_rate_limit WHERE full_at < now()")
        return int(cursor.rowcount)


def client_address(request_meta: Mapping[str, object], trusted_proxies: int) -> str:
    """
    Return the address a request came from, for counting; a whole /64 of IPv6 counts as one.

    Of X-Forwarded-For only what `trusted_proxies` proxies of ours have added at its right end is believed;
    the rest is a stranger's word. What is no address falls back to the one that connected to us, and
    "unknown" stands for none at all.
    """
    connected = str(request_meta.get("REMOTE_ADDR", ""))
    forwarded = [part.strip() for part in str(request_meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    if trusted_proxies < 1:
        return _counted_as(connected) or "unknown"
    # Fewer entries than proxies: the outer ones were passed by, and the first entry is by one of ours.
    said = forwarded[max(0, len(forwarded) - trusted_proxies)]
    return _counted_as(said) or _counted_as(connected) or "unknown"


def _counted_as(text: str) -> str:
    try:
        address = ipaddress.ip_address(_without_port(text).partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _without_port(text: str) -> str:
    """Some proxies write 192.0.2.1:4711 or [2001:db8::1]:4711."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _hash(key: str) -> bytes:
    return salted_hmac("ombud.limits", key, algorithm="sha256").digest()[:16]
