"""The public record of a test: a lake of its own, published to by the commands that cities publish with."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import floor, log, pi, radians, tan
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from django.test import Client
from pyarrow import parquet

from ombud.catalog import queries as catalog
from ombud.opendata.commands import publish_requests
from ombud.opendata.commands.changes import changes_between
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import id_of
from ombud.opendata.lake import reading, versions, writing
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.lake.writing import Step
from ombud.opendata.models import Publication
from ombud.opendata.rules.columns import Column
from ombud.plumbing import commit_order
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.resident import bytes_of


@pytest.fixture(name="lake")
def own_lake(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of the test's own; and what its transaction wrote counts as settled."""
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)
    settings.OMBUD_HOME = tmp_path
    return tmp_path / "lake"


def publish(city: CityBuilder, *, at: datetime = NOON) -> list[Publication]:
    """Publish the requests of a city."""
    return publish_requests.publish(catalog.city(city.id), now=at)


def id_in(city: CityBuilder, code: str = "requests") -> str:
    """Return the four-by-four of a data set."""
    home = catalog.city(city.id)
    return id_of(home, registry.of_code(home, code))


def door(city: CityBuilder, rest: str, code: str = "requests") -> str:
    """Return the address of a door of a data set."""
    return f"/{city.id}/data/{id_in(city, code)}/{rest}"


def fetched(address: str, *, status: int = 200, **headers: str) -> Any:
    """Fetch and return an answer, whose bytes are in `body`."""
    answer: Any = Client().get(address, headers=headers)
    answer.body = bytes_of(answer)
    assert answer.status_code == status, answer.body[:500]
    return answer


def told(address: str, *, status: int = 200) -> Any:
    """Fetch JSON."""
    return json.loads(fetched(address, status=status).body)


def written(
    city: CityBuilder,
    dataset: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    *,
    deleted: Mapping[str, str] | None = None,
) -> Snapshot:
    """Publish a version of a data set made up by the test: rows that come or change, and ids that go."""
    last = versions.newest(city.id, dataset)
    version = last.version + 1 if last else 1
    at = NOON + timedelta(minutes=version)
    before = reading.rows(versions.pinned(city.id, dataset, columns)) if last else {}
    changes = changes_between(before, rows, deleted or {}, version=version, at=at)
    if changes:
        writing.write(Step(city.id, dataset, columns, version, at, "1-test"), changes)
    return versions.pinned(city.id, dataset, columns)


def rows_of(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """Return the rows of a version by their ids, as its files have them."""
    return reading.rows(snapshot)


def grid(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Return the tile of the web's grid that a place lies in."""
    n = 2**z
    return floor((lon + 180) / 360 * n), floor((1 - log(tan(radians(lat) / 2 + pi / 4)) / pi) / 2 * n)


def said_in(media_type: str, body: bytes) -> str:
    """Return all that a file says, what is packed in it unpacked: rows, footers, statistics, layers."""
    if "parquet" in media_type:
        footer = parquet.read_metadata(io.BytesIO(body))
        groups = [footer.row_group(i).to_dict() for i in range(footer.num_row_groups)]
        return f"{parquet.read_table(io.BytesIO(body)).to_pylist()} {footer.metadata} {footer.to_dict()} {groups}"
    if "vector-tile" in media_type:
        return str(mapbox_vector_tile.decode(body) if body else "")
    return body.decode()
