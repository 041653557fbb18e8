"""
What follows from a score: join at once, ask the dispatcher, or leave alone. Each thing is compared by itself.

A report joins one thing, the likeliest. Never one through another: two things that each resemble a third are still
two, or chains of reports would eat whole streets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ombud.triage.likeness.rules.evidence import Finding, compare
from ombud.triage.likeness.rules.scoring import Weights
from ombud.triage.likeness.rules.sighting import Sighting, Thing

Decision = Literal["join", "ask", "again", "leave"]


@dataclass(frozen=True, slots=True)
class Bars:
    """
    The two bars of a service, as probabilities, and how long a thing counts.

    At `join` and above a report joins at once, at `ask` and above the dispatcher is asked. A thing that is open for
    more than `open_days` is not compared any more; one that ended within `again_days` is reported again.
    """

    join: float
    ask: float
    open_days: float
    again_days: float


# Measured on the labelled duplicates of three cities; see docs/explanation/duplicates.md.
DEFAULTS = Bars(join=0.85, ask=0.5, open_days=100, again_days=14)
WINDOW_DAYS = 14.0


@dataclass(frozen=True, slots=True)
class Match:
    """A thing that a report may be of, how likely, and why."""

    thing: Thing
    probability: float
    findings: tuple[Finding, ...]

    @property
    def reasons(self) -> list[dict[str, object]]:
        """What was found as plain data for an event: codes and numbers, never words of people."""
        return [
            {"found": f.name} if f.number is None else {"found": f.name, "n": round(f.number, 1)} for f in self.findings
        ]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a report; `best` is the thing it is about, where there is one to name."""

    decision: Decision
    best: Match | None = None


def matches(new: Sighting, things: Iterable[Thing], weights: Weights) -> list[Match]:
    """
    Return the things a report may be of, the likeliest first; at equal likelihood the older one.

    What is perhaps one thing with another is no rival to it: in a storm many reports wait beside each other, all of
    them of one thing as it may turn out, and each new one would be less likely to be of any.
    """
    near = [thing for thing in things if compare(new, thing) is not None]
    family = {thing.key: thing.maybe_of or thing.key for thing in near}
    family = {key: family.get(of, of) for key, of in family.items()}
    found = []
    for thing in near:
        rivals = len(set(family.values()) - {family[thing.key]})
        findings = compare(new, thing, rivals=rivals)
        if findings is not None:
            found.append(Match(thing, weights.probability(findings), tuple(findings)))
    return sorted(found, key=lambda m: (-m.probability, m.thing.first.at, m.thing.key))


def judge(new: Sighting, things: Sequence[Thing], *, bars: Bars, weights: Weights) -> Verdict:
    """
    Return what to do with a new report.

    What is open goes first: a report that could be of an open thing repeats it. Only where there is none, it is asked
    whether something that ended lately has come back.
    """
    still = [t for t in things if t.is_open_at(new.at) and new.at - t.first.at <= timedelta(days=bars.open_days)]
    ranked = matches(new, still, weights)
    if ranked and ranked[0].probability >= bars.ask:
        return Verdict("join" if ranked[0].probability >= bars.join else "ask", ranked[0])
    gone = [t for t in things if not t.is_open_at(new.at) and t.ended_within(bars.again_days, at=new.at)]
    back = matches(new, gone, weights)
    if back and back[0].probability >= bars.ask:
        return Verdict("again", back[0])
    best = max([*ranked[:1], *back[:1]], key=lambda m: m.probability, default=None)
    return Verdict("leave", best)
