"""Downloads, manifest and change feed over HTTP: pinned, hashed, in part, and refused in the door's own form."""

import csv
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from ombud.catalog import queries as catalog
from ombud.opendata import handlers
from ombud.opendata.commands import take_back
from ombud.opendata.lake import versions
from ombud.people.rules.permissions import Role
from ombud.service_requests.commands import act
from tests.builders import GUS, CityBuilder, staff
from tests.conftest import NOON
from tests.record import door, fetched, own_lake, publish, said_in, told  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("lake")


@pytest.fixture
def twice(city: CityBuilder) -> CityBuilder:
    """A city that has published two versions: two potholes, and then one of them closed and a third."""
    first, _ = city.report("POTHOLE"), city.report("POTHOLE")
    publish(city)
    first.closed()
    city.report("POTHOLE")
    publish(city, at=NOON + timedelta(hours=2))
    return city


def lines(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


def said(address: str) -> str:
    """Return what a file says, unpacked."""
    answer = fetched(address)
    return said_in(answer["Content-Type"], answer.body)


def test_the_newest_version_is_given_unless_one_is_named(twice: CityBuilder) -> None:
    newest, first = fetched(door(twice, "rows.csv")), fetched(door(twice, "rows.csv?version=1"))
    assert (len(lines(newest)), len(lines(first))) == (3, 2)
    assert (newest["X-Data-Version"], first["X-Data-Version"]) == ("2", "1")
    assert "immutable" in first["Cache-Control"]
    assert "immutable" not in newest["Cache-Control"]
    asof = fetched(door(twice, "rows.csv?asof=2026-11-24T20:30:00Z"))
    assert asof.body == first.body


@pytest.mark.parametrize("form", ["rows.csv", "rows-2026.csv", "rows.geojson", "rows.parquet", "delta.parquet"])
def test_a_download_carries_its_hash_and_any_page_may_read_it(twice: CityBuilder, form: str) -> None:
    answer = fetched(door(twice, form))
    assert answer["X-Data-SHA256"] == hashlib.sha256(answer.body).hexdigest()
    assert answer["Content-Length"] == str(len(answer.body))
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "attachment" in answer["Content-Disposition"]


def test_who_has_it_already_is_told_so(twice: CityBuilder) -> None:
    answer = fetched(door(twice, "rows.csv"))
    again = fetched(door(twice, "rows.csv"), status=304, if_none_match=answer["ETag"])
    assert again.body == b""
    assert answer["ETag"] != fetched(door(twice, "rows.csv?version=1"))["ETag"]


def test_a_part_of_a_file_is_given(twice: CityBuilder) -> None:
    whole = fetched(door(twice, "rows.parquet")).body
    for asked, part in (("0-3", whole[:4]), ("4-", whole[4:]), ("-4", whole[-4:]), (f"8-{10**9}", whole[8:])):
        answer = fetched(door(twice, "rows.parquet"), status=206, range=f"bytes={asked}")
        assert answer.body == part
        assert answer["Content-Range"].endswith(f"/{len(whole)}")
    assert fetched(door(twice, "rows.parquet"), status=416, range=f"bytes={len(whole)}-")


def test_the_manifest_names_every_file_with_its_hash(twice: CityBuilder) -> None:
    for version in (1, 2):
        manifest = told(door(twice, f"manifest.json?version={version}"))
        assert manifest["version"] == version
        assert sum(file["rows"] for file in manifest["files"]) == manifest["rows"] == version + 1
        for file in manifest["files"]:
            content = fetched(file["url"].removeprefix("http://testserver")).body
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
            assert file["requested_datetime"] == {"min": "2026-11-24T12:00:00.000", "max": "2026-11-24T12:00:00.000"}
        for download in manifest["downloads"]:
            fetched(download["url"].removeprefix("http://testserver"))
    again = told(door(twice, "manifest.json?version=2"))
    for download in again["downloads"]:
        content = fetched(download["url"].removeprefix("http://testserver")).body
        assert hashlib.sha256(content).hexdigest() == download["sha256"]


def test_versions_are_listed_newest_first(twice: CityBuilder) -> None:
    listed = told(door(twice, "versions.json"))["versions"]
    assert [(one["version"], one["rows"], one["inserted"], one["updated"]) for one in listed] == [
        (2, 3, 1, 1),
        (1, 2, 2, 0),
    ]


def test_the_feed_leads_from_any_version_to_the_newest(twice: CityBuilder) -> None:
    feed = told(door(twice, "changes?since=1"))
    assert (feed["from"], feed["to"], feed["more"]) == (1, 2, False)
    by_op = {change["op"]: change for change in feed["changes"]}
    assert by_op.keys() == {"insert", "update"}
    assert {"status", "closed_datetime", "outcome"} <= set(by_op["update"]["changed"])
    assert by_op["update"]["row"]["status"] == "closed"
    assert by_op["insert"]["row"]["location"]["type"] == "Point"
    onward = told(feed["next"].removeprefix("http://testserver"))
    assert (onward["from"], onward["changes"]) == (2, [])


def test_the_feed_goes_on_where_a_page_ends(twice: CityBuilder) -> None:
    address, seen = door(twice, "changes?since=0&limit=1"), []
    for _ in range(3):
        page = told(address)
        seen += [change["id"] for change in page["changes"]]
        address = page["next"].removeprefix("http://testserver")
    assert len(set(seen)) == 3
    assert page["more"] is False


def test_a_row_that_has_gone_is_told_with_the_reason(city: CityBuilder) -> None:
    hole = city.report("POTHOLE")
    city.report("POTHOLE")
    publish(city)
    act.change_service(hole.on(GUS), code="BARKING")
    publish(city, at=NOON + timedelta(hours=1))
    [gone] = told(door(city, "changes?since=1"))["changes"]
    assert (gone["op"], gone["id"], gone["reason"], gone["version"]) == ("delete", hole.number, "hidden", 2)
    assert "row" not in gone


def test_what_is_taken_back_is_in_no_file_of_any_version_and_the_feed_says_so(twice: CityBuilder, lake: Path) -> None:
    number = lines(fetched(door(twice, "rows.csv?version=1")))[0]["service_request_id"]
    paths = ("rows.csv?version=1", "rows.geojson?version=1", "rows.parquet?version=2", "delta.parquet?since=0&until=1")
    for path in paths:
        assert number in said(door(twice, path))
    with transaction.atomic():
        take_back.take_back(
            catalog.city(twice.id), number, said="It named a person.", actor=staff(Role.ADMINISTRATOR), now=NOON
        )
    for path in paths:
        assert number not in said(door(twice, path))
    feed = told(door(twice, "changes?since=2"))
    assert [(one["id"], one["said"]) for one in feed["taken_back"]] == [(number, "It named a person.")]
    assert "sha256_before" in told(door(twice, "versions.json"))["versions"][0]
    handlers.tidy_all()
    left = {path.parent.name for path in (lake / twice.id / "requests" / "exports").rglob("*.csv")}
    assert len(left) == 1


REFUSED = [
    ("rows.csv?version=9", 404, "version"),
    ("rows.csv?version=x", 400, "version"),
    ("rows.csv?asof=2026-11-24", 400, "version"),
    ("rows.csv?versoin=1", 400, "versoin"),
    ("rows.csv?year=99", 400, "year"),
    ("rows-1999.csv", 404, "1999"),
    ("rows.csv?safe=word", 400, "safe"),
    ("changes?since=5", 400, "since"),
    ("changes?since=-1", 400, "since"),
    ("changes?limit=99999999", 400, "limit"),
    ("changes?after=%00", 400, "read"),
    ("delta.parquet?since=2", 400, "since"),
    (f"files/{'0' * 64}.parquet", 404, "file"),
]


def test_refusals_are_json_with_a_sentence(twice: CityBuilder) -> None:
    for rest, status, word in REFUSED:
        answer = fetched(door(twice, rest), status=status)
        assert answer["Content-Type"] == "application/json"
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert word in json.loads(answer.body)["description"], rest


def test_a_data_set_of_another_city_is_not_here(twice: CityBuilder, other_city: CityBuilder) -> None:
    for rest in ("rows.csv", "manifest.json", "changes"):
        fetched(door(twice, rest).replace("/springfield/", "/shelbyville/"), status=404)


def test_nothing_published_is_not_found(city: CityBuilder) -> None:
    fetched(door(city, "rows.csv"), status=404)


def test_a_stranger_has_so_many_made_and_as_many_sent_as_they_like(twice: CityBuilder, settings: Any) -> None:
    settings.OMBUD_DOWNLOADS_PER_HOUR = 2
    fetched(door(twice, "rows.csv"))
    fetched(door(twice, "rows.geojson"))
    answer = fetched(door(twice, "rows.parquet"), status=429)
    assert int(answer["Retry-After"]) > 0
    fetched(door(twice, "rows.csv"))


def test_without_a_version_named_a_large_download_of_the_last_hour_will_do(
    twice: CityBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ombud.kernel import clock
    from ombud.web.data import downloads

    monkeypatch.setattr(downloads, "MADE_EACH_TIME", 1)
    fetched(door(twice, "rows.csv?version=1"))
    with clock.standing_at(NOON + timedelta(minutes=50)):
        assert fetched(door(twice, "rows.csv"))["X-Data-Version"] == "1"
    with clock.standing_at(NOON + timedelta(hours=3)):
        assert fetched(door(twice, "rows.csv"))["X-Data-Version"] == "2"
    assert versions.newest(twice.id, "requests")
