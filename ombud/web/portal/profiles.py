"""What a version of a data set holds, column by column: how many rows lack a value, how many values there are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.choice_soql import named
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.exploring import main_time
from ombud.web.portal.answering import ask
from ombud.web.portal.labels import moment

_SHAPES = (Kind.POINT, Kind.MULTIPOLYGON)
# A column with more values than this is no list to choose from.
CHOICES_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class Held:
    """What a column holds in a version."""

    filled: int
    rows: int
    values: int

    @property
    def empty_share(self) -> float:
        """How many of a hundred rows lack a value."""
        return 100 * (self.rows - self.filled) / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What a version holds."""

    rows: int
    columns: dict[str, Held]
    oldest: datetime | None
    newest: datetime | None

    def choices(self, dataset: DataSet) -> list[Column]:
        """Return the columns that rows can be chosen and grouped by."""
        return [
            column
            for column in dataset.columns
            if column.kind in (Kind.TEXT, Kind.CHECKBOX)
            and column.name in self.columns
            and 0 < self.columns[column.name].values <= CHOICES_AT_MOST
            and not column.name.endswith("_vintage")
        ]


def profile(snapshot: Snapshot, dataset: DataSet) -> Profile:
    """Return what a version holds, by one query."""
    on = main_time(dataset.columns)
    asked = ["count(*) AS n"]
    had = {column.name for column in snapshot.columns}
    counted = [column for column in dataset.columns if column.name in had and column.kind not in _SHAPES]
    for place, column in enumerate(counted):
        asked.append(f"count({named(column.name)}) AS filled_{place}")
        if column.kind in (Kind.TEXT, Kind.CHECKBOX):
            asked.append(f"count(distinct {named(column.name)}) AS values_{place}")
    if on:
        asked.append(f"min({named(on)}) AS oldest, max({named(on)}) AS newest")
    found: dict[str, Any] = ask(snapshot, f"SELECT {', '.join(asked)}").rows[0]
    rows = int(found["n"])
    return Profile(
        rows,
        {
            column.name: Held(int(found[f"filled_{place}"]), rows, int(found.get(f"values_{place}", 0)))
            for place, column in enumerate(counted)
        },
        moment(found.get("oldest")),
        moment(found.get("newest")),
    )
