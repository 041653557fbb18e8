"""Short words for tests of connectors."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ombud.connect.bridge.ports import FarRecord, FarSystem, Remark


class Watch:
    """A clock that tests wind."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time it shows."""
        return self.now

    def wind(self, **by: float) -> None:
        """Wind it forward."""
        self.now += timedelta(**by)


def read(far: FarSystem, cursor: Mapping[str, Any] | None = None) -> tuple[list[FarRecord], Mapping[str, Any]]:
    """Return what changed since a cursor, and the cursor of the last page."""
    found: list[FarRecord] = []
    after: Mapping[str, Any] = cursor or {}
    for page in far.changes(after):
        found += page.records
        after = page.cursor
    return found, after


def said(ref: str, text: str) -> Remark:
    """Return a remark of ours."""
    return Remark(ref, text, datetime(2026, 11, 24, 20, 0, tzinfo=UTC))
