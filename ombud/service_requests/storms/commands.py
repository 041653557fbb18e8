"""The only writes of storms: switch one on, let it last longer, switch it off, gather what comes in meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ombud.catalog import commands as catalogue
from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput
from ombud.people.rules.permissions import Verb
from ombud.places import queries as places
from ombud.plumbing import jobs
from ombud.service_requests import screening
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.storms import queries
from ombud.service_requests.storms.models import Storm, StormEntry, StormReport
from ombud.service_requests.storms.rules import plan as rules
from ombud.service_requests.storms.rules.plan import Known, StormPlan, read_plan
from ombud.service_requests.storms.rules.terms import Choices, Terms, read_change, read_terms
from ombud.service_requests.timeline import SYSTEM, Actor

CLEAR = "ombud.service_requests.storms.handlers.clear_up"


def begin(*, jurisdiction_id: str, terms: Terms, actor: Actor, at: datetime) -> Storm:
    """Switch a storm on. Raises Several where the terms are not right, BadInput where one is on already."""
    actor.require(Verb.SWITCH_STORM, agency="")
    city = catalog.city(jurisdiction_id)
    plan = read_plan(city.settings)
    told = read_terms(terms, choices_of(city, plan))
    run_out(jurisdiction_id=jurisdiction_id, at=at)
    try:
        with transaction.atomic():
            storm = Storm.objects.create(
                jurisdiction_id=jurisdiction_id,
                words=dict(told.words),
                services=list(told.services),
                areas=list(told.areas),
                promise=plan.promise,
                order=rules.written(plan.order),
                widened_by=plan.widened_by,
                began_at=at,
                ends_at=at + timedelta(hours=told.hours),
            )
            _write_down(storm, "began", at, actor, told.why)
    except IntegrityError:
        raise BadInput(N_("A storm is on already. Switch it off first, or let it last longer.")) from None
    return storm


def choices_of(city: City, plan: StormPlan) -> Choices:
    """Return what can be chosen for a storm of a city."""
    return Choices(
        language=city.default_language,
        languages=city.languages,
        services=[service.code for service in city.offered() if service.kind.value != "handoff"],
        areas={area.tag for area in places.atlas(city.id).areas},
        longest_hours=plan.longest_hours,
    )


def prolong(*, jurisdiction_id: str, storm_id: int, hours: int, why: str, actor: Actor, at: datetime) -> None:
    """Let a storm that is on last so many hours from now on."""
    actor.require(Verb.SWITCH_STORM, agency="")
    longest = read_plan(catalog.city(jurisdiction_id).settings).longest_hours
    why = read_change(hours, why, longest=longest)
    with transaction.atomic():
        storm = _held(jurisdiction_id, storm_id, at)
        storm.ends_at = at + timedelta(hours=hours)
        storm.save(update_fields=["ends_at"])
        _write_down(storm, "prolonged", at, actor, why)


def end(*, jurisdiction_id: str, storm_id: int, why: str, actor: Actor, at: datetime) -> None:
    """Switch a storm off. All of it goes back by itself; dates are counted again, and told where they changed."""
    actor.require(Verb.SWITCH_STORM, agency="")
    why = read_change(None, why, longest=0)
    with transaction.atomic():
        _finish(_held(jurisdiction_id, storm_id, at), "ended", at, actor, why)


def run_out(*, jurisdiction_id: str, at: datetime) -> bool:
    """Write down that a storm's time is over, where it is; returns whether it was."""
    with transaction.atomic():
        over = Storm.objects.select_for_update().filter(jurisdiction_id=jurisdiction_id, ended_at=None, ends_at__lte=at)
        storm = over.first()
        if storm is None:
            return False
        _finish(storm, "ran_out", storm.ends_at, SYSTEM, "")
    return True


def gather(*, jurisdiction_id: str, request_id: int, at: datetime) -> None:
    """Link a report to the storm that is over it at this time, and rank it; done again, its rank is found anew."""
    storm = queries.storm_at(jurisdiction_id, at)
    if storm is not None:
        rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(pk=request_id)
        _gather(storm, rows, at)


def gather_missed(*, storm: Storm) -> int:
    """Link the reports of a storm's time that nobody linked: returns how many there were."""
    until = storm.ended_at or storm.ends_at
    rows = ServiceRequest.objects.in_city(storm.jurisdiction_id).filter(
        requested_at__gte=storm.began_at, requested_at__lt=until, service_code__in=storm.services
    )
    return _gather(storm, rows.exclude(storms__storm=storm), until)


def cleared_up(*, storm: Storm, at: datetime) -> None:
    """Write down that the dates were counted again."""
    Storm.objects.filter(jurisdiction_id=storm.jurisdiction_id, pk=storm.pk).update(told_anew_at=at)


def _gather(storm: Storm, rows: Iterable[ServiceRequest], at: datetime) -> int:
    city = catalog.city(storm.jurisdiction_id)
    order = rules.kept_order(storm.order)
    found = [row for row in rows if queries.covers(storm, row.service_code, row.area_tags)]
    StormReport.objects.bulk_create(
        [
            StormReport(
                jurisdiction_id=city.id,
                storm=storm,
                request_id=known_id,
                rank=rules.rank(order, known),
                at=at,
            )
            for known_id, known in _known(city, found)
        ],
        update_conflicts=True,
        unique_fields=["storm", "request"],
        update_fields=["rank"],
    )
    return len(found)


def _known(city: City, rows: Sequence[ServiceRequest]) -> Iterable[tuple[int, Known]]:
    """Return each report as far as its rank asks."""
    ids = [row.pk for row in rows]
    firsts = RequestEvent.objects.in_city(city.id).filter(request_id__in=ids, seq=1)
    danger = {pk for pk, facts in firsts.values_list("request_id", "facts") if screening.DANGER in facts}
    forms = ServiceRequest.objects.in_city(city.id).filter(pk__in=ids).values_list("pk", "form__answers")
    answers = {pk: _said(told or ()) for pk, told in forms}
    for row in rows:
        service = city.services.get(row.service_code)
        yield (
            row.pk,
            Known(
                service=row.service_code,
                group=service.group if service else "",
                priority=row.priority,
                danger=row.pk in danger,
                answers=answers.get(row.pk, {}),
            ),
        )


def _said(answers: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    said = {str(one.get("code", "")): one.get("value") for one in answers}
    return {code: list(map(str, v)) if isinstance(v, list) else [str(v)] for code, v in said.items()}


def _held(jurisdiction_id: str, storm_id: int, at: datetime) -> Storm:
    """Return a storm that is on, held. Raises BadInput where it is over."""
    held = Storm.objects.select_for_update().filter(jurisdiction_id=jurisdiction_id, pk=storm_id)
    storm = held.filter(ended_at=None, ends_at__gt=at).first()
    if storm is None:
        raise BadInput(N_("This storm is over already."))
    return storm


def _finish(storm: Storm, what: str, at: datetime, actor: Actor, why: str) -> None:
    storm.ended_at = at
    storm.save(update_fields=["ended_at"])
    _write_down(storm, what, at, actor, why)
    jobs.defer(CLEAR, city=storm.jurisdiction_id, subject_id=storm.pk)


def _write_down(storm: Storm, what: str, at: datetime, actor: Actor, why: str) -> None:
    """Keep who did it and why, and let every process see it."""
    terms = {"services": storm.services, "areas": storm.areas, "words": storm.words}
    StormEntry.objects.create(
        jurisdiction_id=storm.jurisdiction_id,
        storm=storm,
        what=what,
        at=at,
        by_id=actor.account_id,
        why=why,
        terms={"ends_at": storm.ends_at.isoformat(), **(terms if what == "began" else {})},
    )
    catalogue.changed(storm.jurisdiction_id)
