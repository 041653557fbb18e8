"""What the page of a request says of its likes: what may be the same, what it is come back, what was here before."""

from datetime import datetime
from typing import Any

from ombud.catalog.city import City
from ombud.people import queries as people
from ombud.service_requests import alike
from ombud.service_requests import queries as requests
from ombud.triage.likeness import queries as likeness
from ombud.triage.likeness.models import Suggestion
from ombud.triage.likeness.reasons import in_words
from ombud.web.desk import rows

LATEST = 5


def card(city: City, row: Any, *, now: datetime) -> dict[str, Any]:
    """Return what the card shows; empty lists where there is nothing to say."""
    history = likeness.history_of(city, row)
    earlier = requests.by_id(city.id, row.again_of_id) if row.again_of_id else None
    closer = people.names_of([earlier.closed_by_id]).get(earlier.closed_by_id or 0, "") if earlier else ""
    return {
        "asked_about": [_question(city, row, one, now) for one in likeness.asked_about(row)],
        "earlier": rows.row_of(city, earlier, now=now) if earlier else None,
        "earlier_closed_at": earlier.closed_at if earlier else None,
        "earlier_closer": closer,
        "come_back": [rows.row_of(city, back, now=now) for back in alike.come_back(row)],
        "here_before": len(history),
        "here_lately": [(rows.row_of(city, one, now=now), one.closed_at) for one in history[:LATEST]],
        "recurring": likeness.recurring_at(row),
        "not_same": [one.thing if one.request_id == row.pk else one.request for one in likeness.remembered(row)],
    }


def _question(city: City, row: Any, one: Suggestion, now: datetime) -> dict[str, Any]:
    other = one.thing if one.request_id == row.pk else one.request
    return {
        "row": rows.row_of(city, other, now=now),
        "thing": one.thing.number,
        "percent": round(100 * one.probability),
        "kind": one.kind,
        "reasons": in_words(one.reasons),
    }
