"""
The sandbox: a jurisdiction where authors of programs try everything, emptied each night.

It lies everywhere but around the South Pole, so that a report from anywhere is inside and one can still be outside.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from ombud.catalog import queries as catalog_queries
from ombud.catalog.loading import load_folder
from ombud.intake import commands as intake
from ombud.intake.commands import Submission
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.geo import LonLat
from ombud.places import commands as places
from ombud.places import queries as places_queries
from ombud.plumbing import walls
from ombud.service_requests.commands import closing, emptying
from ombud.service_requests.commands.act import On
from ombud.service_requests.timeline import SYSTEM

FOLDER = Path(__file__).parent / "sandbox_city"
# Something to read for those who have sent nothing yet: service, place, hours ago, whether it was closed since.
EXAMPLES = (
    ("HOLE", LonLat(-73.9857, 40.7484), 50, True),
    ("HOLE", LonLat(-118.2437, 34.0522), 30, False),
    ("BIN", LonLat(2.3522, 48.8566), 20, False),
)


def found(*, at: datetime) -> str:
    """Set the sandbox up where it is not yet there, and return its id."""
    loaded = load_folder(FOLDER, at=at)
    with walls.inside(loaded.jurisdiction_id):
        if not places_queries.atlas(loaded.jurisdiction_id).areas_at(EXAMPLES[0][1]):
            places.load_boundaries(FOLDER / "boundaries", jurisdiction_id=loaded.jurisdiction_id, at=at)
        _give_examples(loaded.jurisdiction_id, at)
    return loaded.jurisdiction_id


def reset_all() -> None:
    """Empty every sandbox of the installation, and give it its examples again."""
    for row in catalog_queries.jurisdictions():
        if row.sandbox:
            emptying.empty_sandbox(jurisdiction_id=row.id)
            with walls.inside(row.id):
                _give_examples(row.id, clock.now())


def _give_examples(city_id: str, at: datetime) -> None:
    offered = catalog_queries.city(city_id).services
    for service, point, hours, closed in EXAMPLES:
        if service not in offered:
            continue
        asked_at = at - timedelta(hours=hours)
        received = intake.submit(
            jurisdiction_id=city_id,
            submission=Submission(
                client_id=uuid5(NAMESPACE_URL, f"ombud-sandbox:{city_id}:{service}:{hours}"),
                service_code=service,
                channel="web",
                language="en",
                description="An example.",
                located=Located(method="sent", point=point),
            ),
            at=asked_at,
        )
        if closed and not received.again:
            on = On(city_id, received.request_id, SYSTEM, asked_at + timedelta(hours=6))
            closing.close(on, outcome="fixed", text="The hole is filled.")
