"""Publishing the data sets that are small: made whole, and compared with what is there."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum

from ombud.catalog.city import City
from ombud.kernel.errors import N_, Unavailable
from ombud.opendata.commands.changes import changes_between, next_step
from ombud.opendata.datasets import boundaries, contacts, counts, crosswalk, metrics, services
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.lake import reading, versions, writing
from ombud.opendata.models import NoiseSpent, Publication
from ombud.opendata.queries import rules_of
from ombud.opendata.rules.noise import scale_for
from ombud.opendata.rules.rule_set import RuleSet
from ombud.plumbing.alone import alone
from ombud.service_requests import publishing

log = logging.getLogger(__name__)
Made = Callable[[City, RuleSet], Sequence[Mapping[str, Any]]]
_WHOLE: tuple[tuple[Callable[[City], DataSet], Made], ...] = (
    (services.dataset, services.made),
    (crosswalk.dataset, crosswalk.made),
    (boundaries.dataset, boundaries.made),
    (metrics.dataset, metrics.made),
    (contacts.dataset, contacts.made),
)
MECHANISM = "discrete Laplace"
SPENT = N_("The privacy budget of %(year)s is spent: %(month)s is not counted.")


def publish(city: City, *, now: datetime) -> list[Publication]:
    """Publish those of the small data sets that have changed, and return the versions made."""
    rules = rules_of(city)
    published = []
    with alone(f"publish {city.id} whole") as mine:
        for dataset, made in _WHOLE if mine else ():
            published += _publish(city, dataset(city), made(city, rules), rules, now=now)
    return published


def release_counts(city: City, months: Iterable[datetime], *, now: datetime) -> list[Publication]:
    """
    Publish the noisy counts of months that are over, each once: a count that was drawn is never drawn again.

    A month for which the year's budget does not reach is left out, and the log says so.
    """
    rules = rules_of(city)
    hidden = counts.only_counted(city, rules)
    with alone(f"publish {city.id} {counts.CODE}") as mine, transaction.atomic():
        rows = []
        for since in _due(city, months, now=now) if mine and hidden else ():
            try:
                _spend(city, rules, since, now=now)
            except Unavailable as refused:
                log.warning("%s: %s", city.id, refused)
                continue
            counted = publishing.counted_boundedly(
                city.id,
                since,
                _after(since),
                services=hidden,
                layer=str(city.settings.get("promise_layer", "")),
                reports_a_person=rules.noise.reports_a_person,
            )
            rows += counts.made(city, rules, since, counted)
        return _publish(city, counts.dataset(city), rows, rules, now=now, keeps_others=True) if rows else []


def _due(city: City, months: Iterable[datetime], *, now: datetime) -> list[datetime]:
    """Return the beginnings of those months that are over and not counted yet, the newest first."""
    begun = {month.astimezone(city.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0) for month in months}
    counted = set(NoiseSpent.objects.of(city.id, counts.CODE).values_list("month", flat=True))
    return sorted((since for since in begun if _after(since) <= now and since.date() not in counted), reverse=True)


def _after(since: datetime) -> datetime:
    return (since + timedelta(days=32)).replace(day=1)


def _spend(city: City, rules: RuleSet, month: datetime, *, now: datetime) -> None:
    noise = rules.noise
    this_year = NoiseSpent.objects.of(city.id, counts.CODE).filter(month__year=month.year)
    before = this_year.aggregate(spent=Sum("epsilon"))["spent"] or 0.0
    after = before + noise.epsilon_a_release
    if after > noise.epsilon_a_year:
        raise Unavailable(SPENT, year=month.year, month=f"{month:%Y-%m}")
    NoiseSpent.objects.create(
        jurisdiction_id=city.id,
        dataset=counts.CODE,
        month=month.date(),
        at=now,
        mechanism=MECHANISM,
        unit="a person who reports",
        reports_a_person=noise.reports_a_person,
        scale=float(scale_for(epsilon=noise.epsilon_a_release, reports_a_person=noise.reports_a_person)),
        epsilon=noise.epsilon_a_release,
        spent_this_year=after,
        cap_this_year=noise.epsilon_a_year,
    )


@transaction.atomic
def _publish(
    city: City,
    dataset: DataSet,
    made: Sequence[Mapping[str, Any]],
    rules: RuleSet,
    *,
    now: datetime,
    keeps_others: bool = False,
) -> list[Publication]:
    last = versions.newest(city.id, dataset.code)
    before = reading.rows(versions.pinned(city.id, dataset.code, dataset.columns)) if last else {}
    step = next_step(city, dataset, rules, at=now, last=last)
    gone = {} if keeps_others else dict.fromkeys(before.keys() - {row["_id"] for row in made}, "gone")
    changes = changes_between(before, made, gone, version=step.version, at=now)
    return [writing.write(step, changes)] if changes else []
