"""What routing answers: the rules of a city, what is odd about them, what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Kind
from ombud.triage.routing import live
from ombud.triage.routing.commands import digest_of
from ombud.triage.routing.models import Replay, RoutingAlarm, RoutingFailure, RuleSet
from ombud.triage.routing.rules.analysis import Finding, findings
from ombud.triage.routing.rules.boxes import Known
from ombud.triage.routing.rules.rule import AnyRule, Rule, kept_rules


@dataclass(frozen=True, slots=True)
class Edited:
    """The rules as an administrator sees them: the draft where there is one, else what is published."""

    rules: tuple[AnyRule, ...]
    raw: tuple[dict[str, Any], ...]
    version: int
    is_draft: bool
    edits: int
    digest: str


def edited(jurisdiction_id: str) -> Edited:
    """Return the rules that are being edited."""
    draft = RuleSet.objects.filter(jurisdiction_id=jurisdiction_id, version=0).first()
    newest = published(jurisdiction_id)
    raw = draft.rules if draft else newest.rules if newest else []
    return Edited(
        rules=kept_rules(raw),
        raw=tuple(raw),
        version=newest.version if newest else 0,
        is_draft=draft is not None,
        edits=draft.edits if draft else 0,
        digest=digest_of(raw),
    )


def published(jurisdiction_id: str) -> RuleSet | None:
    """Return the rules that count, None where only the catalogue does."""
    return RuleSet.objects.filter(jurisdiction_id=jurisdiction_id, version__gt=0).order_by("-version").first()


def versions(jurisdiction_id: str, *, limit: int = 50) -> list[RuleSet]:
    """Return the published versions, newest first."""
    return list(RuleSet.objects.filter(jurisdiction_id=jurisdiction_id, version__gt=0).order_by("-version")[:limit])


def rules_at(jurisdiction_id: str, version: int) -> tuple[AnyRule, ...]:
    """Return the rules of a version; none where it never was."""
    row = RuleSet.objects.filter(jurisdiction_id=jurisdiction_id, version=version, version__gt=0).first()
    return kept_rules(row.rules) if row else ()


def known(city: City, rules: Sequence[AnyRule]) -> Known:
    """Return what the city has, for telling what is odd about rules."""
    kept = live.Kept.of(0, rules)
    ground = live.Ground.of(city, kept)
    reportable = {c: s for c, s in city.services.items() if s.kind is not Kind.HAND_OFF}
    areas: dict[tuple[str, str], frozenset[str]] = {}
    for atlas in (ground.atlas, ground.old):
        for layer in atlas.layers if atlas else ():
            areas[layer] = (
                frozenset(a.code for a in atlas.areas if (a.layer, a.vintage) == layer) if atlas else frozenset()
            )
    return Known(
        services={code: (service.group, service.criticality) for code, service in reportable.items()},
        choices={code: {q.code: q.choices for q in s.questions if q.choices} for code, s in reportable.items()},
        areas=areas,
        house=ground.house,
    )


def oddities(city: City, rules: Sequence[AnyRule]) -> list[Finding]:
    """Return what is odd about a list of rules."""
    readable = [rule for rule in rules if isinstance(rule, Rule)]
    return findings(readable, known(city, readable))


def newest_replay(jurisdiction_id: str, digest: str, against: int) -> Replay | None:
    """Return the last replay of just these rules against just that version."""
    rows = Replay.objects.filter(jurisdiction_id=jurisdiction_id, digest=digest, against=against)
    return rows.order_by("-asked_at", "-pk").first()


def replay(jurisdiction_id: str, replay_id: int) -> Replay | None:
    """Return one replay."""
    return Replay.objects.filter(jurisdiction_id=jurisdiction_id, pk=replay_id).first()


def alarm(jurisdiction_id: str, alarm_id: int) -> RoutingAlarm | None:
    """Return one alarm."""
    return RoutingAlarm.objects.filter(jurisdiction_id=jurisdiction_id, pk=alarm_id).first()


def alarms(jurisdiction_id: str, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return the alarms, those nobody has seen to first, each with the requests it is about."""
    rows = list(
        RoutingAlarm.objects.filter(jurisdiction_id=jurisdiction_id).order_by("seen_at", "-first_at", "-pk")[:limit]
    )
    rows.sort(key=lambda row: (row.seen_at is not None, -row.first_at.timestamp()))
    return [{"alarm": row, **_about(row)} for row in rows]


def _about(row: RoutingAlarm) -> dict[str, Any]:
    rows = RoutingFailure.objects.filter(jurisdiction_id=row.jurisdiction_id, rule=row.rule, at__gte=row.first_at)
    rows = rows.filter(at__lt=row.first_at + timedelta(days=1))
    told = rows.aggregate(n=Count("pk"), last=Max("at"))
    return {**told, "request_ids": list(rows.order_by("-at").values_list("request_id", flat=True)[:5])}


_BOUNCES = """
WITH sent AS (
    SELECT request_id, facts #>> '{routing,by,where}' AS rule
    FROM ombud_request_event
    WHERE jurisdiction_id = %(city)s AND at >= %(since)s AND kind = 'submitted'
), back AS (
    SELECT DISTINCT request_id
    FROM ombud_request_event
    WHERE jurisdiction_id = %(city)s AND at >= %(since)s
      AND (kind IN ('sent_back', 'transferred')
           OR kind = 'service_changed' AND changes ? 'agency')
)
SELECT coalesce(rule, ''), count(*), count(back.request_id),
       (array_agg(back.request_id ORDER BY back.request_id DESC) FILTER (WHERE back.request_id IS NOT NULL))[1:5]
FROM sent LEFT JOIN back USING (request_id)
GROUP BY 1
HAVING count(back.request_id) > 0 OR coalesce(rule, '') <> ''
ORDER BY count(back.request_id) DESC, 1
"""


@dataclass(frozen=True, slots=True)
class Bounced:
    """How often what a rule sent somewhere did not stay there; an empty rule is the catalogue."""

    rule: str
    sent: int
    bounced: int
    examples: tuple[int, ...]

    @property
    def share(self) -> float:
        """The share of what it sent, 0 to 1."""
        return self.bounced / self.sent if self.sent else 0.0


def bounces(jurisdiction_id: str, *, since: datetime) -> list[Bounced]:
    """Return for each rule what it sent since an instant and how much of it came back or went on to another agency."""
    with connection.cursor() as cursor:
        cursor.execute(_BOUNCES, {"city": jurisdiction_id, "since": since})
        return [Bounced(rule, n, back, tuple(ids or ())) for rule, n, back, ids in cursor.fetchall()]
