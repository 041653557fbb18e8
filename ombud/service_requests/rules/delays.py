"""For how long requests stay out of what everybody can list, so that nobody is met on the spot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Delay:
    """Requests of a visibility, or of a service, are in no list for so many days; empty means whichever."""

    days: int
    visibility: str = ""
    service_code: str = ""


def holds_back(
    delays: Iterable[Delay], *, visibility: str, service_code: str, requested_at: datetime, now: datetime
) -> bool:
    """Return whether a request is in no list yet. `RequestQuerySet.past` says the same in SQL."""
    return any(
        delay.visibility in ("", visibility)
        and delay.service_code in ("", service_code)
        and requested_at > now - timedelta(days=delay.days)
        for delay in delays
    )
