"""What would other rules have done? The requests of a time asked again, with what was kept of each."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ombud.catalog.city import City
from ombud.places import assets
from ombud.service_requests import past as past_requests
from ombud.service_requests.past import Past
from ombud.service_requests.ports import Routable
from ombud.triage.routing.live import Ground, Kept, asset_of
from ombud.triage.routing.rules.engine import Decision
from ombud.triage.routing.rules.rule import Aspect

AT_ONCE = 1000
EXAMPLES = 5
REQUESTS_AT_MOST = 50_000


def routable(city: City, past: Past) -> Routable | None:
    """Return a request as it was asked for; None where its service is in the catalogue no more."""
    service = city.services.get(past.service_code)
    if service is None:
        return None
    return Routable(
        service=service,
        channel=past.channel,
        requested_at=past.requested_at,
        answers=past.answers,
        areas=past.areas,
        lon=past.lon,
        lat=past.lat,
        asset=past.asset,
        danger=past.danger,
    )


def decided(city: City, kept: Kept, past: Sequence[Past]) -> Iterator[tuple[Past, Decision]]:
    """Yield what a list of rules says of past requests; those of lost services are left out."""
    ground = Ground.of(city, kept)
    known = assets.of_tags(city.id, [p.asset for p in past]) if kept.asks_assets else {}
    for one in past:
        if new := routable(city, one):
            yield one, ground.decide(kept, new, asset_of(known.get(new.asset)))


@dataclass
class Comparison:
    """What two lists of rules say of the same requests: counts from one answer to another, with examples."""

    n: int = 0
    changed: int = 0
    moves: dict[Aspect, Counter[tuple[str, str]]] = field(default_factory=lambda: {a: Counter() for a in Aspect})
    examples: dict[tuple[Aspect, str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    rules: Counter[str] = field(default_factory=Counter)
    failures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    with_unit: int = 0
    same_unit: Counter[str] = field(default_factory=Counter)

    def take(self, past: Past, before: Decision, after: Decision) -> None:
        """Count one request."""
        self.n += 1
        differs = False
        for aspect in Aspect:
            old, new = worded(before, aspect), worded(after, aspect)
            if old != new:
                differs = True
                self.moves[aspect][old, new] += 1
                kept = self.examples[aspect, old, new]
                if len(kept) < EXAMPLES:
                    kept.append(past.request_id)
        self.changed += differs
        self.rules.update({code for code in after.by.values() if code})
        self.failures.update((f.rule, f.fault.value, f.what) for f in after.failures)
        if past.unit:
            self.with_unit += 1
            self.same_unit["before"] += (before.agency, before.unit) == (past.agency, past.unit)
            self.same_unit["after"] += (after.agency, after.unit) == (past.agency, past.unit)

    def told(self) -> dict[str, Any]:
        """Return it as plain data, most frequent first."""
        return {
            "n": self.n,
            "changed": self.changed,
            "moves": {
                aspect.value: [
                    {"from": old, "to": new, "n": n, "examples": self.examples[aspect, old, new]}
                    for (old, new), n in self.moves[aspect].most_common(100)
                ]
                for aspect in Aspect
            },
            "rules": dict(self.rules.most_common()),
            "failures": [
                {"rule": rule, "fault": fault, "what": what, "n": n}
                for (rule, fault, what), n in self.failures.most_common(100)
            ],
            "with_unit": self.with_unit,
            "same_unit": dict(self.same_unit),
        }


def worded(decision: Decision, aspect: Aspect) -> str:
    """Return what a decision says of an aspect, in codes: `LASAN NC`, `high`, `3 working_days`."""
    match aspect:
        case Aspect.WHERE:
            return " ".join(part for part in (decision.agency, decision.unit, decision.person) if part)
        case Aspect.PRIORITY:
            return decision.priority
        case Aspect.TARGET:
            return f"{decision.target.value:g} {decision.target.unit}" if decision.target else ""


def compared(
    city: City,
    before: Kept,
    after: Kept,
    *,
    since: datetime,
    until: datetime,
    tell: Callable[[int, Mapping[str, Any]], None],
) -> Comparison:
    """Ask both lists of rules about the requests of a time, newest first, and `tell` how far it is now and then."""
    comparison = Comparison()
    for chunk in past_requests.past(city.id, since=since, until=until, size=AT_ONCE, at_most=REQUESTS_AT_MOST):
        old = {past.request_id: decision for past, decision in decided(city, before, chunk)}
        for past, decision in decided(city, after, chunk):
            comparison.take(past, old[past.request_id], decision)
        tell(comparison.n, comparison.told())
    return comparison
