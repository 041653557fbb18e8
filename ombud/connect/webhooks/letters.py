"""One letter to one endpoint, and what came back. `post` knows no database: several are on their way at once."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ombud.connect.webhooks import queries
from ombud.connect.webhooks.models import WebhookEndpoint
from ombud.connect.webhooks.rules import signing, trying
from ombud.connect.webhooks.rules.trying import Refused, Verdict
from ombud.kernel.errors import OmbudError
from ombud.kernel.texts import cleaned
from ombud.plumbing.outgoing import Client

SECONDS = 10.0
# Enough to see what is wrong; the rest of an answer is let go.
KEPT_BYTES = 2_000
_TAG = re.compile(r"<[^>]{0,200}>")


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes out."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `status` None where nothing did, and `trouble` says why."""

    verdict: Verdict
    took_ms: int
    status: int | None = None
    trouble: str = ""
    said: str = ""


def letter(endpoint: WebhookEndpoint, body: Mapping[str, Any], *, now: datetime) -> Letter:
    """Return the letter to an endpoint with this body, signed; the body's `id` is the letter's."""
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    signed = signing.headers(body["id"], now, written, queries.secrets(endpoint, now=now))
    return Letter(endpoint.url, {"Content-Type": "application/json", **signed}, written)


def post(client: Client, letter: Letter, *, now: datetime) -> Reply:
    """Send a letter once."""
    begun = time.monotonic()
    try:
        answer = client.ask(
            "POST",
            letter.url,
            headers=letter.headers,
            content=letter.body,
            timeout=SECONDS,
            at_most_bytes=KEPT_BYTES,
            cut=True,
        )
    except OmbudError as trouble:
        return Reply(Refused(), _ms_since(begun), trouble=trouble.msgid)
    said = cleaned(_TAG.sub(" ", answer.text()))[:300]
    return Reply(
        trying.judged(answer.status, answer.headers, now=now), _ms_since(begun), status=answer.status, said=said
    )


def _ms_since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
