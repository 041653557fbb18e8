"""
What is done by the clock: suggestions are tied to what came of them.

By the clock and not by event: nobody waits for it, and a report should cause no job that most reports do not need.
"""

from datetime import datetime, timedelta

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.kernel.geo import LonLat
from ombud.plumbing import walls
from ombud.service_requests import told
from ombud.triage.words import commands, queries, training

# A run may have failed, or the workers stood still for a day.
_BACK = timedelta(days=2)
# After this, what was suggested for a report that was never sent is forgotten.
_NEVER_SENT = timedelta(days=7)
_CORRECTED_WITHIN = timedelta(days=90)


def learn_all() -> None:
    """Learn what came of suggestions, in every city, and make the models of catalogues that have changed."""
    for city in catalog.jurisdictions():
        with walls.inside(city.id):
            learn(city.id, now=clock.now())
            training.renew(city.id, now=clock.now())


def learn(jurisdiction_id: str, *, now: datetime) -> None:
    """
    Tie suggestions to the requests they were made for, and to the service that staff gave these since.

    Where none were shown (a call, a program, the list of services) what would have been suggested for the words is
    kept, so that how good the model is does not rest on those who searched. Running it again changes nothing.
    """
    city = catalog.city(jurisdiction_id)
    for some in told.told(jurisdiction_id, since=now - _BACK, only_with_text=False):
        tied = commands.settle_predictions(
            jurisdiction_id=jurisdiction_id,
            client_id=some.client_id,
            request_id=some.request_id,
            service_code=some.service_code,
        )
        if tied or not some.text.strip() or queries.is_judged(jurisdiction_id, some.request_id):
            continue
        commands.keep_prediction(
            city=city,
            suggestions=queries.suggest(city, some.text, point=LonLat.read(some.lon, some.lat)),
            chosen=some.service_code,
            channel=some.channel,
            language=some.language,
            at=some.at,
            shown=False,
            request_id=some.request_id,
        )
    kept = queries.services_of_judged(jurisdiction_id, since=now - _CORRECTED_WITHIN)
    for request_id, service_code in told.services_now(jurisdiction_id, kept).items():
        if service_code != kept[request_id]:
            commands.correct_predictions(
                jurisdiction_id=jurisdiction_id, request_id=request_id, service_code=service_code
            )
    commands.forget_unsent(jurisdiction_id=jurisdiction_id, before=now - _NEVER_SENT)
