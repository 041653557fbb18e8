"""
Keys of programs that report: asked for, confirmed from the developer's mail, used, revoked.

A key is 192 random bits, so a plain digest of it is enough to keep; nobody can be shown it a second time.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Count, Max, Q

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, NotFound, Several
from ombud.kernel.texts import cleaned, folded
from ombud.people.commands import read_contact
from ombud.people.models import ApiCall, ApiKey
from ombud.plumbing import walls

RIGHTS = ("report", "update", "status")
# Moving a request is for those who do the work; a city gives that right to partners it knows.
RIGHTS_AT_FIRST = ("report", "update")
CONFIRM_WITHIN = timedelta(days=3)
CALLS_KEPT = timedelta(days=30)
_PENDING_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Program:
    """Whose key was shown."""

    name: str
    channel: str
    rights: frozenset[str]
    writes_per_hour: int = 3600
    id: int = 0


def ask(*, jurisdiction_id: str, name: str, email: str, at: datetime) -> ApiKey:
    """Keep that a developer wants a key; it works once they confirm. Raises Several."""
    name, channel = cleaned(name), re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:20]
    contact, problems = read_contact(name="", email=email, phone="", language="en", region="US")
    if not channel or len(name) > 80:
        problems.append(BadInput(N_("Write the name of your program, in 80 characters at most."), field="name"))
    if not contact.email and not problems:
        problems.append(BadInput(N_("Write your e-mail address; the key is confirmed from there."), field="email"))
    waiting = ApiKey.objects.in_city(jurisdiction_id).filter(
        email=contact.email, confirmed_at=None, asked_at__gt=at - CONFIRM_WITHIN
    )
    if contact.email and waiting.count() >= _PENDING_AT_MOST:
        problems.append(BadInput(N_("Confirm the keys you have asked for first; look into your mail."), field="email"))
    if problems:
        raise Several(problems)
    return ApiKey.objects.create(
        jurisdiction_id=jurisdiction_id,
        name=name,
        channel=channel,
        email=contact.email,
        rights=list(RIGHTS_AT_FIRST),
        asked_at=at,
    )


def token(key: ApiKey) -> str:
    """Return the secret of the developer's link: whoever has it may confirm the key, see its log and revoke it."""
    return signing.Signer(salt="api-key").sign(f"{key.jurisdiction_id}.{key.pk}")


def by_token(jurisdiction_id: str, given: str) -> ApiKey:
    """Return the key that a link is about. Raises NotFound."""
    try:
        city, _, pk = signing.Signer(salt="api-key").unsign(given).rpartition(".")
    except signing.BadSignature:
        city, pk = "", ""
    if city != jurisdiction_id:
        raise NotFound(N_("This link is not one of ours."))
    return by_id(jurisdiction_id, int(pk))


def by_id(jurisdiction_id: str, key_id: int) -> ApiKey:
    """Return a key. Raises NotFound."""
    if row := ApiKey.objects.in_city(jurisdiction_id).filter(pk=key_id).first():
        return row
    raise NotFound(N_("There is no such key here."))


def confirm(*, jurisdiction_id: str, key_id: int, at: datetime) -> str:
    """Make the key work and return it: the only time that anybody sees it. Raises BadInput."""
    with transaction.atomic():
        row = ApiKey.objects.in_city(jurisdiction_id).select_for_update().filter(pk=key_id).first()
        if row is None:
            raise NotFound(N_("There is no such key here."))
        if row.confirmed_at or row.revoked_at:
            raise BadInput(N_("This key was shown already. If you have lost it, revoke it and ask for another."))
        if row.asked_at < at - CONFIRM_WITHIN:
            raise BadInput(N_("This link has run out. Ask for another key."))
        return _give(row, at)


def grant(*, jurisdiction_id: str, program: Program, email: str, at: datetime, secret: str = "") -> str:
    """Make a key for a program without asking by mail: for the demo and for an operator's own programs."""
    row = ApiKey(
        jurisdiction_id=jurisdiction_id,
        name=program.name,
        channel=program.channel,
        email=email,
        rights=sorted(program.rights),
        writes_per_hour=program.writes_per_hour,
        asked_at=at,
    )
    return _give(row, at, secret)


def _give(row: ApiKey, at: datetime, secret: str = "") -> str:
    secret = secret or f"ombud_{secrets.token_urlsafe(24)}"
    row.digest, row.hint, row.confirmed_at = _digest(secret), secret[-4:], at
    row.save()
    return secret


def revoke(*, jurisdiction_id: str, key_id: int, at: datetime) -> None:
    """Make a key stop working from its next call on."""
    ApiKey.objects.in_city(jurisdiction_id).filter(pk=key_id, revoked_at=None).update(revoked_at=at)


def allow(*, jurisdiction_id: str, key_id: int, rights: list[str], writes_per_hour: int) -> None:
    """Change what a key may do, and how often. Raises BadInput."""
    if not set(rights) <= set(RIGHTS):
        raise BadInput(N_("Choose rights of the list."), field="rights")
    if not 0 < writes_per_hour <= 1_000_000:
        raise BadInput(N_("Write a whole number between 1 and 1,000,000."), field="writes_per_hour")
    by_id(jurisdiction_id, key_id)
    ApiKey.objects.in_city(jurisdiction_id).filter(pk=key_id).update(
        rights=[right for right in RIGHTS if right in rights], writes_per_hour=writes_per_hour
    )


def program(jurisdiction_id: str, secret: str) -> Program | None:
    """Return whose key this is, or None where it is nobody's, not confirmed or revoked."""
    row = (
        ApiKey.objects.in_city(jurisdiction_id)
        .filter(digest=_digest(secret), confirmed_at__isnull=False, revoked_at=None)
        .first()
    )
    return Program(row.name, row.channel, frozenset(row.rights), row.writes_per_hour, row.pk) if row else None


def listed(jurisdiction_id: str) -> list[ApiKey]:
    """Return all keys, newest first: when each was last used, its calls of the last month, and those refused."""
    return list(
        ApiKey.objects.in_city(jurisdiction_id)
        .annotate(
            last_call=Max("calls__at"),
            n_calls=Count("calls"),
            n_refused=Count("calls", filter=Q(calls__status__gte=400)),
        )
        .order_by("-asked_at")
    )


def calls(key: ApiKey, *, limit: int = 50) -> list[ApiCall]:
    """Return the newest calls of a key."""
    return list(ApiCall.objects.in_city(key.jurisdiction_id).filter(key=key).order_by("-at")[:limit])


def log_call(*, jurisdiction_id: str, key_id: int, what: str, status: int, about: str, at: datetime) -> None:
    """Write down a call of a program."""
    ApiCall.objects.create(
        jurisdiction_id=jurisdiction_id, key_id=key_id, what=what, status=status, about=about[:200], at=at
    )


def forget_calls(jurisdiction_id: str, *, now: datetime) -> None:
    """Forget calls older than a month, and keys that nobody confirmed."""
    ApiCall.objects.in_city(jurisdiction_id).filter(at__lt=now - CALLS_KEPT).delete()
    ApiKey.objects.in_city(jurisdiction_id).filter(confirmed_at=None, asked_at__lt=now - CONFIRM_WITHIN).delete()


def forget_all() -> None:
    """Forget old calls and unconfirmed keys of every city; nightly."""
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            forget_calls(row.id, now=clock.now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
