"""`ombud triage redact`: mask personal data in the texts of a CSV file."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ombud.kernel.errors import BadInput
from ombud.triage.words import keeping, tables
from ombud.triage.words.rules.redaction import redact

HELP = "Find and mask personal data in the texts of a CSV file"
_COLUMNS = ("redacted", "spans", "score")


def add_arguments(parser: ArgumentParser) -> None:
    """Take the files, and what may stay readable."""
    parser.add_argument("--input", type=Path, required=True, metavar="FILE", help="CSV with a column `text`")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="CSV to write")
    parser.add_argument("--city", default="", help="leave this city's places readable, and its rule on addresses")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="names that are no persons, one a line")
    parser.add_argument("--keep-addresses", action="store_true", help="leave house numbers, but for homes")
    parser.add_argument("--region", default="US", help="the country of telephone numbers without one (default US)")


def run(options: Mapping[str, Any]) -> None:
    """Mask, and say what was done. Raises BadInput where a file cannot be taken."""
    rule = keeping.of_city(options["city"]) if options["city"] else keeping.Keeping(options["region"])
    names = [*rule.names, *_lines(options["keep"])]
    keep_addresses = options["keep_addresses"] or rule.keep_addresses
    rows, found = 0, 0
    with tables.reading(options["input"], needs=["text"]) as table:
        columns = tables.fresh(_COLUMNS, table.columns)
        with tables.writing(options["output"], [*table.columns, *columns], beside=options["input"]) as out:
            for row in table.rows():
                whole = table.padded(row)
                # What the row says of the place of its problem is known already and may stay in its text.
                own = [part.strip() for part in table.said(whole, "place").split(",") if part.strip()]
                text = whole[table.known["text"]]
                done = redact(text, region=rule.region, keep=[*names, *own], keep_addresses=keep_addresses)
                rows, found = rows + 1, found + len(done.spans)
                spans = json.dumps([asdict(span) for span in done.spans])
                # The least sure find is how sure all of it is.
                score = f"{min(span.score for span in done.spans):.2f}" if done.spans else ""
                out.writerow([*whole, done.text, spans, score])
    tables.say(f"{rows} rows to {options['output']}; {found} pieces masked.")


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line.strip() for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as refused:
        raise BadInput("%(file)s cannot be read: %(why)s.", file=path.name, why=str(refused)) from refused
