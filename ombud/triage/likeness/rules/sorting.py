"""Many reports put together, one after the other as they came: what a table needs, and what is measured."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ombud.triage.likeness.rules.grid import Grid
from ombud.triage.likeness.rules.scoring import Weights
from ombud.triage.likeness.rules.sighting import Sighting, Thing
from ombud.triage.likeness.rules.verdict import Bars, Verdict, judge


@dataclass(frozen=True, slots=True)
class Sorted:
    """A report with the thing it was put to and what was decided."""

    key: str
    thing: str
    verdict: Verdict


def put_together(
    reports: Iterable[tuple[Sighting, datetime | None]],
    *,
    grid: Grid,
    bars: Callable[[str], Bars],
    weights: Weights,
) -> Iterator[Sorted]:
    """
    Yield each report with its thing, the earliest first; `reports` come in this order, with when each one ended.

    Nothing is known of what comes later: that a thing ended counts from when it ended.
    """
    for new, ended_at in reports:
        verdict = judge(new, grid.near(new), bars=bars(new.service), weights=weights)
        if verdict.decision == "join" and verdict.best:
            thing = verdict.best.thing
            thing.later.append(new)
            if thing.ended_at is not None:
                thing.ended_at = max(thing.ended_at, ended_at) if ended_at else None
        else:
            thing = Thing(new.key, new, ended_at)
            if verdict.decision == "ask" and verdict.best:
                thing.maybe_of = verdict.best.thing.key
            grid.add(thing)
        yield Sorted(new.key, thing.key, verdict)
