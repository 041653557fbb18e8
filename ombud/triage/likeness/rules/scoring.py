"""
How likely two reports are of one thing: the weights of what was found, added up as log-odds.

The weights are numbers in a file beside this one; how they came about is said in it and in
`docs/explanation/duplicates.md`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ombud.triage.likeness.rules.evidence import Finding

FILE = Path(__file__).parent / "weights.json"


@dataclass(frozen=True, slots=True)
class Weights:
    """One version of the weights, in log-odds by finding, and where the sum begins."""

    version: str
    base: float
    of: Mapping[str, float]

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Weights":
        """Return the weights as the file has them."""
        weights = {name: float(row["weight"]) for name, row in raw["weights"].items()}
        return cls(str(raw["version"]), float(raw["base"]), weights)

    def log_odds(self, findings: Sequence[Finding]) -> float:
        """Return the sum of what was found; a finding without a weight weighs nothing."""
        return self.base + sum(self.of.get(f.name, 0.0) for f in findings)

    def probability(self, findings: Sequence[Finding]) -> float:
        """Return how likely it is, between 0 and 1."""
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, self.log_odds(findings)))))


@cache
def shipped() -> Weights:
    """Return the weights that come with the package, read once."""
    return Weights.read(json.loads(FILE.read_text(encoding="utf-8")))
