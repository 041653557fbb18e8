"""What the public record does by the clock."""

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.opendata.commands import publish_requests
from ombud.plumbing import walls


def publish_all() -> dict[str, list[int]]:
    """Publish what has changed in each city, and return the versions made."""
    made = {}
    for row in catalog.jurisdictions():
        if row.sandbox:
            continue
        with walls.inside(row.id):
            city = catalog.city(row.id)
            made[row.id] = [one.version for one in publish_requests.publish(city, now=clock.now())]
    return made
