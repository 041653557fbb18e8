"""The only writes of alerts: raise them, call people, take their word that they know."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ombud.catalog import commands as catalogue
from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.commands import Edit
from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.people import queries as people
from ombud.people.rules.permissions import Role, Verb
from ombud.plumbing import jobs
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.timeline import Actor
from ombud.triage.clocks import queries
from ombud.triage.clocks.models import Alert, AlertEntry
from ombud.triage.clocks.rules import plan as rules
from ombud.triage.clocks.rules.plan import Plan, read_roster, written

TELL = "ombud.triage.clocks.handlers.tell"


def escalate(*, jurisdiction_id: str, now: datetime, due_within: timedelta | None = None) -> int:
    """
    Raise an alert for each step that an open request has come to; returns how many.

    With `due_within` only requests are looked at whose target is so near, which is quick; the others have time.
    """
    city = catalog.city(jurisdiction_id)
    chain = queries.file_plan(jurisdiction_id).escalation
    if chain is None:
        return 0
    rows = ServiceRequest.objects.in_city(jurisdiction_id).still_open().filter(target_at__isnull=False, paused_at=None)
    if due_within is not None:
        rows = rows.filter(target_at__lte=now + due_within, target_at__gte=now - due_within)
    raised = 0
    late = Alert.objects.filter(jurisdiction_id=jurisdiction_id, kind="late", request_id__in=rows.values("pk"))
    known = set(late.values_list("request_id", "share"))
    for pk, asked, target, priority in rows.values_list("pk", "requested_at", "target_at", "priority").iterator():
        steps = rules.due_steps(chain, asked=asked, target=target or now, now=now)
        # Who comes to several steps at once (after a storm, or an import) is told of the last one.
        if not steps or (pk, steps[-1].share) in known:
            continue
        at = rules.told_at(now, quiet=chain.quiet, priority=priority, zone=city.zone)
        raised += _raise(city, pk, kind="late", share=steps[-1].share, to=steps[-1].to, now=now, tell_at=at)
    return raised


def page(*, jurisdiction_id: str, request_id: int, now: datetime) -> bool:
    """Raise the alert of danger, where nobody of its agency works at this hour; returns whether it was raised."""
    city = catalog.city(jurisdiction_id)
    paging = queries.file_plan(jurisdiction_id).paging
    row = ServiceRequest.objects.in_city(jurisdiction_id).still_open().filter(pk=request_id).first()
    if paging is None or row is None or row.priority not in paging.priorities or city.is_at_work(now, row.agency):
        return False
    return bool(_raise(city, request_id, kind="danger", share=None, to=paging.roster, now=now, tell_at=now))


def call_round(*, jurisdiction_id: str, now: datetime) -> int:
    """Call whoever is next for each alert that is due; returns how many calls were made."""
    city = catalog.city(jurisdiction_id)
    waiting = Alert.objects.filter(
        jurisdiction_id=jurisdiction_id, acknowledged_at=None, over_at=None, tell_at__lte=now
    ).order_by("tell_at", "pk")
    called = 0
    for pk in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            alert = waiting.select_for_update(skip_locked=True).filter(pk=pk).first()
            if alert is not None:
                called += _call(city, alert, now)
    return called


def acknowledge(*, jurisdiction_id: str, alert_id: int, account_id: int, at: datetime) -> None:
    """Write down that somebody knows; the first one counts, and later ones are written down too."""
    with transaction.atomic():
        alert = Alert.objects.select_for_update().filter(jurisdiction_id=jurisdiction_id, pk=alert_id).first()
        if alert is None:
            raise NotFound(N_("There is no such alert."))
        if alert.acknowledged_at is None:
            Alert.objects.filter(pk=alert.pk).update(acknowledged_at=at, acknowledged_by_id=account_id)
        _entry(alert, "acknowledged", at, account_id)


def begin_letter(*, jurisdiction_id: str, entry_id: int, at: datetime) -> bool:
    """
    Write down that the letter of a call is about to be sent; returns whether it may be.

    A letter cannot be sent and written down in one. Where whoever tried before died in between, nobody knows whether
    it went out: that is written down, and it is not sent again. Who is called twice gets a letter for each call.
    """
    with transaction.atomic():
        call = AlertEntry.objects.get(jurisdiction_id=jurisdiction_id, pk=entry_id)
        alert = Alert.objects.select_for_update().get(jurisdiction_id=jurisdiction_id, pk=call.alert_id)
        before = AlertEntry.objects.filter(jurisdiction_id=jurisdiction_id, of=call).order_by("pk").last()
        if before is None or before.what == "failed":
            _entry(alert, "trying", at, call.account_id, of=call)
            return True
        if before.what == "trying":
            _entry(alert, "unclear", at, call.account_id, of=call)
        return False


def save_roster(
    *, jurisdiction_id: str, name: str, turns: Sequence[Mapping[str, Any]], actor: Actor, edit: Edit
) -> bool:
    """
    Keep the turns of a roster in their order, as its next version; False where nothing is different.

    Raises BadInput where the city's file names no such roster, nobody is on it, somebody does not work here, or
    somebody else changed it meanwhile.
    """
    actor.require(Verb.MANAGE_ROSTERS, agency="")
    if name not in queries.file_plan(jurisdiction_id).rosters:
        raise NotFound(N_("There is no such roster."))
    roster = read_roster(turns)
    if not roster:
        raise BadInput(N_("Somebody has to be on it. Name at least one person."))
    by_mail = _by_mail(catalog.city(jurisdiction_id))
    if strangers := [watch.who for watch in roster if watch.who not in by_mail]:
        raise BadInput(N_("%(who)s cannot sign in here, so nobody could reach them."), who=strangers[0])
    with transaction.atomic():
        return catalogue.keep_change(
            jurisdiction_id=jurisdiction_id,
            kind=queries.ROSTER,
            code=name,
            content={"turns": written(roster)},
            edit=edit,
        )


def written_to(*, jurisdiction_id: str, entry_id: int, sent: bool, at: datetime) -> None:
    """Write down what became of the letter of a call."""
    call = AlertEntry.objects.select_related("alert").get(jurisdiction_id=jurisdiction_id, pk=entry_id)
    _entry(call.alert, "sent" if sent else "failed", at, call.account_id, of=call)


def _raise(
    city: City, request_id: int, *, kind: str, share: float | None, to: str, now: datetime, tell_at: datetime
) -> int:
    try:
        with transaction.atomic():
            Alert.objects.create(
                jurisdiction_id=city.id,
                request_id=request_id,
                kind=kind,
                share=share,
                to=to,
                raised_at=now,
                tell_at=tell_at,
            )
    except IntegrityError:  # somebody else has raised it just now
        return 0
    return 1


def _call(city: City, alert: Alert, now: datetime) -> int:
    row = ServiceRequest.objects.in_city(city.id).still_open().filter(pk=alert.request_id).first()
    if row is None:
        Alert.objects.filter(pk=alert.pk).update(over_at=now)
        return 0
    plan = queries.plan_of(city.id)
    return _next(city, alert, plan, now) if alert.kind == "danger" else _all(city, alert, plan, row, now)


def _next(city: City, alert: Alert, plan: Plan, now: datetime) -> int:
    """Call the next on the roster; after the last one all administrators, and no more after them."""
    if plan.paging is None:
        return 0
    by_mail = _by_mail(city)
    duty = [who for who in queries.on_duty(city, plan, alert.to, now) if who in by_mail]
    names = {account: mail for mail, account in by_mail.items()}
    calls = alert.entries.filter(what="called").order_by("pk").values_list("account_id", "at")
    tried = [(names.get(account or 0, ""), at) for account, at in calls]
    who, everybody = rules.next_called(plan.paging, duty, tried, now=now)
    if who is not None:
        Alert.objects.filter(pk=alert.pk, told_at=None).update(told_at=now)
        return _tell(alert, [by_mail[who]], now)
    if not everybody:
        return 0
    Alert.objects.filter(pk=alert.pk).update(over_at=now)
    _entry(alert, "everybody", now)
    return _tell(alert, _with_role(city, Role.ADMINISTRATOR, ""), now)


def _all(city: City, alert: Alert, plan: Plan, row: ServiceRequest, now: datetime) -> int:
    """Write once to everybody of a step; where it has nobody, to the supervisors, and then to the administrators."""
    if alert.told_at:
        return 0
    by_mail = _by_mail(city)
    people_of: list[int] = []
    if alert.to == rules.ASSIGNEE:
        people_of = [account for account in by_mail.values() if account == row.assignee_id]
    elif alert.to != rules.SUPERVISOR:
        day = now.astimezone(city.zone).date()
        turns = [watch for watch in plan.rosters.get(alert.to, ()) if watch.is_current(day)]
        people_of = [by_mail[watch.who] for watch in turns if watch.who in by_mail]
    people_of = people_of or _with_role(city, Role.SUPERVISOR, row.agency) or _with_role(city, Role.ADMINISTRATOR, "")
    Alert.objects.filter(pk=alert.pk).update(told_at=now)
    return _tell(alert, people_of, now)


def _by_mail(city: City) -> dict[str, int]:
    """Return who works here and can sign in, by mail address."""
    return {grant.account.email: grant.account_id for grant in people.staff(city.id) if grant.account.is_active}


def _with_role(city: City, role: Role, agency: str) -> list[int]:
    """Return who has a role in an agency, those of the whole city among them."""
    return sorted(
        {
            grant.account_id
            for grant in people.staff(city.id)
            if grant.account.is_active and grant.role == role and grant.agency in ("", agency)
        }
    )


def _tell(alert: Alert, accounts: list[int], now: datetime) -> int:
    if not accounts:
        _entry(alert, "nobody", now)
    for account in dict.fromkeys(accounts):
        entry = _entry(alert, "called", now, account)
        jobs.defer(TELL, city=alert.jurisdiction_id, subject_id=entry.pk)
    return len(accounts)


def _entry(
    alert: Alert, what: str, at: datetime, account_id: int | None = None, *, of: AlertEntry | None = None
) -> AlertEntry:
    return AlertEntry.objects.create(
        jurisdiction_id=alert.jurisdiction_id, alert=alert, what=what, of=of, account_id=account_id, at=at
    )
