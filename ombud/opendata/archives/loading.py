"""Loading old files into an archive: read whole, published as one version, safe to run again."""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput
from ombud.opendata.archives.schema import Schema, heading_as_name, readers
from ombud.opendata.commands.changes import changes_between, next_step
from ombud.opendata.datasets import archives
from ombud.opendata.lake import reading, versions, writing
from ombud.opendata.models import Archive, Publication
from ombud.opendata.queries import rules_of
from ombud.opendata.rules.columns import MONTH
from ombud.plumbing.alone import alone
from ombud.triage.words.keeping import masked

BUSY = N_("Something is being published just now. Try again in a moment.")
NO_KEY = N_("%(file)s has no column “%(name)s”. Its columns: %(columns)s.")
UNREADABLE = N_("%(file)s is no file of rows: %(what)s")
NO_ROWS = N_("%(file)s has no rows.")
SAMPLES = 3


@dataclass(slots=True)
class Loaded:
    """What was read: rows, rows without key or month, values that could not be read, and the version made."""

    rows: int = 0
    without_key: int = 0
    repeated: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)
    publication: Publication | None = None


def load(city: City, schema: Schema, paths: Sequence[Path], *, now: datetime) -> Loaded:
    """Make an archive hold what some files hold; what it had before and they have not stays."""
    loaded = Loaded()
    rows: dict[str, dict[str, Any]] = {}
    for path in paths:
        for row in _rows(schema, path, loaded, city=city):
            loaded.repeated += row["_id"] in rows
            rows[row["_id"]] = row
    loaded.rows = len(rows)
    dataset = archives.as_dataset(city, schema)
    with alone(f"publish {city.id} {dataset.code}") as mine, transaction.atomic():
        if not mine:
            raise BadInput(BUSY)
        Archive.objects.update_or_create(
            jurisdiction_id=city.id, code=schema.code, defaults={"schema": schema.model_dump(mode="json")}
        )
        last = versions.newest(city.id, dataset.code)
        before = reading.rows(versions.pinned(city.id, dataset.code, dataset.columns)) if last else {}
        step = next_step(city, dataset, rules_of(city), at=now, last=last)
        if changes := changes_between(before, rows.values(), {}, version=step.version, at=now):
            loaded.publication = writing.write(step, changes)
    return loaded


def _rows(schema: Schema, path: Path, loaded: Loaded, *, city: City) -> Iterator[dict[str, Any]]:
    read = readers(schema)
    hidden = [column.name for column in schema.columns if column.masked]
    for record in _records(schema, path):
        row = {name: _value(read[name], name, record.get(name), schema, loaded) for name in read}
        month = row[schema.month]
        if row[schema.row_id] is None or month is None:
            loaded.without_key += 1
            continue
        for name in hidden:
            row[name] = masked(city.id, row[name]) if row[name] else None
        yield {"_id": _as_key(row[schema.row_id]), MONTH: f"{month:%Y-%m}", **row}


def _as_key(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def _value(read: Any, name: str, text: str | None, schema: Schema, loaded: Loaded) -> Any:
    text = (text or "").strip()
    if not text or text in schema.empty:
        return None
    try:
        return read(text)
    except ValueError:
        loaded.unread[name] += 1
        samples = loaded.samples.setdefault(name, [])
        if len(samples) < SAMPLES:
            samples.append(text[:40])
        return None


def _records(schema: Schema, path: Path) -> Iterator[Mapping[str, str]]:
    """Give the records of a CSV or JSON file, gzipped or not, by the names of columns."""
    named = {other: column.name for column in schema.columns for other in (column.name, *column.also)}
    try:
        with _opened(path) as lines:
            content = _json(lines) if path.name.removesuffix(".gz").endswith(".json") else csv.DictReader(lines)
            at = None
            for at, record in enumerate(content):
                told = {named.get(heading_as_name(key or ""), ""): value for key, value in record.items()}
                if at == 0 and schema.row_id not in told:
                    listed = ", ".join(str(key) for key in record)[:300]
                    raise BadInput(NO_KEY, file=path.name, name=schema.row_id, columns=listed)
                yield told
            if at is None:
                raise BadInput(NO_ROWS, file=path.name)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as wrong:
        raise BadInput(UNREADABLE, file=path.name, what=str(wrong)[:200]) from wrong


def _opened(path: Path) -> io.TextIOBase:
    if path.name.endswith(".gz"):
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _json(lines: Iterable[str]) -> Iterator[Mapping[str, str]]:
    for record in json.loads("".join(lines)):
        yield {key: value if isinstance(value, str) else json.dumps(value) for key, value in record.items()}
