"""What administrators do to links; the only writes from pages and the command line."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from ombud.catalog import queries as catalog
from ombud.connect.bridge import checking, connectors, handlers, sending, settling
from ombud.connect.bridge.models import Checked, FieldConflict, Link, MappingVersion, Mode, Passed, Push, Twin
from ombud.connect.bridge.opening import check_variable, link_of
from ombud.connect.bridge.rules.mapping import read_mapping
from ombud.kernel.errors import N_, BadInput, NotFound
from ombud.kernel.texts import cleaned
from ombud.people.rules.permissions import Verb
from ombud.service_requests import queries as requests
from ombud.service_requests.timeline import Actor

SLOWEST = 86_400
FASTEST = 15


def save_link(
    *,
    jurisdiction_id: str,
    code: str,
    name: str,
    connector: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    every_seconds: int,
    actor: Actor,
) -> Link:
    """Add a link, or change how it is reached. Raises BadInput where the connector does not take it so."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    for variable in secrets.values():
        check_variable(jurisdiction_id, variable)
    if connector not in connectors.kinds():
        raise BadInput(N_("There is no connector “%(kind)s”."), field="connector", kind=connector[:40])
    if not FASTEST <= every_seconds <= SLOWEST:
        raise BadInput(
            N_("Look every %(least)d to %(most)d seconds."), field="every_seconds", least=FASTEST, most=SLOWEST
        )
    if not cleaned(name):
        raise BadInput(N_("Give it a name."), field="name")
    # A connector says here, and not in the night, what it does not understand.
    connectors.opened(connector, settings, dict.fromkeys(secrets, "-")).close()
    values = {
        "name": cleaned(name)[:80],
        "connector": connector,
        "settings": dict(settings),
        "secrets": dict(secrets),
        "every_seconds": every_seconds,
    }
    link, _ = Link.objects.update_or_create(jurisdiction_id=jurisdiction_id, code=code, defaults=values)
    return link


def save_mapping(
    *, jurisdiction_id: str, code: str, text: str, seen: int | None, reason: str, actor: Actor, at: datetime
) -> int:
    """
    Give a link a new mapping and return its version; the same text again is no new one. Raises BadInput.

    What was held is tried again with the next turn, which is asked for at once.
    """
    actor.require(Verb.MANAGE_LINKS, agency="")
    text = text.replace("\r\n", "\n").replace("\x00", "")
    read_mapping(text, services=catalog.city(jurisdiction_id).services)
    with transaction.atomic():
        link = _held(jurisdiction_id, code)
        if seen is not None and seen != link.mapping_version:
            raise BadInput(N_("Somebody else changed the mapping meanwhile. What you typed is kept."), field="text")
        now_held = MappingVersion.objects.filter(
            jurisdiction_id=jurisdiction_id, link=link, version=link.mapping_version
        ).first()
        if now_held and now_held.text == text:
            return link.mapping_version
        link.mapping_version += 1
        link.save(update_fields=["mapping_version"])
        MappingVersion.objects.create(
            jurisdiction_id=jurisdiction_id,
            link=link,
            version=link.mapping_version,
            text=text,
            given_at=at,
            given_by_id=actor.account_id,
            reason=cleaned(reason)[:300],
        )
        if link.loaded_at and link.mode != Mode.OFF:
            handlers.ask_to_run(link, now=at)
    return link.mapping_version


def set_mode(*, jurisdiction_id: str, code: str, mode: str, actor: Actor, at: datetime) -> None:
    """Switch a link. What was done here while nothing went there is due when it goes there again."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    if mode not in Mode.values:
        raise BadInput(N_("Choose what the link does."), field="mode")
    with transaction.atomic():
        link = _held(jurisdiction_id, code)
        if link.mode == mode:
            return
        if mode == Mode.BOTH and link.quiet_since:
            worked_on = requests.worked_on_since(jurisdiction_id, link.quiet_since)
            for twin in Twin.objects.filter(jurisdiction_id=jurisdiction_id, link=link, request_id__in=worked_on):
                sending.mark_due(twin, at=at)
        # A link that never sent owes nothing yet.
        quiet = None if mode == Mode.BOTH else link.quiet_since or Now()
        Link.objects.filter(jurisdiction_id=jurisdiction_id, pk=link.pk).update(
            mode=mode, quiet_since=quiet, wait_until=None
        )


def ask_to_run(*, jurisdiction_id: str, code: str, actor: Actor, at: datetime) -> bool:
    """Ask for a turn now: the first loads all that is there. Returns whether none waited already."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    link = link_of(jurisdiction_id, code)
    if link.mode == Mode.OFF:
        raise BadInput(N_("Switch the link on first."))
    if not link.mapping_version:
        raise BadInput(N_("This link has no mapping yet."))
    return handlers.ask_to_run(link, now=at)


def ask_to_check(*, jurisdiction_id: str, code: str, kind: str, actor: Actor, at: datetime) -> Checked:
    """Ask for a dry run or a comparison."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    if kind not in checking.KINDS:
        raise BadInput(N_("Choose a dry run or a comparison."))
    return checking.ask(link_of(jurisdiction_id, code), kind, now=at)


def resolve(*, jurisdiction_id: str, conflict_id: int, keep: str, actor: Actor, at: datetime) -> None:
    """Decide a conflict for ours (`near`) or theirs (`far`); the other side follows at once."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    if keep not in ("near", "far"):
        raise BadInput(N_("Choose which of the two stands."), field="keep")
    with transaction.atomic():
        conflict = FieldConflict.objects.filter(jurisdiction_id=jurisdiction_id, pk=conflict_id).first()
        if conflict is None:
            raise NotFound(N_("This conflict is resolved already."))
        twin = Twin.objects.select_for_update().get(jurisdiction_id=jurisdiction_id, pk=conflict.twin_id)
        settling.resolve(twin, conflict.field, near=conflict.near, far=conflict.far, keep=keep)
        conflict.delete()
        sending.mark_due(twin, at=at)


def send_again(
    *,
    jurisdiction_id: str,
    twin_id: int,
    values: Mapping[str, str],
    words: Mapping[int, str],
    actor: Actor,
    at: datetime,
) -> None:
    """Send again what was given up; with values by their columns, or words of remarks, that a person wrote instead."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    with transaction.atomic():
        twin = Twin.objects.select_for_update().filter(jurisdiction_id=jurisdiction_id, pk=twin_id).first()
        if twin is None:
            raise NotFound(N_("There is no such letter here."))
        twin.repaired = {name: cleaned(value, lines=True) for name, value in values.items()}
        twin.save(update_fields=["repaired"])
        waiting = Passed.objects.filter(jurisdiction_id=jurisdiction_id, twin=twin, push=Push.DUE)
        for passed_id, text in words.items():
            waiting.filter(pk=passed_id, event_id__isnull=False).update(words=cleaned(text, lines=True))
        sending.mark_due(twin, at=at)


def send_all_again(*, jurisdiction_id: str, code: str, actor: Actor, at: datetime) -> int:
    """Send again everything of a link that was given up, as it is. Returns how many."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    dead = Twin.objects.filter(jurisdiction_id=jurisdiction_id, link=link_of(jurisdiction_id, code), push=Push.DEAD)
    with transaction.atomic():
        for twin in dead:
            sending.mark_due(twin, at=at)
        return len(dead)


def give_up(*, jurisdiction_id: str, twin_id: int, actor: Actor) -> None:
    """Put a dead letter away: what it would have told there stays untold, until the request changes again."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    with transaction.atomic():
        dead = Twin.objects.filter(jurisdiction_id=jurisdiction_id, pk=twin_id, push=Push.DEAD)
        dead.filter(far_id=None).update(birth="")
        dead.update(push=Push.IDLE, trouble="", repaired={})
        Passed.objects.filter(jurisdiction_id=jurisdiction_id, twin_id=twin_id, push=Push.DUE).update(push=Push.IDLE)


def _held(jurisdiction_id: str, code: str) -> Link:
    link = Link.objects.select_for_update().filter(jurisdiction_id=jurisdiction_id, code=code).first()
    if link is None:
        raise NotFound(N_("There is no link “%(code)s” here."), code=code[:40])
    return link
