"""What a request here says of itself, in our words, for the fields that a mapping names."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from ombud.connect.bridge.rules.mapping import LinkMapping
from ombud.connect.bridge.rules.words import point_word
from ombud.service_requests.queries import Standing

# The columns of the record behind each field: when they changed is when the field did.
COLUMNS: dict[str, tuple[str, ...]] = {
    "service": ("service_code",),
    "status": ("status", "outcome"),
    "sentence": ("closed_at",),
    "unit": ("unit",),
    "priority": ("priority",),
    "schedule": ("scheduled_from",),
    "requested_at": ("requested_at",),
    "closed_at": ("closed_at",),
    "point": ("place_id",),
    "address": ("place_id",),
}
_FREE_TEXT = frozenset({"sentence", "description", "address"})
# A mark that no word ever has: what was never agreed on.
NEVER = "!"


def words_of(standing: Standing, mapping: LinkMapping) -> dict[str, str]:
    """Return what a request says, field by field."""
    row = standing.request
    answers = {a.get("code"): a.get("value") for a in row.form.answers}
    said = {
        "service": row.service_code,
        "status": f"closed:{row.outcome}" if row.status == "closed" else row.status,
        "sentence": standing.sentence,
        "unit": row.unit,
        "priority": row.priority,
        "schedule": f"{instant(row.scheduled_from)}/{instant(row.scheduled_to)}" if row.scheduled_from else "",
        "requested_at": instant(row.requested_at),
        "closed_at": instant(row.closed_at),
        "point": point_word(row.lon, row.lat),
        "address": row.address,
        "description": row.form.description,
    }
    for name in mapping.fields:
        if name.startswith("answers."):
            value = answers.get(name.removeprefix("answers."))
            said[name] = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return {name: said[name] for name in mapping.fields}


def instant(at: datetime | None) -> str:
    """Return an instant in our words."""
    return at.astimezone(UTC).isoformat() if at else ""


def mark(field: str, word: str) -> str:
    """Return what is kept of a word to know it again: itself, or a fingerprint of what a person may have written."""
    if word and (field in _FREE_TEXT or field.startswith("answers.") or len(word) > 80):
        return "#" + hashlib.sha256(word.encode()).hexdigest()[:32]
    return word


def marks(words: Mapping[str, str]) -> dict[str, str]:
    """Return the marks of several words."""
    return {field: mark(field, word) for field, word in words.items()}
