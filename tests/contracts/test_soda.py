"""The public record by SODA 2.1: addresses, formats, headers, refusals, limits."""

import csv
import io
import json
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ombud.catalog import queries as catalog
from ombud.opendata import asking
from ombud.opendata.commands import publish_requests
from ombud.opendata.datasets.dataset import derived_id
from ombud.opendata.engines import planner
from ombud.opendata.engines.budget import Busy, TookTooLong
from ombud.people import api_keys
from ombud.plumbing import commit_order
from ombud.web.data import soda
from ombud.web.data.soda_turns import Kept, Turns
from tests.builders import MAIN_STREET, CityBuilder, a_little_away
from tests.conftest import NOON

REQUESTS = derived_id("springfield", "requests")


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lake of the test's own; and what its transaction wrote counts as settled."""
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)
    settings.OMBUD_HOME = tmp_path


@pytest.fixture
def numbers(city: CityBuilder) -> list[str]:
    """Five requests, oldest first, published; the first is closed."""
    made = [
        city.report(service, at=a_little_away(MAIN_STREET, metres=40 * n), when=NOON - timedelta(hours=9 - n))
        for n, service in enumerate(["POTHOLE", "POTHOLE", "STREETLIGHT", "POTHOLE", "STREETLIGHT"])
    ]
    made[0].closed("fixed", after=timedelta(hours=2))
    publish(city)
    return [one.number for one in made]


def publish(city: CityBuilder, *, later: timedelta = timedelta(hours=3)) -> None:
    publish_requests.publish(catalog.city(city.id), now=NOON + later)


def ask(path: str = f"/resource/{REQUESTS}.json", query: str = "", **headers: str) -> Any:
    return Client(headers=headers).get(f"/springfield{path}{'?' if query else ''}{query}")


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def told(query: str = "", path: str = f"/resource/{REQUESTS}.json") -> Any:
    response = ask(path, query)
    assert response.status_code == 200, body(response)
    return json.loads(body(response))


def refused(query: str, *, status: int = 400) -> dict[str, Any]:
    response = ask(query=query)
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    answer: dict[str, Any] = response.json()
    assert set(answer) == {"code", "errorCode", "error", "message", "data"}
    assert answer["code"] == answer["errorCode"]
    return answer


def test_rows_as_json(numbers: list[str]) -> None:
    rows = told("$select=service_request_id,closed_datetime,location&$limit=2&$order=requested_datetime")
    assert [row["service_request_id"] for row in rows] == numbers[:2]
    assert rows[0]["location"] == {"type": "Point", "coordinates": [MAIN_STREET.lon, MAIN_STREET.lat]}
    assert "closed_datetime" in rows[0]
    assert "closed_datetime" not in rows[1]


def test_the_same_address_without_the_city_finds_it(numbers: list[str]) -> None:
    response = Client().get(f"/resource/{REQUESTS}.json?$select=count(*)")
    assert json.loads(body(response)) == [{"count": "5"}]


def test_groups_and_simple_filters(numbers: list[str]) -> None:
    assert told("$select=service_code,count(*)&$group=service_code&$order=count+desc") == [
        {"service_code": "POTHOLE", "count": "3"},
        {"service_code": "STREETLIGHT", "count": "2"},
    ]
    assert len(told("service_code=POTHOLE&$where=status='open'")) == 2
    assert told("service_code=%27%20OR%20%271%27=%271") == []
    assert len(told("SERVICE_CODE=POTHOLE&$LIMIT=1")) == 1


def test_csv_has_a_header_and_says_its_types(numbers: list[str]) -> None:
    response = ask(
        f"/resource/{REQUESTS}.csv",
        "$select=service_request_id,closed_datetime,location,days_to_close,on_time&$order=requested_datetime",
    )
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert json.loads(response.headers["X-SODA2-Types"]) == [
        "text",
        "floating_timestamp",
        "point",
        "number",
        "checkbox",
    ]
    rows = list(csv.reader(io.StringIO(body(response).decode())))
    assert rows[0] == ["service_request_id", "closed_datetime", "location", "days_to_close", "on_time"]
    assert rows[1][2] == f"POINT ({MAIN_STREET.lon} {MAIN_STREET.lat})"
    assert rows[2][1] == ""
    empty = ask(f"/resource/{REQUESTS}.csv", "$select=status&$where=false&$$bom=true")
    assert body(empty) == b'\xef\xbb\xbf"status"\n'


def test_geojson_has_places_and_keeps_nulls(numbers: list[str]) -> None:
    response = ask(
        f"/resource/{REQUESTS}.geojson", "$select=service_request_id,location,closed_datetime&$order=requested_datetime"
    )
    assert response.headers["Content-Type"] == "application/vnd.geo+json;charset=utf-8"
    answer = json.loads(body(response))
    assert answer["features"][1]["properties"] == {"service_request_id": numbers[1], "closed_datetime": None}
    assert answer["features"][0]["geometry"]["coordinates"] == [MAIN_STREET.lon, MAIN_STREET.lat]
    assert answer["crs"]["properties"]["name"].endswith("CRS84")
    without = json.loads(body(ask(f"/resource/{REQUESTS}.geojson", "$select=status&$limit=1")))
    assert without["features"][0]["geometry"] is None


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("application/vnd.geo+json", "application/vnd.geo+json"),
        ("*/*", "application/json"),
        ("text/html,application/json;q=0.9", "application/json"),
    ],
)
def test_without_an_ending_the_format_is_what_is_accepted(numbers: list[str], accept: str, kind: str) -> None:
    response = ask(f"/resource/{REQUESTS}", "$limit=1", Accept=accept)
    assert response.headers["Content-Type"].startswith(kind)


def test_one_row(numbers: list[str]) -> None:
    assert told(path=f"/resource/{REQUESTS}/{numbers[1]}.json")["service_request_id"] == numbers[1]
    missing = ask(f"/resource/{REQUESTS}/nothing.json")
    assert (missing.status_code, missing.json()["code"]) == (404, "row.missing")


def test_what_is_not_there(numbers: list[str]) -> None:
    for path in ("/resource/abcd-1234.json", "/resource/nonsense.json", "/resource/", "/api/views/abcd-1234.json"):
        response = ask(path)
        assert (response.status_code, response.json()["code"]) == (404, "dataset.missing"), path
    assert ask(f"/resource/{REQUESTS}.xml").status_code == 404
    other = Client().get(f"/shelbyville/resource/{REQUESTS}.json")
    assert other.status_code == 404


def test_headers_of_an_answer(numbers: list[str]) -> None:
    response = ask(query="$limit=1")
    assert response.headers["X-Data-Version"] == "1"
    assert response.headers["X-SODA2-Legacy-Types"] == "false"
    assert response.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600"
    assert response.headers["Vary"] == "Accept, Accept-Encoding"
    assert "Set-Cookie" not in response.headers
    assert len(response.headers["X-Socrata-RequestId"]) > 10
    again = ask(query="$limit=1", **{"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ask(query="$limit=2", **{"If-None-Match": response.headers["ETag"]}).status_code == 200
    assert ask(query="$limit=1&$$bom=true").headers["ETag"] != response.headers["ETag"]
    assert ask(query="$select=get_utc_date()&$limit=1").headers["Cache-Control"] == "no-store"
    wide = ask(query="$select=" + ",".join(f"1 as {'x' * 60}{n}" for n in range(60)) + "&$limit=1")
    assert "X-SODA2-Fields" not in wide.headers


def test_a_version_can_be_asked_for(city: CityBuilder, numbers: list[str]) -> None:
    city.report("POTHOLE")
    publish(city, later=timedelta(hours=4))
    assert len(told()) == 6
    first = ask(query="$$asof=1")
    assert len(json.loads(body(first))) == 5
    assert first.headers["X-Data-Version"] == "1"
    assert "immutable" in first.headers["Cache-Control"]
    moment = (NOON + timedelta(hours=3, minutes=30)).isoformat().replace("+00:00", "Z")
    assert len(told(f"$$asof={moment}")) == 5
    assert refused("$$asof=yesterday")["code"] == "query.compiler.malformed"
    assert ask(query="$$asof=99").status_code == 404


def test_pages_of_one_version_are_a_partition(city: CityBuilder, numbers: list[str]) -> None:
    seen: list[str] = []
    for page in range(3):
        rows = told(f"$select=service_request_id&$order=service_code&$limit=2&$offset={2 * page}&$$asof=1")
        seen += [row["service_request_id"] for row in rows]
        city.report("POTHOLE")
        publish(city, later=timedelta(hours=4 + page))
    assert sorted(seen) == sorted(numbers)


def test_system_fields_come_when_they_are_asked_for(numbers: list[str]) -> None:
    assert ":id" not in told("$limit=1")[0]
    assert told("$limit=1&$$exclude_system_fields=false")[0][":id"] == min(numbers)
    assert set(told("$select=:*&$limit=1")[0]) == {":id", ":created_at", ":updated_at", ":version"}


def test_refusals_name_the_word_and_its_place(numbers: list[str]) -> None:
    answer = refused("$select=statuss")
    assert answer["code"] == "query.soql.no-such-column"
    assert answer["message"] == "No such column: statuss; did you mean status?"
    assert answer["data"]["position"] == {"row": 1, "column": 1, "line": "statuss"}
    assert refused("statuss=open")["data"]["column"] == "statuss"
    assert refused("$where=status='a")["code"] == "query.soql.unterminated-string"
    assert refused("$limit=many")["code"] == "query.compiler.malformed"


def test_an_answer_is_whole_or_refused_with_the_number(numbers: list[str]) -> None:
    answer = refused("$limit=50001")
    assert answer["code"] == "query.execution.too-many-rows"
    assert "50,000" in answer["message"]
    assert len(told("$limit=50000")) == 5
    assert ask(f"/resource/{REQUESTS}.csv", "$limit=9000000").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["$where=status='%ff'", "$where=status='%00'", "$where=status='%ed%a0%80'", "%ff=1", "&".join(["status=a"] * 300)],
)
def test_what_is_no_text_is_refused(numbers: list[str], query: str) -> None:
    refused(query)


def test_a_long_address_is_taken_and_a_longer_one_is_not(numbers: list[str]) -> None:
    assert told("$where=status='" + "x" * 16_000 + "'") == []
    assert ask(query="$where=status='" + "x" * 21_000 + "'").status_code == 414


def test_parameters_can_be_posted(numbers: list[str]) -> None:
    where = f"/springfield/resource/{REQUESTS}.json"
    client = Client(enforce_csrf_checks=True)
    as_form = client.post(where, "$select=count(*)", content_type="application/x-www-form-urlencoded")
    assert json.loads(body(as_form)) == [{"count": "5"}]
    as_json = client.post(where, {"$select": "count(*)", "$limit": 1}, content_type="application/json")
    assert json.loads(body(as_json)) == [{"count": "5"}]
    assert client.post(where, "[1]", content_type="application/json").status_code == 400
    assert client.post(where, "x", content_type="text/plain").status_code == 415


def test_nothing_can_be_written(numbers: list[str]) -> None:
    for method in ("put", "patch", "delete"):
        response = getattr(Client(), method)(f"/springfield/resource/{REQUESTS}.json")
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_a_page_elsewhere_may_ask(numbers: list[str]) -> None:
    response = Client().options(f"/resource/{REQUESTS}.json")
    assert response.status_code == 204
    assert "X-App-Token" in response.headers["Access-Control-Allow-Headers"]
    assert "ETag" in response.headers["Access-Control-Expose-Headers"]


def test_who_asks_too_often_waits_and_a_token_has_its_own_allowance(numbers: list[str], settings: Any) -> None:
    settings.OMBUD_SODA_CALLS_PER_HOUR = 2
    token = api_keys.grant(
        jurisdiction_id="springfield", program=api_keys.Program("Map", "map", frozenset()), email="a@b.example", at=NOON
    )
    assert [ask(query="$limit=1").status_code for _ in range(3)] == [200, 200, 429]
    waiting = ask(query="$limit=1")
    assert int(waiting.headers["Retry-After"]) > 0
    assert waiting.json()["code"] == "too_many_requests"
    assert ask(query="$limit=1", **{"X-App-Token": token}).status_code == 200
    assert ask(query=f"$limit=1&$$app_token={token}").status_code == 200
    assert ask(query="$limit=1", **{"X-App-Token": "nobody's"}).status_code == 429


def test_a_query_that_takes_too_long_is_told_so(numbers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> None:
        raise TookTooLong(10)

    monkeypatch.setattr(asking, "batches", slow)
    answer = refused("$limit=1", status=408)
    assert (answer["code"], "10 seconds" in answer["message"]) == ("query.timeout", True)


def test_a_bug_tells_nothing_of_the_machine(numbers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(asking, "batches", broken)
    answer = refused("$limit=1", status=500)
    assert "secret" not in json.dumps(answer)


def test_rows_come_from_postgresql_and_are_those_that_duckdb_has(
    numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = [
        "$order=requested_datetime desc&$limit=1000",
        "$order=requested_datetime&$limit=3&$offset=1&$where=requested_datetime>'2026-01-01'",
        f":id={numbers[2]}",
        "$limit=2",
    ]
    by_rows = [body(ask(query=query)) for query in queries]
    monkeypatch.setattr(planner, "fits_rows", lambda query: False)
    monkeypatch.setattr(soda, "_kept", Kept())
    assert [body(ask(query=query)) for query in queries] == by_rows


def test_how_many_rows_there_are_is_known_and_is_what_duckdb_counts(
    numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = ["$select=count(*)", "$select=count(*) as n, count(*)&$limit=5"]
    # These are counted, whatever is known.
    others = [
        "$select=count(*)&$where=status='closed'",
        "$select=count(*)&$q=nowhere",
        "$select=count(*)&$limit=0",
        "$select=count(*)&$offset=1",
        "$select=count(*)&$having=count(*)>99",
        "$select=service_code, count(*)&$group=service_code",
        "$select=count(closed_datetime)",
        "$query=select service_code group by service_code |> select count(*)",
    ]
    known = [told(query) for query in (*queries, *others)]
    assert known[0] == [{"count": "5"}]
    monkeypatch.setattr(planner, "only_counts", lambda query: False)
    monkeypatch.setattr(soda, "_kept", Kept())
    assert [told(query) for query in (*queries, *others)] == known
    monkeypatch.undo()
    monkeypatch.setattr(soda, "_kept", Kept())
    monkeypatch.setattr(asking, "engine", None)
    assert [told(query) for query in queries] == known[:2]


def test_the_same_question_is_run_once_for_a_version(
    city: CityBuilder, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[object] = []
    batches = asking.batches
    monkeypatch.setattr(asking, "batches", lambda *args, **how: runs.append(args) or batches(*args, **how))
    for spelling in ("$select=count(*)", "$select=COUNT( * ) /* again */"):
        assert told(spelling) == [{"count": "5"}]
    assert len(runs) == 1
    city.report("POTHOLE")
    publish(city, later=timedelta(hours=4))
    assert told("$select=count(*)") == [{"count": "6"}]


def test_one_caller_leaves_room_for_others() -> None:
    turns = Turns()

    def pieces() -> Generator[bytes, None, None]:
        yield b"x"
        yield b"y"

    begun = [turns.taken("one", pieces()) for _ in range(3)]
    with pytest.raises(Busy):
        turns.taken("one", pieces())
    assert list(turns.taken("another", pieces())) == [b"x", b"y"]
    assert list(begun[0]) == [b"x", b"y"]
    assert list(turns.taken("one", pieces())) == [b"x", b"y"]


def test_metadata(numbers: list[str]) -> None:
    answer = told(path=f"/api/views/{REQUESTS}.json")
    assert (answer["id"], answer["metadata"]["version"], answer["metadata"]["rows"]) == (REQUESTS, 1, 5)
    assert isinstance(answer["rowsUpdatedAt"], int)
    columns = {column["fieldName"]: column for column in answer["columns"]}
    assert columns["requested_datetime"]["dataTypeName"] == "calendar_date"
    assert columns["location"]["dataTypeName"] == "point"


def test_the_whole_as_a_file(numbers: list[str]) -> None:
    response = ask(f"/api/views/{REQUESTS}/rows.csv", "accessType=DOWNLOAD")
    rows = list(csv.DictReader(io.StringIO(body(response).decode())))
    assert sorted(row["service_request_id"] for row in rows) == sorted(numbers)
    assert f"{REQUESTS}.csv" in response.headers["Content-Disposition"]


def test_the_catalogue(numbers: list[str]) -> None:
    answer = told("domains=testserver&limit=100", path="/api/catalog/v1")
    assert REQUESTS in [one["resource"]["id"] for one in answer["results"]]
    assert answer["resultSetSize"] == len(answer["results"])
    assert told("domains=elsewhere.example", path="/api/catalog/v1")["resultSetSize"] == 0
    assert told(f"ids={REQUESTS}", path="/api/catalog/v1")["resultSetSize"] == 1
    assert told("q=nothing+like+this", path="/api/catalog/v1")["results"] == []
    assert told("limit=1&offset=1", path="/api/catalog/v1")["results"] == answer["results"][1:2]


@pytest.mark.parametrize(
    "link", ["/d/{}", "/springfield/d/{}", "/Social-Services/311-Requests/{}", "/springfield/Social/311/{}/data"]
)
def test_links_of_other_portals_lead_to_the_data_set(numbers: list[str], link: str) -> None:
    response = Client().get(link.format(REQUESTS))
    assert response.status_code == 302
    assert response.headers["Location"] == f"http://testserver/springfield/data/{REQUESTS}/"
