"""What every answer to a stranger is held to, and what is stored afterwards."""

import re
from typing import Any

from django.core.files.storage import default_storage

from ombud.service_requests.models import RequestPhoto, ServiceRequest
from tests.resident import words_of

SCRIPT = """"'><script>alert("x-planted")</script><img src=x onerror=alert(1)>{{ 7|add:7 }}%(x)s%s"""
EVIL = {
    "script": SCRIPT,
    "nul": "a\x00b",
    "control": "a\x01\x08\x1b[31m\x7fb",
    "direction": "abc\u202egnp.exe\u2066\u200f",
    "surrogate": "a\ud800b",
    "long": "ü" * 100_000,
    "lines": "\r\n" * 5000,
    "quotes": "' OR 1=1; --",
    "percent": "%s %(n)d %% {} ${x}",
    "unicode": "\u0000\uffff\U0010ffff" + "a\u0301" * 200,
    "empty": "",
}


class Undo(Exception):
    """Rolls a visit back."""


def clear(answer: Any, *, allowed: tuple[int, ...] = ()) -> None:
    """Hold an answer to be one a person understands."""
    assert answer.status_code < 500, answer.status_code
    if answer.status_code >= 400 and answer.status_code not in allowed:
        words = words_of(answer)
        assert re.search(r"[A-Z][^.]{8,}\.", words), f"{answer.status_code} without a sentence: {words[:200]!r}"
    if not answer.streaming:
        body = answer.content.decode()
        assert "Traceback" not in body
        assert "<script>alert" not in body
        assert "<img src=x" not in body


def stored() -> tuple[int, int, int]:
    """Return how many requests, photos and files there are."""
    return (
        ServiceRequest.objects.count(),
        RequestPhoto.objects.count(),
        sum(len(_files(folder)) for folder in ("springfield",)),
    )


def _files(folder: str) -> list[str]:
    if not default_storage.exists(folder):
        return []
    folders, files = default_storage.listdir(folder)
    return files + [f for sub in folders for f in _files(f"{folder}/{sub}")]


def quoted(raw: bytes) -> bytes:
    """Return the bytes as a form sends them, which may be no text at all."""
    return b"".join(b"%%%02X" % byte for byte in raw)
