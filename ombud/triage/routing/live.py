"""
Routing as it happens: the published rules of a city, kept in the process, asked for each request.

What is asked here and what a replay asks is the same function of the same kept facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.kernel.geo import LonLat
from ombud.people import queries as people
from ombud.places import assets
from ombud.places import queries as places
from ombud.places.atlas import Atlas
from ombud.service_requests.ports import Routable, Routed, by_catalogue
from ombud.triage.routing import commands
from ombud.triage.routing.models import RuleSet
from ombud.triage.routing.rules.engine import CATALOGUE, Decision, decide
from ombud.triage.routing.rules.facts import Asset, Default, Facts, House
from ombud.triage.routing.rules.rule import CURRENT, AnyRule, Aspect, Rule, kept_rules


@dataclass(frozen=True, slots=True)
class Kept:
    """A list of rules at a version, with what it takes to answer them."""

    version: int
    rules: tuple[AnyRule, ...]
    layers: frozenset[tuple[str, str]] = frozenset()
    names_people: bool = False
    asks_assets: bool = False

    @classmethod
    def of(cls, version: int, rules: Sequence[AnyRule]) -> "Kept":
        """Return the list with what it needs looked up."""
        readable = [rule for rule in rules if isinstance(rule, Rule)]
        return cls(
            version=version,
            rules=tuple(rules),
            layers=frozenset((area.layer, area.vintage) for rule in readable for area in rule.when.areas),
            names_people=any(rule.then.person for rule in readable),
            asks_assets=any(rule.when.asset for rule in readable),
        )


# One entry a city: every change of rules counts the catalogue's version up, which each visit looks at anyhow.
_kept: dict[str, tuple[int, Kept]] = {}


def current(city: City) -> Kept:
    """Return the rules that count in a city."""
    known = _kept.get(city.id)
    if known is None or known[0] != city.version:
        row = RuleSet.objects.filter(jurisdiction_id=city.id, version__gt=0).order_by("-version").first()
        known = _kept[city.id] = (city.version, Kept.of(row.version, kept_rules(row.rules)) if row else Kept(0, ()))
    return known[1]


def forget() -> None:
    """Read the rules of every city anew."""
    _kept.clear()


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is in a city now, and its areas, for asking one list of rules many times."""

    city: City
    house: House
    atlas: Atlas
    old: Atlas | None
    accounts: Mapping[str, int]

    @classmethod
    def of(cls, city: City, kept: Kept) -> "Ground":
        """Return it for a list of rules: only what the list asks about is read."""
        atlas = places.atlas(city.id)
        named = {(layer, vintage) for layer, vintage in kept.layers if vintage != CURRENT} - atlas.layers
        old = places.atlas_of(city.id, named) if named else None
        workers = people.workers(city.id) if kept.names_people else {}
        house = House(
            units=city.working_units(),
            people={email: agencies for email, (_, agencies) in workers.items()},
            layers=atlas.layers | (old.layers if old else frozenset()),
            current=dict(atlas.layers),
            asset_layers=frozenset(assets.asset_layers(city.id)) if kept.asks_assets else frozenset(),
        )
        return cls(city, house, atlas, old, {email: account for email, (account, _) in workers.items()})

    def facts(self, kept: Kept, new: Routable, asset: Asset | None) -> Facts:
        """Return a request as the rules see it."""
        local = new.requested_at.astimezone(self.city.zone)
        return Facts(
            service=new.service.code,
            group=new.service.group,
            criticality=new.service.criticality,
            channel=new.channel,
            answers={str(a.get("code", "")): _values(a.get("value")) for a in new.answers},
            areas=self._areas(kept, new),
            asset=asset,
            minute=local.hour * 60 + local.minute,
            weekday=local.weekday(),
            day=local.month * 100 + local.day,
            danger=new.danger,
        )

    def _areas(self, kept: Kept, new: Routable) -> frozenset[tuple[str, str, str]]:
        """Return the areas kept with the place, and by its point those of layers that came later or are not today's."""
        found = {(str(a.get("layer")), str(a.get("vintage")), str(a.get("code"))) for a in new.areas}
        told = {(layer, vintage) for layer, vintage, _ in found}
        asked = {(layer, self.house.vintage(layer, vintage)) for layer, vintage in kept.layers} - told
        if asked and new.lon is not None and new.lat is not None:
            point = LonLat(new.lon, new.lat)
            for atlas in (self.atlas, self.old):
                for area in atlas.areas_at(point) if atlas else ():
                    if (area.layer, area.vintage) in asked:
                        found.add((area.layer, area.vintage, area.code))
        return frozenset(found)

    def decide(self, kept: Kept, new: Routable, asset: Asset | None) -> Decision:
        """Return what the rules say of a request."""
        return decide(kept.rules, self.facts(kept, new, asset), default_of(new.service), self.house)


def default_of(service: ServiceDefinition) -> Default:
    """Return what the catalogue says of a service, as the last rule of all."""
    said = by_catalogue(service)
    return Default(said.agency, said.unit, said.priority, said.target)


def _values(value: Any) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, (list, tuple)) else frozenset({str(value)})


def asset_of(view: assets.AssetView | None) -> Asset | None:
    """Return an asset as rules see it."""
    if view is None:
        return None
    return Asset(view.layer, view.code, view.owner, {k: str(v) for k, v in view.attributes.items()})


def looked_up(city_id: str, kept: Kept, new: Routable) -> Asset | None:
    """Return the asset of a request, where a rule may ask about it."""
    return asset_of(assets.asset(city_id, new.asset)) if new.asset and kept.asks_assets else None


class Live:
    """The router that `wiring` hands to the record; see `service_requests.ports`."""

    def route(self, city: City, new: Routable) -> Routed:
        """Return where a request goes, by the published rules."""
        kept = current(city)
        if not kept.rules and new.service.agency in city.working_units():
            return by_catalogue(new.service)
        ground = Ground.of(city, kept)
        decision = ground.decide(kept, new, looked_up(city.id, kept, new))
        return Routed(
            agency=decision.agency,
            unit=decision.unit,
            assignee_id=ground.accounts.get(decision.person.lower()) if decision.person else None,
            priority=decision.priority,
            target=decision.target,
            facts={"routing": told(kept.version, decision)},
            failed=bool(decision.failures),
        )

    def failed(self, *, jurisdiction_id: str, request_id: int, routed: Routed, at: datetime) -> None:
        """Raise the alarm for each rule that could not be followed."""
        commands.raise_alarm(jurisdiction_id=jurisdiction_id, request_id=request_id, facts=routed.facts, at=at)


LIVE = Live()


def told(version: int, decision: Decision) -> dict[str, Any]:
    """Return a decision as the event tells it: codes and numbers only; what the catalogue decided is left out."""
    facts: dict[str, Any] = {
        "version": version,
        "by": {aspect.value: code for aspect, code in decision.by.items() if code != CATALOGUE},
    }
    if decision.target and decision.by[Aspect.TARGET] != CATALOGUE:
        facts["target"] = {"value": decision.target.value, "unit": decision.target.unit}
    if decision.failures:
        facts["failed"] = [{"rule": f.rule, "fault": f.fault.value, "what": f.what[:120]} for f in decision.failures]
    return facts
