"""`ombud triage duplicates`: put the reports of a plain table together, without a city in the database."""

import csv
import gzip
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from ombud.catalog import queries as catalog
from ombud.kernel.errors import BadInput
from ombud.kernel.geo import Metres
from ombud.triage.likeness.policy import bars_of, groups_of, reach_of, window_of
from ombud.triage.likeness.reasons import in_words
from ombud.triage.likeness.rules import measures, scoring
from ombud.triage.likeness.rules.grid import Grid
from ombud.triage.likeness.rules.sorting import Sorted, put_together
from ombud.triage.likeness.rules.tables import Read, columns_of, read_row
from ombud.triage.likeness.rules.verdict import DEFAULTS, WINDOW_DAYS, Bars

HELP = (
    "Say of each request of a table which earlier one it repeats: join, ask a person, reported again after its end, "
    "or leave, each with score and reasons. Reads and writes CSV, plain or gzipped. Needs no database, unless --city "
    "takes a city's own distances and bars. Ends with 0 when all was written, 1 when the file was refused (nothing is "
    "written then), 2 for a wrong command line."
)
ADDED = ("incident", "candidate", "score", "decision", "reasons")
_CSV_LIMIT = 10_000_000
# Services may compare further back than the shipped figures do.
LONGEST_DAYS = 3650


def add_arguments(parser: ArgumentParser) -> None:
    """Take the files and what counts as near."""
    parser.add_argument("--input", type=Path, required=True, metavar="FILE", help="CSV, UTF-8; .gz is unpacked")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="where to write; .gz is packed")
    parser.add_argument("--city", default="", help="take distances, bars and groups of services of this city")
    parser.add_argument("--radius", type=float, default=50.0, metavar="METRES", help="how far apart at most (50)")
    parser.add_argument(
        "--days", type=float, default=WINDOW_DAYS, help="within how many days a thing is usually reported again (14)"
    )
    parser.add_argument("--join", type=float, default=DEFAULTS.join, help=f"the high bar ({DEFAULTS.join})")
    parser.add_argument("--ask", type=float, default=DEFAULTS.ask, help=f"the low bar ({DEFAULTS.ask})")


def run(options: Mapping[str, Any]) -> None:
    """Do it, and say what came of it. Raises BadInput for a file that cannot be read."""
    if not 0 <= options["ask"] <= options["join"] or options["radius"] < 0 or options["days"] <= 0:
        raise BadInput("The bars must rise (--ask, --join), --radius is not below 0, and --days is above 0.")
    began = time.perf_counter()
    policy = _policy(options)
    header, rows = _read(options["input"])
    read = _understood(header, rows, policy)
    order = sorted(range(len(read)), key=lambda i: (read[i].sighting.at, i))
    grid = Grid(days=LONGEST_DAYS if options["city"] else DEFAULTS.open_days, groups=policy.groups)
    came = ((read[i].sighting, read[i].ended_at) for i in order)
    found = dict(zip(order, put_together(came, grid=grid, bars=policy.bars, weights=scoring.shipped()), strict=True))
    _write(options["output"], header, rows, [found[i] for i in range(len(rows))])
    seconds = time.perf_counter() - began
    counted = Counter(one.verdict.decision for one in found.values())
    _say(
        f"{len(rows):,} requests in {seconds:.1f} s ({len(rows) / max(seconds, 1e-9):,.0f} a second): "
        f"{counted['join']:,} join, {counted['ask']:,} to ask about, {counted['again']:,} reported again, "
        f"{counted['leave']:,} left alone."
    )
    if any(r.truth for r in read):
        for line in _against_truth(read, found):
            _say(line)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as near and as sure: of a city by its services, or the same for all."""

    reach: Callable[[str], Metres]
    window: Callable[[str], float]
    bars: Callable[[str], Bars]
    groups: Mapping[str, str]


def _policy(options: Mapping[str, Any]) -> Policy:
    if options["city"]:
        city = catalog.city(options["city"])
        return Policy(partial(reach_of, city), partial(window_of, city), partial(bars_of, city), groups_of(city))
    reach, days = Metres(options["radius"]), float(options["days"])
    bars = replace(DEFAULTS, join=options["join"], ask=options["ask"])
    return Policy(lambda _: reach, lambda _: days, lambda _: bars, {})


def _opened(path: Path, mode: str) -> IO[str]:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    stream: IO[str] = opener(path, f"{mode}t", encoding="utf-8-sig" if mode == "r" else "utf-8", newline="")
    return stream


def _read(path: Path) -> tuple[list[str], list[dict[str, str | None]]]:
    csv.field_size_limit(_CSV_LIMIT)
    try:
        with _opened(path, "r") as stream:
            reader = csv.DictReader(stream)
            header = list(reader.fieldnames or ())
            rows = list(reader)
    except UnicodeDecodeError:
        raise BadInput("%(file)s is not UTF-8. Save it as CSV in UTF-8.", file=path.name) from None
    except (OSError, EOFError, csv.Error) as trouble:
        raise BadInput("%(file)s cannot be read: %(why)s.", file=path.name, why=str(trouble)) from trouble
    if not rows:
        raise BadInput("%(file)s has no rows.", file=path.name)
    return header, rows


def _understood(header: Sequence[str], rows: Sequence[Mapping[str, str | None]], policy: Policy) -> list[Read]:
    columns = columns_of(header)
    read, seen = [], set()
    for line, row in enumerate(rows, start=2):
        service = (row.get(columns["service"]) or "").strip()
        reach, window = policy.reach(service), policy.window(service)
        one = read_row(row, columns, reach=reach, window_days=window, line=line)
        if one.sighting.key in seen:
            raise BadInput("Line %(line)d: the id “%(id)s” is there twice.", line=line, id=one.sighting.key[:60])
        seen.add(one.sighting.key)
        read.append(one)
    return read


def _write(
    path: Path, header: Sequence[str], rows: Sequence[Mapping[str, str | None]], found: Sequence[Sorted]
) -> None:
    # A column of ours that the table has already is written over in its place: running it again changes no shape.
    added = {name: f"found_{name}" if name in header else name for name in ADDED}
    try:
        with _opened(path, "w") as stream:
            writer = csv.DictWriter(stream, [*header, *added.values()], extrasaction="ignore")
            writer.writeheader()
            for row, one in zip(rows, found, strict=True):
                best = one.verdict.best
                said = (
                    one.thing,
                    best.thing.key if best else "",
                    f"{best.probability:.3f}" if best else "",
                    one.verdict.decision,
                    "; ".join(in_words(best.reasons)) if best else "",
                )
                writer.writerow({**row, **dict(zip(added.values(), said, strict=True))})
    except OSError as trouble:
        raise BadInput("%(file)s cannot be written: %(why)s.", file=path.name, why=str(trouble)) from trouble


def _against_truth(read: Sequence[Read], found: Mapping[int, Sorted]) -> list[str]:
    """Compare with the truth that the table tells: the id of the incident, or of the first report of it."""
    true = {r.sighting.key: r.truth or r.sighting.key for r in read}
    said = {one.key: one.thing for one in found.values()}
    lines = []
    for name, quality in (("pairs", measures.pairwise(said, true)), ("B-cubed", measures.b_cubed(said, true))):
        told = f"precision {quality.precision:.3f}, recall {quality.recall:.3f}, F1 {quality.f1:.3f}"
        lines.append(f"Against the truth in the table, {name}: {told} (n = {quality.n:,}).")
    return lines
