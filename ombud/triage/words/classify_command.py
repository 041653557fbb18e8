"""`ombud triage classify`: suggest services for the texts of a CSV file."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ombud.kernel.errors import BadInput
from ombud.kernel.geo import LonLat
from ombud.triage.words import cities, phrase_set, service_files, tables, word_lists
from ombud.triage.words.rules import cold, judging, watch
from ombud.triage.words.rules.judging import Guess
from ombud.triage.words.rules.model import LinearModel

HELP = "Suggest services for the texts of a CSV file, with how likely each is, and find danger to life"
SUGGESTED = 3
_COLUMNS = (
    *(f"{what}_{n}" for n in range(1, SUGGESTED + 1) for what in ("suggested", "probability")),
    "reasons",
    "danger",
    "danger_words",
)


def add_arguments(parser: ArgumentParser) -> None:
    """Take the files, and whose services."""
    parser.add_argument("--input", type=Path, required=True, metavar="FILE", help="CSV with a column `text`")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="CSV to write")
    parser.add_argument("--city", default="", help="suggest this city's services, with the model it uses")
    parser.add_argument(
        "--services",
        type=Path,
        metavar="FILE",
        help="suggest these services: CSV with code, name and perhaps description and keywords, or a city's YAML",
    )


def run(options: Mapping[str, Any]) -> None:
    """Classify, and say what was done. Raises BadInput where a file cannot be taken."""
    if options["city"] and options["services"]:
        raise BadInput("Give --city or --services, not both.")
    with _model(options) as (model, more), tables.reading(options["input"], needs=["text"]) as table:
        columns = tables.fresh(_COLUMNS, table.columns)
        guesses: list[Guess] = []
        told = _Told()
        with tables.writing(options["output"], [*table.columns, *columns], beside=options["input"]) as out:
            for row in table.rows():
                whole = table.padded(row)
                text, language = table.said(whole, "text"), table.said(whole, "language").lower()
                found = model.suggest(text, facts=cities.facts(_point(table, whole)), limit=SUGGESTED)
                cells = [cell for s in found for cell in (s.code, f"{s.probability:.4f}")]
                cells += [""] * (2 * SUGGESTED - len(cells))
                reasons = " ".join(found[0].because) if found else ""
                out.writerow([*whole, *cells, reasons, *told.danger(text, language, more)])
                if truth := table.said(whole, "service"):
                    guesses.append(
                        Guess(
                            tuple(s.code for s in found),
                            found[0].probability if found else 0.0,
                            frozenset([truth]),
                        )
                    )
    told.say(options["output"])
    if guesses:
        judged = judging.judge(guesses)
        tables.say(f"Of the rows that name their service, right at first: {judged.first}; among three: {judged.among}.")
        tables.say(f"Brier score {judged.brier:.3f}; sureness off by {judged.gap:.3f} on average.")


class _Told:
    """What was found on the way, for the last lines."""

    def __init__(self) -> None:
        self.rows = self.dangers = self.unchecked = 0
        self.languages: set[str] = set()

    def danger(self, text: str, language: str, more: Mapping[str, Any]) -> tuple[str, str]:
        """Return the cells about danger: yes, no or not_checked, and the words."""
        self.rows += 1
        # English beside the text's own: people mix, and a column of languages is often wrong.
        kept = word_lists.watch([language or "en", "en"], more)
        if language and kept.uncovered:
            self.languages.update(kept.uncovered)
        found = watch.danger_in(text, kept.lists)
        if found:
            self.dangers += 1
            return " ".join(find.kind for find in found), "; ".join(find.words for find in found)
        if kept.uncovered:
            self.unchecked += 1
            return "not_checked", ""
        return "", ""

    def say(self, output: Path) -> None:
        """Say how many, and loudly what was not looked for."""
        tables.say(f"{self.rows} rows to {output}; in {self.dangers} somebody tells of danger.")
        if self.languages:
            tables.say(
                f"WARNING: {self.unchecked} rows were not checked for danger: there is no list of words for "
                f"{', '.join(sorted(self.languages))}. Lists there are for: {', '.join(word_lists.shipped())}."
            )


def _point(table: tables.Table, row: list[str]) -> LonLat | None:
    """Return the place of a row; where it says none, the words have to do."""
    return LonLat.read(table.said(row, "longitude"), table.said(row, "latitude"))


@contextmanager
def _model(options: Mapping[str, Any]) -> Iterator[tuple[LinearModel, Mapping[str, Any]]]:
    if options["city"]:
        with cities.entered(options["city"]) as city:
            yield city.model, city.more_words
    elif options["services"]:
        services = service_files.read(options["services"])
        yield cold.cold_model(services, phrase_set.phrases(), phrase_set.kinds()), {}
    else:
        kinds = phrase_set.kinds()
        services = tuple(
            cold.Known(kind, tuple(name for some in names.values() for name in some)) for kind, names in kinds.items()
        )
        belongs = {kind: {kind: 1.0} for kind in kinds}
        yield cold.cold_model(services, phrase_set.phrases(), kinds, belongs=belongs), {}
