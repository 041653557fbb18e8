"""Taking back: what should never have been published is in no version and no file any more."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import TestCase

from ombud.catalog import queries as catalog
from ombud.kernel.errors import BadInput, NotAllowed, NotFound
from ombud.opendata.commands import publish_requests
from ombud.opendata.commands.take_back import take_back
from ombud.opendata.datasets import registry
from ombud.opendata.lake import iceberg, projection, reading, versions
from ombud.opendata.lake.versions import Snapshot
from ombud.people.rules.permissions import Role
from ombud.plumbing import commit_order
from ombud.service_requests.commands.incidents import merge
from tests.builders import BRAM, GUS, CityBuilder, RequestBuilder, staff
from tests.conftest import NOON

YARA = staff(Role.ADMINISTRATOR, account_id=17)
WHY = "The photo's address was somebody's home."


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)
    settings.OMBUD_HOME = tmp_path
    return tmp_path / "lake"


@pytest.fixture
def wrong(city: CityBuilder) -> RequestBuilder:
    """A request in three versions, its history in others, and in an incident; only one of them should not be there."""
    wrong, right, third = (city.report("POTHOLE", when=NOON - timedelta(minutes=n)) for n in range(3))
    publish(city)
    merge(jurisdiction_id=city.id, request_id=right.id, with_number=wrong.number, actor=GUS, at=NOON)
    merge(jurisdiction_id=city.id, request_id=third.id, with_number=wrong.number, actor=GUS, at=NOON)
    publish(city, hours=1)
    wrong.closed()
    publish(city, hours=2)
    return wrong


def publish(city: CityBuilder, *, hours: int = 0) -> None:
    publish_requests.publish(catalog.city(city.id), now=NOON + timedelta(hours=hours))


def pinned(city: CityBuilder, code: str, version: int | None = None) -> Snapshot:
    at_home = catalog.city(city.id)
    return registry.snapshot(at_home, registry.of_code(at_home, code), asof=version)


def cut(city: CityBuilder, number: str) -> list[Any]:
    with TestCase.captureOnCommitCallbacks(execute=True):
        return take_back(catalog.city(city.id), number, said=WHY, actor=YARA, now=NOON + timedelta(days=1))


def test_it_is_in_no_version_and_in_no_byte(city: CityBuilder, wrong: RequestBuilder, lake: Path) -> None:
    assert any(wrong.number.encode() in path.read_bytes() for path in lake.rglob("*") if path.is_file())
    cut(city, wrong.number)
    for code in ("requests", "events"):
        for version in range(1, pinned(city, code).version + 1):
            rows = reading.rows(pinned(city, code, version)).values()
            assert wrong.number not in {row["service_request_id"] for row in rows}
    assert projection.rows_by_id(city.id, [wrong.number]) == {}
    left = [path for path in lake.rglob("*.parquet") if path.parent.parent.parent.name == "events"]
    assert left
    assert not any(wrong.number.encode() in path.read_bytes() for path in left)


def test_what_is_left_is_what_was_there(city: CityBuilder, wrong: RequestBuilder) -> None:
    before = [reading.rows(pinned(city, "requests", version)) for version in (1, 2, 3)]
    cut(city, wrong.number)
    for version, rows in zip((1, 2, 3), before, strict=True):
        rows.pop(wrong.number)
        assert reading.rows(pinned(city, "requests", version)) == rows


def test_each_version_that_was_cut_says_so(city: CityBuilder, wrong: RequestBuilder) -> None:
    hashes = [pinned(city, "requests", version).sha256 for version in (1, 2, 3)]
    told = [one for one in cut(city, wrong.number) if one.dataset == "requests"]
    assert [one.version for one in told] == [1, 2, 3]
    assert [one.sha256_before for one in told] == hashes
    assert all(one.sha256 != one.sha256_before and one.rows == 2 for one in told)
    [tombstone] = versions.tombstones(city.id, "requests", after=0, until=3)
    assert (tombstone.row_id, tombstone.reason, tombstone.said) == (wrong.number, "taken_back", WHY)


def test_iceberg_readers_find_nothing_of_it_either(city: CityBuilder, wrong: RequestBuilder) -> None:
    cut(city, wrong.number)
    table = iceberg.opened(city.id, "requests")
    assert table is not None
    assert len(table.metadata.snapshots) == 1
    assert wrong.number not in table.scan().to_arrow()["_id"].to_pylist()


def test_it_is_never_published_again(city: CityBuilder, wrong: RequestBuilder) -> None:
    cut(city, wrong.number)
    other = city.report("POTHOLE")
    publish(city, hours=30)
    rows = reading.rows(pinned(city, "requests"))
    assert wrong.number not in rows
    assert other.number in rows


def test_only_who_publishes_takes_back_and_says_why(city: CityBuilder, wrong: RequestBuilder) -> None:
    home = catalog.city(city.id)
    with pytest.raises(NotAllowed):
        take_back(home, wrong.number, said=WHY, actor=BRAM, now=NOON)
    with pytest.raises(BadInput, match="why"):
        take_back(home, wrong.number, said=" ", actor=YARA, now=NOON)
    with pytest.raises(NotFound):
        take_back(home, "SP-0000-000", said=WHY, actor=YARA, now=NOON)
