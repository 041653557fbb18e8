"""What makes a storm move: reports that come in, the clock, and its end."""

import logging
from functools import partial

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import promises
from ombud.service_requests.storms import commands, queries

log = logging.getLogger(__name__)


def gather(event_id: int) -> None:
    """React to a report that came in or was corrected: link it to the storm that is over it."""
    city = walls.current()
    event = requests.event(city, event_id)
    commands.gather(jurisdiction_id=city, request_id=event.request_id, at=event.at)


def go_round() -> None:
    """Write down which storms have run out. That they are over was so from their last second on."""
    now = clock.now()
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            if commands.run_out(jurisdiction_id=row.id, at=now):
                log.info("The storm of %s has run out", row.id)


def clear_up(storm_id: int) -> None:
    """
    After a storm: link what was missed, count all dates again, and tell those that changed.

    While another storm is on nothing is told; what is left to tell then follows after that one.
    """
    city, now = catalog.city(walls.current()), clock.now()
    commands.gather_missed(storm=queries.storm(city.id, storm_id))
    if queries.current(city, now) is not None:
        return
    promises.refresh(jurisdiction_id=city.id, layer=str(city.settings.get("promise_layer", "")), now=now)
    for storm in queries.left_to_tell(city.id):
        commands.gather_missed(storm=storm)
        promises.tell_anew(
            jurisdiction_id=city.id,
            services=storm.services,
            is_touched=partial(queries.covers_tags, storm),
            now=now,
        )
        commands.cleared_up(storm=storm, at=now)
