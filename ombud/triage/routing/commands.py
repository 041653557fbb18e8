"""The only writes of routing: drafts, published versions, alarms."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from ombud.catalog import commands as catalog
from ombud.catalog import queries as catalog_queries
from ombud.kernel.errors import N_, BadInput
from ombud.kernel.texts import cleaned
from ombud.people.rules.permissions import Verb
from ombud.plumbing import jobs
from ombud.service_requests.timeline import Actor
from ombud.triage.routing.models import Replay, RoutingAlarm, RoutingFailure, RuleSet
from ombud.triage.routing.rules.rule import RULES_AT_MOST, Rule, read_rules, written

TELL_ALARM = "ombud.triage.routing.handlers.tell_alarm"
RUN_REPLAY = "ombud.triage.routing.handlers.run_replay"


@dataclass(frozen=True, slots=True)
class By:
    """Who edits the rules of a city, and when. `seen` is the count of edits they saw, None unlooked."""

    jurisdiction_id: str
    actor: Actor
    at: datetime
    seen: int | None = None


def digest_of(rules: object) -> str:
    """Return what tells one list of rules from another."""
    return hashlib.sha256(json.dumps(rules, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _published(jurisdiction_id: str) -> RuleSet | None:
    return RuleSet.objects.filter(jurisdiction_id=jurisdiction_id, version__gt=0).order_by("-version").first()


def _draft(by: By) -> RuleSet:
    """Return the draft, held until the transaction ends; made from the published rules where there is none."""
    by.actor.require(Verb.EDIT_CATALOGUE, agency="")
    rows = RuleSet.objects.select_for_update().filter(jurisdiction_id=by.jurisdiction_id, version=0)
    draft = rows.first()
    if draft is None:
        newest = _published(by.jurisdiction_id)
        draft, _ = RuleSet.objects.get_or_create(
            jurisdiction_id=by.jurisdiction_id,
            version=0,
            defaults={
                "rules": newest.rules if newest else [],
                "begun_from": newest.version if newest else 0,
                "by_id": by.actor.account_id,
                "at": by.at,
                "origin": "desk",
            },
        )
    if by.seen is not None and by.seen != draft.edits:
        raise BadInput(N_("Somebody changed this meanwhile. Look at what they did, then send yours again."))
    return draft


def _keep_draft(draft: RuleSet, rules: list[Any], by: By) -> None:
    draft.rules, draft.edits = rules, draft.edits + 1
    draft.by_id, draft.at = by.actor.account_id, by.at
    draft.save(update_fields=["rules", "edits", "by_id", "at"])


def save_rule(by: By, *, raw: Mapping[str, Any], instead_of: str = "", first: bool = False) -> Rule:
    """
    Keep a rule in the draft: in place of another, else as the first or the last. Raises Several, BadInput.

    A rule is named by its code; a code that another rule has is refused.
    """
    with transaction.atomic():
        draft = _draft(by)
        rules = list(draft.rules)
        at = next((n for n, rule in enumerate(rules) if rule.get("code") == instead_of), None)
        others = [rule for n, rule in enumerate(rules) if n != at]
        if raw.get("code") in {rule.get("code") for rule in others}:
            raise BadInput(N_("Two rules are called %(code)s."), field="code", code=str(raw.get("code"))[:40])
        if len(others) >= RULES_AT_MOST:
            raise BadInput(N_("Rules are a list, of %(n)d at most."), n=RULES_AT_MOST)
        (rule,) = read_rules([dict(raw)])
        if at is None:
            rules.insert(0 if first else len(rules), written(rule))
        else:
            rules[at] = written(rule)
        _keep_draft(draft, rules, by)
        return rule


def move_rule(by: By, *, code: str, to: int) -> None:
    """Move a rule of the draft to a place in the list, 0 the first."""
    with transaction.atomic():
        draft = _draft(by)
        rules = [rule for rule in draft.rules if rule.get("code") != code]
        moved = [rule for rule in draft.rules if rule.get("code") == code]
        if not moved:
            raise BadInput(N_("There is no rule %(code)s."), code=code[:40])
        to = max(0, min(to, len(rules)))
        rules[to:to] = moved
        if rules != draft.rules:
            _keep_draft(draft, rules, by)


def remove_rule(by: By, *, code: str) -> None:
    """Take a rule out of the draft; versions that were published keep it."""
    with transaction.atomic():
        draft = _draft(by)
        rules = [rule for rule in draft.rules if rule.get("code") != code]
        if len(rules) == len(draft.rules):
            raise BadInput(N_("There is no rule %(code)s."), code=code[:40])
        _keep_draft(draft, rules, by)


def discard_draft(by: By) -> None:
    """Throw the draft away; the published rules stay as they are."""
    with transaction.atomic():
        _draft(by).delete()


def publish(by: By, *, reason: str) -> int:
    """
    Let the draft count from now on, and return its version.

    Raises BadInput where there is no reason, no replay of just these rules against just what is published, or
    somebody else published since the draft was begun.
    """
    reason = cleaned(reason)[:300]
    if not reason:
        raise BadInput(N_("Say why it changes: those who come after will ask."), field="reason")
    with transaction.atomic():
        draft = _draft(by)
        newest = _published(by.jurisdiction_id)
        version = newest.version if newest else 0
        if version != draft.begun_from:
            raise BadInput(N_("Somebody published other rules meanwhile. Discard this draft and begin again."))
        tried = Replay.objects.filter(
            jurisdiction_id=by.jurisdiction_id,
            digest=digest_of(draft.rules),
            against=version,
            finished_at__isnull=False,
        )
        if not tried.exists():
            raise BadInput(N_("Try these rules on past requests first: see below what would change."))
        draft.version, draft.reason = version + 1, reason
        draft.by_id, draft.at = by.actor.account_id, by.at
        draft.save(update_fields=["version", "reason", "by_id", "at"])
        catalog.changed(by.jurisdiction_id)
        return draft.version


def go_back(by: By, *, version: int, reason: str) -> int:
    """Let the rules of an old version count again, as a new version, and return that. A draft is left as it is."""
    by.actor.require(Verb.EDIT_CATALOGUE, agency="")
    reason = cleaned(reason)[:300]
    if not reason:
        raise BadInput(N_("Say why it changes: those who come after will ask."), field="reason")
    with transaction.atomic():
        old = RuleSet.objects.filter(jurisdiction_id=by.jurisdiction_id, version=version, version__gt=0).first()
        if old is None:
            raise BadInput(N_("There is no version %(version)d."), version=version)
        return _publish(
            by.jurisdiction_id, old.rules, at=by.at, by_id=by.actor.account_id, reason=reason, origin="back"
        )


def _publish(jurisdiction_id: str, rules: object, *, at: datetime, by_id: int | None, reason: str, origin: str) -> int:
    newest = _published(jurisdiction_id)
    kept = RuleSet.objects.create(
        jurisdiction_id=jurisdiction_id,
        version=(newest.version if newest else 0) + 1,
        rules=rules,
        begun_from=newest.version if newest else 0,
        by_id=by_id,
        at=at,
        reason=reason,
        origin=origin,
    )
    catalog.changed(jurisdiction_id)
    return kept.version


def load_rules(*, jurisdiction_id: str, raw: Sequence[object], at: datetime) -> int | None:
    """
    Publish the rules of a city's file and return their version; None where the file says what it said last time.

    What people published since stands until the file itself changes. Raises Several.
    """
    rules = [written(rule) for rule in read_rules(raw)]
    with transaction.atomic():
        loaded = RuleSet.objects.filter(jurisdiction_id=jurisdiction_id, origin="file").order_by("-version").first()
        if loaded and loaded.rules == rules:
            return None
        return _publish(jurisdiction_id, rules, at=at, by_id=None, reason="", origin="file")


def begin_replay(by: By, *, since: datetime) -> int:
    """Have the draft tried on the requests since an instant, in a job, and return the replay's id."""
    with transaction.atomic():
        draft = _draft(by)
        newest = _published(by.jurisdiction_id)
        replay = Replay.objects.create(
            jurisdiction_id=by.jurisdiction_id,
            digest=digest_of(draft.rules),
            against=newest.version if newest else 0,
            since=since,
            until=by.at,
            asked_by_id=by.actor.account_id,
            asked_at=by.at,
        )
        jobs.defer(RUN_REPLAY, city=by.jurisdiction_id, subject_id=replay.pk, lock=f"replay:{by.jurisdiction_id}")
        return replay.pk


def keep_replay(
    replay: Replay, *, done: int, total: int, result: Mapping[str, Any], finished_at: datetime | None
) -> None:
    """Write down how far a replay is, and what it found."""
    Replay.objects.filter(jurisdiction_id=replay.jurisdiction_id, pk=replay.pk).update(
        done=done, total=total, result=dict(result), finished_at=finished_at
    )


def raise_alarm(*, jurisdiction_id: str, request_id: int, facts: Mapping[str, Any], at: datetime) -> None:
    """Write down each rule that could not be followed, and tell of it by mail once a rule and day."""
    routing = facts.get("routing", {})
    on = at.astimezone(catalog_queries.city(jurisdiction_id).zone).date()
    for failed in routing.get("failed", ()):
        RoutingFailure.objects.create(
            jurisdiction_id=jurisdiction_id,
            request_id=request_id,
            rule_version=routing["version"],
            rule=failed["rule"],
            fault=failed["fault"],
            what=failed["what"],
            at=at,
        )
        alarm, is_first = RoutingAlarm.objects.get_or_create(
            jurisdiction_id=jurisdiction_id,
            rule=failed["rule"],
            on=on,
            defaults={"fault": failed["fault"], "what": failed["what"], "first_at": at},
        )
        if is_first:
            jobs.defer(TELL_ALARM, city=jurisdiction_id, subject_id=alarm.pk)


def see_alarm(*, jurisdiction_id: str, alarm_id: int, actor: Actor, at: datetime) -> None:
    """Write down that somebody has seen to an alarm; it comes back the next day the rule fails."""
    actor.require(Verb.SEE_ROUTING, agency=actor.agency)
    RoutingAlarm.objects.filter(jurisdiction_id=jurisdiction_id, pk=alarm_id, seen_at=None).update(
        seen_at=at, seen_by_id=actor.account_id
    )
