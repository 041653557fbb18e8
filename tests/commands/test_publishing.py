"""Publishing: what changes becomes a version, and versions can be read for ever."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ombud.catalog import queries as catalog
from ombud.kernel.errors import NotFound
from ombud.opendata.commands import publish_requests
from ombud.opendata.datasets import registry
from ombud.opendata.lake import iceberg, projection, versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.models import Publication
from ombud.opendata.rules.columns import Column, Kind
from ombud.plumbing import commit_order
from ombud.service_requests.commands import act
from ombud.service_requests.commands.incidents import merge
from tests.builders import GUS, MAIN_STREET, CityBuilder
from tests.conftest import NOON

COUNTED, PRIVATE, COARSE = "BULKY", "BARKING", "ENCAMPMENT"


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of the test's own; and what its transaction wrote counts as settled."""
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)
    settings.OMBUD_HOME = tmp_path
    return tmp_path / "lake"


def local(*when: int) -> datetime:
    """Return a time of the city, which the record has without a zone."""
    return datetime(*when)  # type: ignore[arg-type]  # noqa: DTZ001


def publish(city: CityBuilder, *, at: datetime = NOON) -> list[Publication]:
    made = publish_requests.publish(catalog.city(city.id), now=at)
    return [one for one in made if one.dataset == "requests"]


def pinned(city: CityBuilder, asof: int | datetime | None = None, *, of: str = "requests") -> Snapshot:
    at_home = catalog.city(city.id)
    return registry.snapshot(at_home, registry.of_code(at_home, of), asof=asof)


def rows(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    tables = [pq.read_table(path, partitioning=None) for path in snapshot.files]
    return {row["_id"]: row for row in pa.concat_tables(tables).to_pylist()} if tables else {}


def test_a_report_becomes_a_row_of_the_first_version(city: CityBuilder) -> None:
    hole = city.report("POTHOLE")
    assert [one.version for one in publish(city)] == [1]
    row = rows(pinned(city))[hole.number]
    assert row["service_code"] == "POTHOLE"
    assert row["status"] == "open"
    assert row["requested_datetime"] == local(2026, 11, 24, 12, 0)
    assert (row["longitude"], row["latitude"]) == (MAIN_STREET.lon, MAIN_STREET.lat)
    assert f"ward:{row['ward']}" in hole.row.area_tags


def test_where_nothing_has_changed_no_version_is_made(city: CityBuilder) -> None:
    city.report("POTHOLE")
    publish(city)
    assert publish(city, at=NOON + timedelta(minutes=1)) == []


def test_only_what_changed_says_that_it_did(city: CityBuilder) -> None:
    fixed, left = city.report("POTHOLE"), city.report("POTHOLE")
    publish(city)
    fixed.closed()
    [second] = publish(city, at=NOON + timedelta(hours=2))
    assert (second.version, second.inserted, second.updated, second.deleted) == (2, 0, 1, 0)
    now = rows(pinned(city))
    assert (now[fixed.number]["_version"], now[left.number]["_version"]) == (2, 1)
    assert now[fixed.number]["_created_at"] == now[left.number]["_updated_at"] == NOON
    assert now[fixed.number]["status"] == "closed"
    assert now[fixed.number]["outcome"] == "fixed"


def test_a_version_says_the_same_for_ever(city: CityBuilder) -> None:
    hole = city.report("POTHOLE")
    publish(city)
    first = pinned(city)
    bytes_then = [Path(path).read_bytes() for path in first.files]
    hole.closed()
    publish(city, at=NOON + timedelta(hours=2))
    again = pinned(city, 1)
    assert again.sha256 == first.sha256
    assert [Path(path).read_bytes() for path in again.files] == bytes_then
    assert rows(again)[hole.number]["status"] == "open"
    assert rows(pinned(city, NOON + timedelta(hours=1)))[hole.number]["status"] == "open"
    assert rows(pinned(city, NOON + timedelta(hours=3)))[hole.number]["status"] == "closed"


def test_the_table_of_the_newest_version_says_what_its_files_say(city: CityBuilder) -> None:
    city.report("POTHOLE").closed()
    city.report("POTHOLE")
    publish(city)
    files = rows(pinned(city))
    table = projection.rows_by_id(city.id, files.keys())
    assert table.keys() == files.keys()
    for number, row in files.items():
        assert table[number] == {name: row[name] for name in table[number]}
        assert {name for name, value in row.items() if value is not None} <= table[number].keys()


@pytest.mark.parametrize("text", ["", " ", '"', ",", "a\nb", "\\N", "\\.\n\\.", "NULL", "niño 🚧", "=1+1\t", "'"])
def test_texts_come_into_the_table_as_they_are(city: CityBuilder, text: str) -> None:
    hole = city.report("POTHOLE")
    publish(city)
    columns = registry.of_code(catalog.city(city.id), "requests").columns
    row = rows(pinned(city))[hole.number] | {"address": text, "ward": text, "days_to_close": 1e-7, "outcome": None}
    projection.write(city.id, columns, rows=[row], deleted=[])
    assert projection.rows_by_id(city.id, [hole.number])[hole.number].items() <= row.items()


def test_iceberg_readers_see_each_version(city: CityBuilder) -> None:
    hole = city.report("POTHOLE")
    [first] = publish(city)
    hole.closed()
    [second] = publish(city, at=NOON + timedelta(hours=2))
    table = iceberg.opened(city.id, "requests")
    assert table is not None
    assert table.scan(snapshot_id=first.snapshot_id).to_arrow().to_pylist()[0]["status"] == "open"
    assert table.scan().to_arrow().to_pylist()[0]["status"] == "closed"
    assert table.current_snapshot().snapshot_id == second.snapshot_id
    assert table.current_snapshot().summary["ombud.version"] == "2"


def test_what_is_not_public_never_becomes_a_row(city: CityBuilder) -> None:
    ada = {"name": "Ada", "email": "ada@mail.example"}
    counted, private = city.report(COUNTED, **ada), city.report(PRIVATE, **ada)
    shown = city.report("POTHOLE")
    publish(city)
    assert rows(pinned(city)).keys() == {shown.number}
    assert counted.number != private.number


def test_sensitive_requests_wait_for_their_delay_and_for_company(city: CityBuilder) -> None:
    lonely = [city.report(COARSE) for _ in range(4)]
    publish(city, at=NOON + timedelta(days=6))
    with pytest.raises(NotFound):
        pinned(city)
    assert publish(city, at=NOON + timedelta(days=8)) == []
    fifth = city.report(COARSE, when=NOON + timedelta(hours=1))
    [first] = publish(city, at=NOON + timedelta(days=9))
    assert first.inserted == 5
    for row in rows(pinned(city)).values():
        assert row["requested_datetime"] == local(2026, 11, 24)
        assert row["place_precision"] == "cell"
        assert row["address"] is None
        assert (row["longitude"], row["latitude"]) != (MAIN_STREET.lon, MAIN_STREET.lat)
    assert rows(pinned(city)).keys() == {one.number for one in (*lonely, fifth)}


def test_one_that_leaves_takes_the_rest_of_a_small_group_along(city: CityBuilder) -> None:
    five = [city.report(COARSE) for _ in range(5)]
    publish(city, at=NOON + timedelta(days=8))
    act.change_service(five[0].on(GUS), code=PRIVATE)
    [second] = publish(city, at=NOON + timedelta(days=9))
    assert second.deleted == 5
    assert pinned(city).rows == 0
    gone = {one.row_id: one.reason for one in versions.tombstones(city.id, "requests", after=1, until=2)}
    assert gone == {five[0].number: "hidden", **{one.number: "rare" for one in five[1:]}}


def test_other_rules_make_every_row_anew(city: CityBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    hole = city.report("POTHOLE")
    publish(city)
    was = rows(pinned(city))[hole.number]
    strict = {"version": 2, "services": {"POTHOLE": {"place": "block", "times": "day"}}}
    now = replace(catalog.city(city.id), settings={**catalog.city(city.id).settings, "publishing": strict})
    second, *_ = publish_requests.publish(now, now=NOON + timedelta(hours=1))
    row = rows(pinned(city))[hole.number]
    assert second.updated == 1
    assert row["rule_set"] != was["rule_set"]
    assert row["place_precision"] == "block"
    assert row["requested_datetime"] == local(2026, 11, 24)
    assert (row["longitude"], row["latitude"]) != (was["longitude"], was["latitude"])


def test_its_history_is_published_with_a_request(city: CityBuilder) -> None:
    hole = city.report("POTHOLE").accepted()
    publish(city)
    hole.closed()
    publish(city, at=NOON + timedelta(hours=2))
    history = {row["event"]: row for row in rows(pinned(city, of="events")).values()}
    assert history.keys() == {"submitted", "accepted", "closed"}
    assert {row["service_request_id"] for row in history.values()} == {hole.number}
    assert history["closed"]["outcome"] == "fixed"
    assert {event: row["_version"] for event, row in history.items()} == {"submitted": 1, "accepted": 1, "closed": 2}


def test_the_history_of_what_is_hidden_goes_with_it(city: CityBuilder) -> None:
    hole, left = city.report("POTHOLE").accepted(), city.report("POTHOLE")
    publish(city)
    act.change_service(hole.on(GUS), code=PRIVATE)
    publish(city, at=NOON + timedelta(hours=1))
    assert {row["service_request_id"] for row in rows(pinned(city, of="events")).values()} == {left.number}
    assert {one.reason for one in versions.tombstones(city.id, "events", after=1, until=2)} == {"hidden"}


def test_what_several_are_about_is_counted_once(city: CityBuilder) -> None:
    first, second, third = (city.report("POTHOLE", when=NOON + timedelta(minutes=n)) for n in range(3))
    for one in (second, third):
        merge(jurisdiction_id=city.id, request_id=one.id, with_number=first.number, actor=GUS, at=NOON)
    publish(city, at=NOON + timedelta(hours=1))
    [incident] = rows(pinned(city, of="incidents")).values()
    assert incident["request_ids"].split(",") == [first.number, second.number, third.number]
    assert incident["open_requests"] == 3


def test_many_events_of_one_transaction_are_read_in_steps(city: CityBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_requests, "EVENTS_A_STEP", 3)
    holes = [city.report("POTHOLE", when=NOON + timedelta(minutes=n)) for n in range(7)]
    made = publish(city, at=NOON + timedelta(hours=1))
    assert [one.inserted for one in made] == [3, 3, 1]
    assert rows(pinned(city)).keys() == {hole.number for hole in holes}


def test_an_iceberg_table_that_lost_a_file_is_made_anew(city: CityBuilder) -> None:
    hole = city.report("POTHOLE")
    publish(city)
    columns = registry.of_code(catalog.city(city.id), "requests").every_column
    iceberg.begin_again(city.id, "requests", columns=columns, holds=[], told={})
    hole.closed()
    publish(city, at=NOON + timedelta(hours=2))
    table = iceberg.opened(city.id, "requests")
    assert table is not None
    assert table.scan().to_arrow()["status"].to_pylist() == ["closed"]
    assert rows(pinned(city))[hole.number]["status"] == "closed"


def test_an_iceberg_table_grows_by_a_column_and_its_rows_stay(city: CityBuilder) -> None:
    hole = city.report("POTHOLE")
    publish(city)
    columns = registry.of_code(catalog.city(city.id), "requests").every_column
    for asked in (columns, (*columns, Column("crew_size", Kind.NUMBER, ""))):
        iceberg.publish(city.id, "requests", columns=asked, gone=[], new=[], told={})
    table = iceberg.opened(city.id, "requests")
    assert table is not None
    assert table.scan(selected_fields=("_id", "crew_size")).to_arrow().to_pylist() == [
        {"_id": hole.number, "crew_size": None}
    ]
