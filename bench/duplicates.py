"""
Duplicates: how well reports are put together, on what three cities have labelled, at the shipped weights and bars.

    python -m bench.duplicates            measure on the years that nothing was learned from
    python -m bench.duplicates --learn    learn the weights anew from the earlier years, and write them

The method, and what the labels are, is told in `docs/explanation/duplicates.md`.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.duplicates_data import DATA, Labelled, read
from ombud.triage.likeness.rules import measures, scoring
from ombud.triage.likeness.rules.evidence import Finding, compare
from ombud.triage.likeness.rules.grid import Grid
from ombud.triage.likeness.rules.scoring import Weights
from ombud.triage.likeness.rules.sighting import Thing
from ombud.triage.likeness.rules.sorting import put_together
from ombud.triage.likeness.rules.verdict import DEFAULTS

# Within how many days the same thing is reported again: of the city's rule in Chicago, of dead animals in Boston and
# of tents in San Francisco. It is data of the service, chosen on the years that are not reported on; in San Francisco,
# where there is but one week, it was not chosen at all: it is what we would write for a thing that moves in days.
WINDOW_DAYS = {"chicago": 3.0, "boston": 0.25, "san_francisco": 2.0}
LEARNED_BEFORE = {"chicago": 2013, "boston": 2016, "san_francisco": 0}
REPORTED_FROM = {"chicago": 2013, "boston": 2016, "san_francisco": 0}
BASELINE_DAYS = 60
# What the labels of Chicago can speak of: its rule looks at the address only, so nothing is learned of other places.
# Of its kinds of complaint neither: that two name other kinds told nothing there, and elsewhere it may.
SPOKEN_OF = ("gap", "reports", "rivals")
# The longer ago, the less likely: neighbours of which the data say the opposite share one weight.
FALLING = ("gap:at_once", "gap:soon", "gap:in_time", "gap:late", "gap:later", "gap:longer")
KINDS = ("labels", "pairs", "b_cubed")
STRENGTH = 4.0  # as many reports as a weight that was set counts for


def main() -> None:
    """Measure, or learn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learn", action="store_true", help="write the weights anew")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with the cities' files")
    options = parser.parse_args()
    if not options.data.exists():
        raise SystemExit(f"The labelled files are not there: {options.data.name}. Say where with --data.")
    if options.learn:
        learn(options.data)
    print(json.dumps({city: measured(city, data=options.data) for city in WINDOW_DAYS}))


def measured(city: str, *, data: Path = DATA, weights: Weights | None = None) -> dict[str, Any]:
    """Return the figures of a city, and print them. All of its reports pass by; the later years are counted."""
    rows = read(city, window_days=WINDOW_DAYS[city], data=data)
    began = time.perf_counter()
    came = ((row.sighting, row.ended_at) for row in rows)
    grid = Grid(days=max(DEFAULTS.open_days, BASELINE_DAYS))
    found = list(put_together(came, grid=grid, bars=lambda _: DEFAULTS, weights=weights or scoring.shipped()))
    seconds = time.perf_counter() - began
    counted = [i for i, row in enumerate(rows) if row.sighting.at.year >= REPORTED_FROM[city]]
    flagged = [rows[i].flagged for i in counted]
    true, baseline = constructed_truth(rows), same_address(rows, flagged_only=False)
    keys = [rows[i].sighting.key for i in counted]
    joined = {one.key: one.thing for one in found}
    asked = {
        one.key: one.verdict.best.thing.key if one.verdict.decision == "ask" and one.verdict.best else one.thing
        for one in found
    }
    # What has come back is no repeat of anything open, and no label speaks of it.
    open_ones = [i for i in counted if found[i].verdict.decision != "again"]
    scores = [best.probability if (best := found[i].verdict.best) else 0.0 for i in open_ones]
    figures: dict[str, Any] = {"reports": len(counted), "labelled": sum(flagged)}
    for name, said in (("join", joined), ("join and ask", asked), ("baseline", baseline)):
        figures[name] = {
            "labels": measures.of_marks([said[k] != k for k in keys], flagged).told(),
            "pairs": measures.pairwise(said, {k: true[k] for k in keys}).told(),
            "b_cubed": measures.b_cubed(said, {k: true[k] for k in keys}).told(),
        }
    table, brier, error = measures.reliability(scores, [rows[i].flagged for i in open_ones])
    figures |= {
        "blocking_recall": round(blocking(rows, set(keys)), 4),
        "named_parents": named_parents(rows, set(keys), asked),
        "brier": round(brier, 4),
        "calibration_error": round(error, 4),
        "a_second": round(len(rows) / seconds),
    }
    _show(city, figures, table)
    return figures


def constructed_truth(rows: Sequence[Labelled]) -> dict[str, str]:
    """
    Return each report's true thing, as far as labels say it.

    Where the parent is named, it is that one; else the report before at the same address, 60 days back at most; else
    the report stands by itself, since nobody knows what it repeats.
    """
    named = {row.sighting.key for row in rows}
    before = same_address(rows, flagged_only=True)
    true: dict[str, str] = {}
    for row in rows:
        key = row.sighting.key
        parent = row.parent if row.parent in named else before[key]
        true[key] = true.get(parent, parent) if row.flagged else key
    return true


def same_address(rows: Sequence[Labelled], *, flagged_only: bool) -> dict[str, str]:
    """Return the thing of each report where the same address within 60 days is one thing: what is to be beaten."""
    last: dict[tuple[str, str], tuple[Any, str]] = {}
    things: dict[str, str] = {}
    for row in rows:
        new = row.sighting
        place = (new.service, new.address or str(new.point))
        at, thing = last.get(place, (None, ""))
        repeats = at is not None and new.at - at <= timedelta(days=BASELINE_DAYS) and bool(new.address or new.point)
        things[new.key] = thing if repeats and (row.flagged or not flagged_only) else new.key
        last[place] = (new.at, things[new.key])
    return things


def blocking(rows: Sequence[Labelled], keys: set[str]) -> float:
    """Return the share of labelled repeats for which anything at all was compared."""
    grid, hits, n = Grid(days=DEFAULTS.open_days), 0, 0
    for row in rows:
        if row.flagged and row.sighting.key in keys:
            n += 1
            hits += any(compare(row.sighting, thing) is not None for thing in grid.near(row.sighting))
        grid.add(Thing(row.sighting.key, row.sighting, row.ended_at))
    return hits / n if n else 1.0


def named_parents(rows: Sequence[Labelled], keys: set[str], said: dict[str, str]) -> str:
    """Say of how many reports whose parent is named, and here, both came to one thing, joined or asked about."""
    here = {row.sighting.key for row in rows}
    pairs = [(row.sighting.key, row.parent) for row in rows if row.parent in here and row.sighting.key in keys]
    return f"{sum(said[a] == said[b] for a, b in pairs)} of {len(pairs)}"


def learn(data: Path) -> None:
    """Learn the weights from Chicago's earlier years and write them, each said to be learned or set."""
    raw = json.loads(scoring.FILE.read_text(encoding="utf-8"))
    fixed = Weights.read(raw)
    examples = list(_examples(data))
    names = sorted({f.name for findings, _ in examples for f in findings if f.aspect in SPOKEN_OF} | {"address:same"})
    counts: dict[str, int] = defaultdict(int)
    known, marks, rest = np.zeros((len(examples), len(names))), np.zeros(len(examples)), np.zeros(len(examples))
    for i, (findings, hit) in enumerate(examples):
        marks[i], rest[i] = hit, fixed.base
        for f in findings:
            if f.name in names:
                known[i, names.index(f.name)] = 1
                counts[f.name] += 1
            else:
                rest[i] += fixed.of.get(f.name, 0.0)
    start = np.array([float(raw["weights"][n]["set"]) for n in names])
    learned = dict(zip(names, _newton(known, marks, rest, start).tolist(), strict=True))
    for name, weight in {**learned, **_falling(learned, counts)}.items():
        raw["weights"][name] |= {"weight": round(weight, 3), "n": counts[name]}
    scoring.FILE.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    scoring.shipped.cache_clear()


def _examples(data: Path) -> Iterable[tuple[list[Finding], bool]]:
    """Yield what was found of each report and the youngest open thing at its address, and its label."""
    rows = read("chicago", window_days=WINDOW_DAYS["chicago"], data=data)
    grid = Grid(days=DEFAULTS.open_days)
    for row in rows:
        new = row.sighting
        if new.at.year >= LEARNED_BEFORE["chicago"]:
            return
        there = [t for t in grid.near(new) if t.is_open_at(new.at) and t.first.address == new.address]
        if there and new.address:
            thing = max(there, key=lambda t: t.last_at)
            findings = compare(new, thing, rivals=len(there) - 1)
            if findings is not None:
                yield findings, row.flagged
            if row.flagged:
                thing.later.append(new)
                continue
        grid.add(Thing(new.key, new, row.ended_at))


def _falling(learned: Mapping[str, float], counts: Mapping[str, int]) -> dict[str, float]:
    """Return the weights that must fall, those that rise pooled with the ones before."""
    pools: list[tuple[list[str], float, int]] = []
    for name in FALLING:
        pools.append(([name], learned[name], counts[name]))
        while len(pools) > 1 and pools[-2][1] < pools[-1][1]:
            (late, y, m), (early, x, n) = pools.pop(), pools.pop()
            pools.append((early + late, (x * n + y * m) / (n + m), n + m))
    return {name: weight for names, weight, _ in pools for name in names}


def _newton(known: Any, marks: Any, rest: Any, start: Any) -> Any:
    """Return the weights of a logistic regression that is held to where it starts; a step that overshoots is halved."""

    def loss(weights: Any) -> float:
        odds = known @ weights + rest
        return float(np.sum(np.logaddexp(0, odds) - marks * odds) + STRENGTH / 2 * np.sum((weights - start) ** 2))

    weights, here = start.copy(), loss(start)
    for _ in range(100):
        said = 1 / (1 + np.exp(-(known @ weights + rest)))
        slope = known.T @ (said - marks) + STRENGTH * (weights - start)
        bend = (known * (said * (1 - said))[:, None]).T @ known + STRENGTH * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        while loss(weights - step) > here and np.abs(step).max() > 1e-12:
            step = step / 2
        weights, before = weights - step, here
        here = loss(weights)
        if before - here < 1e-9:
            break
    return weights


def _show(city: str, figures: dict[str, Any], table: Sequence[measures.Step]) -> None:
    print(f"{city}: {figures['reports']:,} reports counted, {figures['labelled']:,} labelled as repeats")
    print(f"  {'precision recall F1':32}  {'of labels':19}  {'of pairs':19}  {'B-cubed':19}")
    for name in ("join", "join and ask", "baseline"):
        told = figures[name]
        shown = (" ".join(f"{told[kind][q]:.3f}" for q in ("precision", "recall", "f1")) for kind in KINDS)
        print(f"  {name:32}  " + "  ".join(f"{words:19}" for words in shown))
    print(f"  compared at all: {figures['blocking_recall']:.3f}; named parents found: {figures['named_parents']}")
    print(f"  Brier {figures['brier']:.4f}, calibration error {figures['calibration_error']:.4f}; reliability:")
    for step in table:
        print(f"    from {step.low:.1f}: said {step.said:.2f}, true {step.true:.2f}, n = {step.n:,}")


if __name__ == "__main__":
    main()
