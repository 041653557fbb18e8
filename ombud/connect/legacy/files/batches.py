"""Some thousand rows of a file at a time: read, located, compared."""

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from ombud.connect.legacy.files import places_said
from ombud.connect.legacy.files.columns import point_of
from ombud.connect.legacy.files.districts import Compared, Comparison
from ombud.connect.legacy.files.noticed import Held
from ombud.connect.legacy.files.reading import Row
from ombud.connect.legacy.files.rows import RowReader
from ombud.kernel.geo import LonLat
from ombud.places.atlas import Area, Atlas
from ombud.places.queries import is_inside
from ombud.service_requests.commands import bring_in_tables
from ombud.service_requests.commands.old_requests import OldRequest

BATCH = 4000


@dataclass(slots=True)
class Batch:
    """Some rows of a file, read and located."""

    rows: list[Row]
    requests: list[OldRequest] = field(default_factory=list)
    # The requests as the database takes them: written here, beside its work, because it is the slower of the two.
    lines: list[str] = field(default_factory=list)
    # The row behind each request, for the case that it has to be held after all.
    behind: dict[str, Row] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    without_point: int = 0
    outside: int = 0
    addresses: dict[str, LonLat] = field(default_factory=dict)


class BatchReader:
    """Reads the rows of one file, some thousand at a time."""

    def __init__(self, reader: RowReader, atlas: Atlas, comparison: Comparison) -> None:
        self._reader, self._atlas, self._comparison = reader, atlas, comparison
        self._written: dict[int, tuple[tuple[Area, ...], tuple[dict[str, str], ...]]] = {}

    def batches(self, rows: Iterator[Row]) -> Iterator[Batch]:
        """Read all rows, the next batch while the database takes the last: the two need about the same time."""
        with _no_search_for_cycles(), ThreadPoolExecutor(1, thread_name_prefix="import") as beside:
            coming = beside.submit(self._next, rows)
            while batch := coming.result():
                coming = beside.submit(self._next, rows)
                yield batch

    def _next(self, rows: Iterator[Row]) -> Batch | None:
        some = list(islice(rows, BATCH))
        return self._read(some) if some else None

    def _read(self, rows: list[Row]) -> Batch:
        columns = self._reader.columns
        batch = Batch(rows)
        tidy = [columns.tidied(row.values) for row in rows]
        said = [columns.said(values) for values in tidy]
        points = [point_of(one) for one in said]
        located = iter(self._atlas.areas_of([point for point in points if point]))
        compared: list[Compared] = []
        for row, values, one, point in zip(rows, tidy, said, points, strict=True):
            within = next(located) if point else ()
            read = self._reader.read(row, one, point, self._as_written(within))
            batch.without_point += point is None
            if isinstance(read, Held):
                batch.held.append(read)
                continue
            batch.requests.append(read)
            if read.date_known == "no":
                batch.behind[read.old_number] = row
            if point is None:
                continue
            compared.append((columns.areas_said(values), within, point))
            if not is_inside(within):
                batch.outside += 1
            elif read.place and places_said.is_address(read.place.address):
                batch.addresses[read.place.address] = point
        self._comparison.count(compared)
        batch.lines = bring_in_tables.written(batch.requests)
        return batch

    def _as_written(self, areas: tuple[Area, ...]) -> tuple[dict[str, str], ...]:
        """Return the areas as the record keeps them, for the same areas the same."""
        kept = self._written.get(id(areas))
        if kept is None:
            # The areas are kept beside their key, so that no other object can take over their id.
            kept = self._written[id(areas)] = (areas, tuple(area.as_kept() for area in areas))
        return kept[1]


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """
    Spare the search for cycles of objects, of which rows make none.

    Among hundreds of thousands of small new objects it would take a third of the reading.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
