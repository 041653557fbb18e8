"""
How much personal data is found in texts: `python -m bench.texts`.

On texts of our own (`bench/gold/redaction.txt`), as no city gives out texts with the personal data marked. They are
parted by the SHA-256 of each line into those that the rules were made with and those held out.

And how long the longest description may take that somebody makes up to keep a city busy.
"""

import hashlib
import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from ombud.triage.words.rules.judging import Share
from ombud.triage.words.rules.redaction import find

GOLD = Path(__file__).parent / "gold" / "redaction.txt"
LONGEST = 4000
REPEATED = ("é", "a-", "+1", "A1", "a.", "a@", "1 ", "1/2 ", "1234 ", " ", "a at ", "dot ", "calle ", "plate ", "my ")
_MARK = re.compile(r"\{(\w+):([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Gold:
    """A text with what must be masked in it: kind, from, to."""

    language: str
    stratum: str
    text: str
    spans: tuple[tuple[str, int, int], ...]
    held_out: bool


def gold() -> list[Gold]:
    """Return the marked texts."""
    lines = [line for line in GOLD.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [_read(line) for line in lines]


def _read(line: str) -> Gold:
    language, stratum, marked = line.split("|", 2)
    text, spans, end = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[end : mark.start()]
        spans.append((mark[1], len(text), len(text) + len(mark[2])))
        text += mark[2]
        end = mark.end()
    held_out = hashlib.sha256(line.encode()).digest()[0] % 2 == 0
    return Gold(language, stratum, text + marked[end:], tuple(spans), held_out)


def main(*, held_out: bool = True) -> None:
    """Print recall by language, stratum and kind, with intervals, and how much was masked that need not be."""
    covered: dict[tuple[str, ...], list[bool]] = defaultdict(list)
    needless, masked = 0, 0
    decoys: list[bool] = []
    for one in (g for g in gold() if g.held_out == held_out):
        found = find(one.text)
        masked += len(found)
        for kind, start, end in one.spans:
            # Whether every letter of it is masked; under which kind does not matter to who is named.
            whole = all(
                any(s.start <= at < s.end for s in found) or not one.text[at].isalnum() for at in range(start, end)
            )
            for group in ((one.language, one.stratum), ("kind", kind), ("all",)):
                covered[group].append(whole)
        needless += sum(all(s.end <= a or s.start >= b for _, a, b in one.spans) for s in found)
        if one.stratum == "decoy":
            decoys.append(bool(found))
    for group, hits in sorted(covered.items()):
        print(f"{' '.join(group):<16} found whole: {Share(sum(hits), len(hits))}")
    print(f"masked without need: {Share(needless, masked)} of what was masked")
    print(f"decoys touched: {Share(sum(decoys), len(decoys))}")
    slowest, repeated = max((_milliseconds(repeated), repeated) for repeated in REPEATED)
    print(f"longest description: {slowest:.0f} ms at most, of {repeated!r} again and again")
    print(json.dumps({" ".join(k): [sum(v), len(v)] for k, v in sorted(covered.items())}))


def _milliseconds(repeated: str) -> float:
    began = time.perf_counter()
    find((repeated * LONGEST)[:LONGEST])
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
