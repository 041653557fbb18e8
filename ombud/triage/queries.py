"""What triage answers: the views of the queue that a person keeps."""

from ombud.triage.models import SavedFilter


def saved_filters(jurisdiction_id: str, account_id: int) -> list[SavedFilter]:
    """Return a person's own views in a city, by name."""
    return list(SavedFilter.objects.filter(jurisdiction_id=jurisdiction_id, account_id=account_id).order_by("name"))
