"""
Suggestions and words of danger: `python -m bench.classify`.

On our own phrases (the split "test", which nothing was chosen on) and on what real text there is beside the project;
the two are never added up. The method and what the figures are worth: docs/explanation/classification.md.
"""

import csv
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bench.duplicates_data import DATA
from ombud.catalog.rules import search
from ombud.catalog.rules.definition import ServiceDefinition, read_definition
from ombud.triage.words.phrase_set import Phrase, kinds, phrases
from ombud.triage.words.rules import cold, features, fitting, judging
from ombud.triage.words.rules.cold import Lesson
from ombud.triage.words.rules.judging import Guess, Share
from ombud.triage.words.rules.model import LinearModel
from ombud.triage.words.rules.watch import danger_in
from ombud.triage.words.word_lists import watch

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "bench" / "gold"
REMOVED = "[text removed"
# What Boston's form writes itself before what staff wrote.
_FORM_WORDS = re.compile(r"^Case Closed\.?( Closed date : [\d:. -]+)?|Case (Resolved|Noted|Closed)")


def main() -> None:
    """Print every figure; the last line is JSON."""
    told: dict[str, Any] = {}
    for city in ("los_angeles", "new_york"):
        told[city] = _own_phrases(city)
    told["danger"] = {language: _danger(language) for language in ("en", "es")}
    if DATA.exists():
        told["real"] = _real()
    else:
        print(f"The real data are not beside the project ({DATA}): nothing is told of them.")
    print(json.dumps(told))


def services_of(city: str) -> list[ServiceDefinition]:
    """Return the services of a demo city."""
    files = sorted((ROOT / "demo" / city / "services").glob("*.yaml"))
    return [read_definition(raw) for path in files for raw in yaml.safe_load(path.read_text("utf-8"))]


def kinds_in(city: str) -> Mapping[str, frozenset[str]]:
    """Return which services of a demo city a kind of problem truly belongs to, as written down by hand."""
    with (GOLD / f"kinds_{city}.csv").open(encoding="utf-8", newline="") as file:
        return {row["kind"]: frozenset(row["services"].split()) for row in csv.DictReader(file)}


def fitted(services: Sequence[ServiceDefinition]) -> LinearModel:
    """Return the model that a worker makes of a catalogue."""
    known = cold.known(services)
    return fitting.fit(cold.lessons(known, phrases(), kinds()), [s.code for s in known])


def _own_phrases(city: str) -> dict[str, Any]:
    services, truth = services_of(city), kinds_in(city)
    asked = [p for p in phrases() if p.split == "test" and p.kind in truth]
    right = [truth[p.kind] | truth.get(p.also, frozenset()) for p in asked]
    began = time.perf_counter()
    ready = cold.cold_model(cold.known(services), phrases(), kinds())
    made = time.perf_counter() - began
    model = fitted(services)
    entries = search.index(services)
    print(
        f"\n{city}: {len(services)} services, {len(asked)} phrases of our own, held out (made at once in {made:.1f} s)"
    )
    found = cold.kinds_of(cold.known(services), kinds())
    fits = sum(bool(truth[kind] & set(found.get(kind, ()))) for kind in truth)
    print(f"  kinds of problem that found their service by the catalogue's words: {Share(fits, len(truth))}")
    guesses = [_guess(model, p.text, r) for p, r in zip(asked, right, strict=True)]
    rows = {
        "search by words": [
            Guess(tuple(search.search(entries, p.text, limit=5)), 0.0, r) for p, r in zip(asked, right, strict=True)
        ],
        "made at once": [_guess(ready, p.text, r) for p, r in zip(asked, right, strict=True)],
        "fitted by a worker": guesses,
    }
    for name, some in rows.items():
        _tell(name, some, sure=name != "search by words")
    for what, key in (("language", lambda p: p.language), ("trait", _trait)):
        for group, judged in judging.by(zip(map(key, asked), guesses, strict=True)).items():
            print(f"  {what} {group}: at first {judged.first}, among three {judged.among}")
    for found_bin in judging.judge(guesses).bins:
        print(f"  so sure {found_bin.low:.0%} to {found_bin.high:.0%}: says {found_bin.sure:.0%}, is {found_bin.right}")
    per_kind = judging.by(zip((p.kind for p in asked), guesses, strict=True))
    lost = sorted(str(kind) for kind, judged in per_kind.items() if judged.among.hits == 0)
    print(f"  kinds never among the first three: {', '.join(lost) or 'none'}")
    _speed(model, asked)
    return {name: _plain(some) for name, some in rows.items()}


def _trait(phrase: Phrase) -> str:
    return next((t for t in ("two_problems", "misspelt", "slang", "danger") if t in phrase.traits), "plain")


def _danger(language: str) -> dict[str, list[int]]:
    lists = watch([language]).lists
    told: dict[str, list[int]] = {}
    print(f"\nwords of danger, {language}, phrases of our own")
    for split in ("test", "train and tune"):
        some = [p for p in phrases() if p.language == language and (p.split == "test") == (split == "test")]
        dangers = [p for p in some if p.tells_danger]
        alike = [p for p in some if "harmless" in p.traits]
        others = [p for p in some if not p.tells_danger and "harmless" not in p.traits]
        missed = Share(sum(not danger_in(p.text, lists) for p in dangers), len(dangers))
        false = [Share(sum(bool(danger_in(p.text, lists)) for p in ps), len(ps)) for ps in (alike, others)]
        print(f"  {split}: missed {missed}; alarmed by what only sounds so {false[0]}; by others {false[1]}")
        told[split] = [missed.hits, missed.n, false[0].hits, false[0].n, false[1].hits, false[1].n]
    return told


def _real() -> dict[str, Any]:
    new_york, los_angeles = fitted(services_of("new_york")), fitted(services_of("los_angeles"))
    told: dict[str, Any] = {}
    print("\nreal text")
    cold_rows = {
        "Chicago, no heat, call takers' words, by New York's catalogue": (
            new_york,
            [(r["Service Request: Description"], {"HPD-HEAT"}) for r in rows("chicago/chicago311_no_heat_foia_2020")],
        ),
        "San Francisco, encampments, residents' words, by Los Angeles' catalogue": (
            los_angeles,
            [(r["description"], {"SAN-ENCAMP"}) for r in encampments() if "Encampment" in r["service_code"]],
        ),
    }
    for name, (model, pairs) in cold_rows.items():
        guesses = [_guess(model, text, frozenset(right)) for text, right in pairs if _is_told(text)]
        _tell(name, guesses)
        told[name] = _plain(guesses)
    name = "New York, descriptors (the city's own words), by its catalogue"
    pairs = _descriptors()
    guesses = [_guess(new_york, text, frozenset([code])) for (text, code), n in pairs.items() for _ in range(n)]
    distinct = [_guess(new_york, text, frozenset([code])) for text, code in pairs]
    _tell(name, guesses)
    _tell("  the same, each descriptor once", distinct)
    told[name] = _plain(guesses) | {"distinct": _plain(distinct)}
    history = {
        "San Francisco, learned from its own first days (two services)": [
            (r["description"], r["service_code"])
            for r in sorted(encampments(), key=lambda r: r["requested_datetime"])
            if _is_told(r["description"])
        ],
        "Boston animals, staff's closing words, learned from 2013 on, judged on the newest fifth": list(_boston()),
    }
    for name, some in history.items():
        told[name] = _learned(name, some)
    return told


def _learned(name: str, some: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Learn as `ombud triage train` does: from the oldest 70 in 100, sharpen on the next 10, judge on the newest 20."""
    first, then, held_out = np.split(np.arange(len(some)), [int(len(some) * 0.7), int(len(some) * 0.8)])
    classes = sorted({some[at][1] for at in first})
    began = time.perf_counter()
    model = fitting.fit([Lesson(some[at][0], {some[at][1]: 1.0}) for at in first], classes)
    model = fitting.sharpened(model, [features.read(some[at][0]) for at in then], [some[at][1] for at in then])
    took = time.perf_counter() - began
    guesses = [_guess(model, some[at][0], frozenset([some[at][1]])) for at in held_out]
    _tell(f"{name}: {len(first):,} texts in {took:.0f} s", guesses)
    commonest = Counter(some[at][1] for at in first).most_common(1)[0][0]
    always = Share(sum(some[at][1] == commonest for at in held_out), len(held_out))
    print(f"    always saying the commonest would be right {always}")
    return _plain(guesses) | {"commonest": [always.hits, always.n]}


def rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a real file."""
    with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def encampments() -> list[dict[str, str]]:
    """Return San Francisco's reports; what an app wrote by itself under them is left out."""
    found = list(rows("san_francisco/sf311_encampment_text_2025-08-29_to_09-03"))
    return [r | {"description": r["description"].replace("Reported with Solve SF.", "").strip()} for r in found]


def _is_told(text: str) -> bool:
    return len(text.strip()) > 2 and not text.startswith(REMOVED)


def _descriptors() -> Counter[tuple[str, str]]:
    """Return how often each descriptor stands for each service, where the import's mapping says which that is."""
    mapping = yaml.safe_load((ROOT / "demo" / "new_york" / "import" / "nyc311.yaml").read_text("utf-8"))
    by_name = {name.casefold(): s.code for s in services_of("new_york") for name in (*s.legacy_names, *s.name.values())}
    services = {str(k).casefold(): v for k, v in (mapping.get("services") or {}).items()}
    found: Counter[tuple[str, str]] = Counter()
    for name in ("nyc311_2018-10-21_full_day", "nyc311_2011-03_sample", "nyc311_2022-05-01_after_midnight"):
        for row in rows(f"nyc/{name}"):
            kind, text = row["Complaint Type"], row["Descriptor"]
            said = services.get(kind.casefold(), by_name.get(kind.casefold()))
            if isinstance(said, str) and _is_told(text) and text.casefold() not in ("n/a", "other"):
                found[text, said] += 1
    return found


def _boston() -> Iterator[tuple[str, str]]:
    """Yield what staff wrote at the end, with the kind of case, oldest first; the form's own words are cut off."""
    for year in (2013, 2014, 2015, 2016, 2017, 2020, 2021):
        for row in sorted(rows(f"boston/boston311_animals_{year}"), key=lambda r: r["open_dt"]):
            text = _FORM_WORDS.sub(" ", row["closure_reason"])
            if len(text.split()) >= 3:
                yield text, row["type"]


def _guess(model: LinearModel, text: str, right: frozenset[str]) -> Guess:
    found = model.suggest(text, limit=5)
    return Guess(tuple(s.code for s in found), found[0].probability if found else 0.0, right)


def _tell(name: str, guesses: Sequence[Guess], *, sure: bool = True) -> None:
    judged = judging.judge(guesses)
    line = f"  {name}: at first {judged.first}, among three {judged.among}"
    print(line + (f"; Brier {judged.brier or 0:.3f}, sureness off by {judged.gap or 0:.3f}" if sure else ""))


def _plain(guesses: Sequence[Guess]) -> dict[str, Any]:
    judged = judging.judge(guesses)
    told = {"n": judged.first.n, "first": judged.first.hits, "among": judged.among.hits}
    return {**told, "brier": judged.brier, "gap": judged.gap}


def _speed(model: LinearModel, asked: Sequence[Phrase]) -> None:
    took = []
    lists = watch(["en", "es"]).lists
    for phrase in asked:
        began = time.perf_counter()
        model.suggest(phrase.text)
        danger_in(phrase.text, lists)
        took.append((time.perf_counter() - began) * 1000)
    print(f"  one text, suggestions and danger: median {np.median(took):.1f} ms, p95 {np.quantile(took, 0.95):.1f} ms")


if __name__ == "__main__":
    main()
