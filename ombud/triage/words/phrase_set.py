"""The phrases that Ombud ships: its own, written for it, about kinds of problem that any city may have."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import yaml

NO_PROBLEM = "no_problem"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as a resident or a call taker would write it."""

    text: str
    language: str
    kind: str
    also: str
    traits: frozenset[str]
    split: str  # train, tune, test

    @property
    def tells_danger(self) -> bool:
        """Whether somebody should call for help at once."""
        return "danger" in self.traits


@lru_cache(maxsize=1)
def phrases() -> tuple[Phrase, ...]:
    """Return all phrases, in the order of the file."""
    lines = _folder("phrases.csv").read_text("utf-8").splitlines()
    return tuple(
        Phrase(row["text"], row["language"], row["kind"], row["also"], frozenset(row["traits"].split()), row["split"])
        for row in csv.DictReader(lines)
    )


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Mapping[str, list[str]]]:
    """Return for each kind of problem the names under which a catalogue may know it, by language."""
    read: dict[str, dict[str, list[str]]] = yaml.safe_load(_folder("kinds.yaml").read_text("utf-8"))
    return read


def _folder(name: str) -> Traversable:
    return files("ombud.triage.words") / "phrases" / name
