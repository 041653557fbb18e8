"""What a request's own words ask for, beside the service that it has."""

from typing import Any

from ombud.catalog.city import City
from ombud.triage.words import queries


def another(city: City, row: Any) -> dict[str, Any] | None:
    """Return the service that a request's words ask for, where that is rather surely another than it has."""
    form = getattr(row, "form", None)
    text = form.description if form else ""
    found = queries.looks_like_another(city, text, chosen=row.service_code) if text.strip() else None
    if found is None:
        return None
    return {
        "code": found.code,
        "name": city.text(city.service(found.code).name),
        "percent": min(99, round(found.probability * 100)),
        "because": ", ".join(found.because),
    }
