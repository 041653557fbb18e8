"""Versions that are not kept go with the files that only they had; the others say what they said."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ombud.catalog import queries as catalog
from ombud.kernel.errors import NotFound
from ombud.opendata.commands import publish_requests
from ombud.opendata.datasets import registry
from ombud.opendata.lake import files, iceberg, reading, sweeping
from ombud.opendata.rules.kept_versions import Keep
from ombud.plumbing import commit_order
from tests.builders import CityBuilder
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)
    settings.OMBUD_HOME = tmp_path


def publish_each_minute(city: CityBuilder, n: int) -> None:
    for minute in range(n):
        city.report("POTHOLE", when=NOON + timedelta(minutes=minute))
        publish_requests.publish(catalog.city(city.id), now=NOON + timedelta(minutes=minute))


def rows_of(city: CityBuilder, version: int) -> dict[str, Any]:
    home = catalog.city(city.id)
    return reading.rows(registry.snapshot(home, registry.of_code(home, "requests"), asof=version))


def test_of_an_hour_the_last_version_stays(city: CityBuilder) -> None:
    publish_each_minute(city, 3)
    last = rows_of(city, 3)
    later = NOON + timedelta(hours=30)
    assert sweeping.thin(city.id, "requests", Keep(all_hours=24), now=later) == [1, 2]
    assert rows_of(city, 3) == last
    with pytest.raises(NotFound, match="version 1"):
        rows_of(city, 1)
    table = iceberg.opened(city.id, "requests")
    assert table is not None
    assert len(table.metadata.snapshots) == 1
    assert len(table.scan().to_arrow()) == 3


def test_files_of_no_version_are_swept_but_not_while_they_may_be_written(city: CityBuilder) -> None:
    publish_each_minute(city, 3)
    sweeping.thin(city.id, "requests", Keep(all_hours=24), now=NOON + timedelta(hours=30))
    on_disk = sorted(files.folder().glob("*/requests/data/*/*.parquet"))
    assert len(on_disk) == 3
    written = on_disk[0].stat().st_mtime
    soon = NOON.fromtimestamp(written + 60, tz=NOON.tzinfo)
    assert sweeping.sweep(city.id, "requests", now=soon) == 0
    assert sweeping.sweep(city.id, "requests", now=soon + timedelta(days=1)) == 2
    assert len(rows_of(city, 3)) == 3
