"""What triage answers: the views of the queue that a person keeps, and what waits for somebody's eyes."""

from ombud.plumbing.rows import first
from ombud.triage.models import SavedFilter


def saved_filters(jurisdiction_id: str, account_id: int) -> list[SavedFilter]:
    """Return a person's own views in a city, by name."""
    return list(SavedFilter.objects.filter(jurisdiction_id=jurisdiction_id, account_id=account_id).order_by("name"))


def waiting(jurisdiction_id: str) -> dict[str, int]:
    """Return how many alarms of routing nobody has seen to and how many alerts nobody has answered."""
    found = first(
        "SELECT (SELECT count(*) FROM ombud_routing_alarm WHERE jurisdiction_id = %s AND seen_at IS NULL),"
        " (SELECT count(*) FROM ombud_alert"
        " WHERE jurisdiction_id = %s AND acknowledged_at IS NULL AND over_at IS NULL)",
        jurisdiction_id,
        jurisdiction_id,
    )
    alarms, alerts = found or (0, 0)
    return {"alarms": alarms, "alerts": alerts}
