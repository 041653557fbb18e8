"""What queries answer, on DuckDB and PostgreSQL alike: every test asks both."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.soql import Both, row


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


ROWS = [
    row(
        1,
        agency="DOT",
        complaint="Street Light Out",
        created_date=at("2026-01-31T08:05:00"),
        closed_date=at("2026-02-02T08:04:59"),
        days=2.0,
        score=2.345,
        urgent=True,
        latitude=37.2,
        longitude=-93.3,
        district="1",
    ),
    row(
        2,
        agency="DOT",
        complaint="Pothole",
        created_date=at("2026-02-01T00:00:00"),
        days=12.0,
        score=-2.345,
        urgent=False,
        latitude=37.21,
        longitude=-93.29,
        district="2",
    ),
    row(
        3, agency="DSNY", complaint="100% full_bin", created_date=at("2025-12-28T23:59:59.500000"), days=0.5, score=0.0
    ),
    row(4, agency="ñandú", complaint='it\'s "quoted"', days=1e16, score=0.00001, district="2"),
    row(5),
    row(6, agency="DSNY", complaint="Graffiti Removal", days=12.0, latitude=37.3, longitude=-93.1, urgent=True),
]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Both]:
    # Nothing is changed, so one will do; the table lives as long as the connection.
    with django_db_blocker.unblock():
        made = Both(tmp_path_factory.mktemp("lake"), ROWS)
        yield made
        made.close()


def ids(answer: list[dict[str, Any]]) -> list[int]:
    return [int(one["id"][-4:]) for one in answer]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("agency = 'DOT'", [1, 2]),
        ('agency = "DOT"', [1, 2]),
        ("agency = 'dot'", []),
        ("agency != 'DOT'", [3, 4, 6]),
        ("not agency = 'DOT'", [3, 4, 6]),
        ("agency not in ('DOT', 'DSNY')", [4]),
        ("agency in ('DOT', null)", [1, 2]),
        ("agency not in ('DOT', null)", []),
        ("agency = null", []),
        ("null", []),
        ("agency is null", [5]),
        ("`agency` is not null", [1, 2, 3, 4, 6]),
        ("agency = complaint is null", [5]),
        ("complaint not like '%o%'", [1, 3]),
        ("complaint like '100\\% full\\_bin'", [3]),
        ("complaint like '%\\_bin'", [3]),
        ("complaint like '100_%'", [3]),
        ("complaint like '%\"q%'", [4]),
        ("complaint = 'it''s \"quoted\"'", [4]),
        ('complaint = "it\'s \\"quoted\\""', [4]),
        ("days not between 1 and 12", [3, 4]),
        ("days > '11.5' and days < 13", [2, 6]),
        ("days / 0 is null", [1, 2, 3, 4, 5, 6]),
        ("days % 5 = 2", [1, 2, 6]),
        ("2 ^ 3 ^ 2 = 512 and -2 ^ 2 = 4", [1, 2, 3, 4, 5, 6]),
        ("7 / 2 = 3.5", [1, 2, 3, 4, 5, 6]),
        ("created_date >= '2026-02-01'", [2]),
        ("created_date between '2025-12-28' and '2026-01-31T23:59'", [1, 3]),
        ("urgent", [1, 6]),
        ("not urgent", [2]),
        ("urgent = 'false'", [2]),
        ("agency = 'DOT' or agency = 'DSNY' and urgent", [1, 2, 6]),
        ("starts_with(complaint, '100%')", [3]),
        ("contains(complaint, '_')", [3]),
        ("caseless_eq(agency, 'dsny')", [3, 6]),
        ("caseless_one_of(agency, 'dsny', 'ÑANDÚ')", [3, 4, 6]),
        ("caseless_contains(complaint, 'GRAFF')", [6]),
        ("unaccent(agency) = 'nandu'", [4]),
        ("within_box(location, 37.25, -93.4, 37.1, -93.2)", [1, 2]),
        ("within_circle(location, 37.2, -93.3, 1500)", [1, 2]),
        ("within_circle(location, 37.2, -93.3, 1400)", [1]),
        ("within_circle(make_point(latitude, longitude), 37.2, -93.3, 1)", [1]),
        ("within_circle(location, 37.2, -93.3, 0)", [1]),
        ("within_circle(location, -37.2, 86.7, 20000000)", [6]),
        ("within_circle(location, -37.2, 86.7, 20015115)", [1, 2, 6]),  # half around the earth
        ("within_circle(location, -37.2, 86.7, 21000000)", [1, 2, 6]),
        (
            "within_polygon(location, 'POLYGON ((-93.4 37.1, -93.2 37.1, -93.2 37.25, -93.4 37.25, -93.4 37.1))')",
            [1, 2],
        ),
        ("within_polygon(location, 'MULTIPOLYGON ((-93.4 37.1, -93.25 37.1, -93.25 37.205, -93.4 37.205))')", [1]),
        ("intersects(location, 'POINT (-93.3 37.2)')", [1]),
        ("location is null", [3, 4, 5]),
        ("location.latitude > 37.25", [6]),
        ("district = '2'", [2, 4]),
        (":id > 'row-0004'", [5, 6]),
        (":updated_at > '2026-01-01T04:30:00Z'", [5, 6]),
        (":version = 1", [3, 6]),
    ],
)
def test_rows_that_a_condition_lets_through(both: Both, where: str, found: list[int]) -> None:
    assert ids(both.ask(select=":id as id", where=where)) == found


@pytest.mark.parametrize(
    ("expression", "of_row", "value"),
    [
        ("round(score, 2)", 1, "2.35"),
        ("round(score, 2)", 2, "-2.35"),
        ("round(days * 1250, -3)", 1, "3000"),
        ("score", 4, "0.00001"),
        ("days", 4, "10000000000000000"),
        ("days / 7", 1, "0.285714285714286"),
        ("0.1 + 0.2", 1, "0.3"),
        ("abs(score)", 2, "2.345"),
        ("ceil(days)", 3, "1"),
        ("ln(days - 2)", 1, None),
        ("ln(days)", 1, "0.6931471806"),
        ("(0 - 8) ^ 0.5", 1, None),
        ("days || ' days'", 1, "2 days"),
        ("days || ''", 3, "0.5"),
        ("score || ''", 4, "0.00001"),
        ("complaint || agency", 5, None),
        ("days::text", 4, "10000000000000000"),
        ("urgent::text", 2, "false"),
        ("created_date::text", 1, "2026-01-31T08:05:00.000"),
        ("'12.50'::number", 1, "12.5"),
        ("complaint::number", 1, None),
        ("substring('2026-02-30', 1)::floating_timestamp", 1, None),
        ("substring('2026-02-28', 1)::floating_timestamp", 1, "2026-02-28T00:00:00.000"),
        ("created_date", 3, "2025-12-28T23:59:59.500"),
        (":updated_at", 1, "2026-01-01T01:00:00.000Z"),
        ("date_trunc_ym(created_date)", 1, "2026-01-01T00:00:00.000"),
        ("date_trunc_ymd(:updated_at)", 1, "2026-01-01T00:00:00.000Z"),
        ("date_trunc_ymd(:updated_at, 'America/New_York')", 1, "2025-12-31T00:00:00.000"),
        ("date_extract_dow(created_date)", 2, "0"),
        ("date_extract_dow(created_date)", 1, "6"),
        ("date_extract_woy('2013-10-24'::floating_timestamp)", 1, "43"),
        ("date_extract_iso_y(created_date)", 2, "2026"),
        ("date_extract_m(created_date)", 3, "12"),
        ("date_extract_mm(created_date)", 1, "5"),
        ("date_extract_ss(created_date)", 3, "59"),
        ("date_diff_d(closed_date, created_date)", 1, "1"),
        ("date_diff_d(created_date, closed_date)", 1, "-1"),
        ("upper(agency)", 4, "ÑANDÚ"),
        ("length(agency)", 4, "5"),
        ("trim('  a ')", 1, "a"),
        ("replace(complaint, 'Light', 'Lamp')", 1, "Street Lamp Out"),
        ("substring(complaint, 8, 5)", 1, "Light"),
        ("split_part(complaint, ' ', 2)", 1, "Light"),
        ("left_pad(days::text, 4, '0')", 1, "0002"),
        ("case(days > 5, 'long', days > 1, 'short')", 1, "short"),
        ("case(days > 5, 'long')", 1, None),
        ("case when days > 5 then 'long' else 'short' end", 5, "short"),
        ("iif(urgent, 1, 0)", 5, "0"),
        ("coalesce(agency, 'nobody')", 5, "nobody"),
        ("nullif(agency, 'DOT')", 1, None),
        ("greatest(days, null, 3)", 1, "3"),
        ("least(agency, 'E')", 1, "DOT"),
        ("width_bucket(days, 0, 10, 5)", 1, "2"),
        ("width_bucket(days, 0, 10, 5)", 2, "6"),
        ("closed_date is null", 2, True),
        ("urgent", 5, None),
        ("distance_in_meters(location, 'POINT (-93.3 37.2)')", 1, "0"),
        ("location", 1, {"type": "Point", "coordinates": [-93.3, 37.2]}),
        ("location", 5, None),
        ("null", 1, None),
        ("get_utc_date()", 1, "2026-11-22T12:00:00.000Z"),
    ],
)
def test_values_of_expressions(both: Both, expression: str, of_row: int, value: object) -> None:
    (answer,) = both.ask(select=f"{expression} as it", where=f":id = 'row-{of_row:04}'")
    assert answer == ({} if value is None else {"it": value})


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"select": "count(*)"}, [{"count": "6"}]),
        ({"select": "count(agency), count(distinct agency) as kinds"}, [{"count_agency": "5", "kinds": "3"}]),
        ({"select": "count(location)"}, [{"count_location": "3"}]),
        ({"select": "count_distinct(agency)", "where": "days = 12"}, [{"count_distinct_agency": "2"}]),
        ({"select": "count(*), sum(days), avg(days)", "where": "false"}, [{"count": "0"}]),
        ({"select": "agency, count(*)", "where": "false", "group": "agency"}, []),
        ({"select": "sum(score), avg(score)"}, [{"sum_score": "0.00001", "avg_score": "0.0000025"}]),
        (
            {"select": "sum(case(urgent, 1, true, 0)) as u, avg(case(urgent, 1, true, 0)) as share"},
            [{"u": "2", "share": "0.333333333333333"}],
        ),
        ({"select": "avg(case(urgent, 1)) as ones, sum(case(complaint = 'no such', 2)) as none"}, [{"ones": "1"}]),
        ({"select": "sum(distinct case(urgent, 1, true, 3)) as once"}, [{"once": "4"}]),
        ({"select": "sum(-1) as s, avg(0) as a", "where": "false"}, [{}]),
        (  # in the order of the rows, numbers of 53 bits would come to 0.10000002
            {"select": "sum(case(agency = 'ñandú', 0.1, days = 12 and urgent, -1000000000, days = 12, 1e9)) as s"},
            [{"s": "0.1"}],
        ),
        ({"select": "median(days), median(agency)"}, [{"median_days": "12", "median_agency": "DSNY"}]),
        ({"select": "percentile(days, 0.25) as p"}, [{"p": "2"}]),
        (
            {"select": "max(latitude) as top, min(agency)", "where": "latitude > 0"},
            [{"top": "37.3", "min_agency": "DOT"}],
        ),
        (
            {"select": "stddev_pop(days) as p, stddev_samp(days) as s", "where": "days < 5"},
            [{"p": "0.75", "s": "1.060660172"}],
        ),
        ({"select": "count(*) filter (where urgent) as u"}, [{"u": "2"}]),
        (
            {"select": "agency, count(*) as n", "group": "agency", "order": "n desc, agency"},
            [
                {"agency": "DOT", "n": "2"},
                {"agency": "DSNY", "n": "2"},
                {"agency": "ñandú", "n": "1"},
                {"n": "1"},
            ],
        ),
        (
            {"select": "agency, count(*)", "group": "agency", "having": "count(*) > 1", "order": "agency desc"},
            [{"agency": "DSNY", "count": "2"}, {"agency": "DOT", "count": "2"}],
        ),
        (
            {"select": "closed_date is null as open, count(*)", "group": "open"},
            [{"open": False, "count": "1"}, {"open": True, "count": "5"}],
        ),
        ({"select": "distinct urgent"}, [{"urgent": False}, {"urgent": True}, {}]),
        (
            {"select": "date_trunc_ym(createddate) as m, count(*)", "group": "m", "order": "m desc"},
            [
                {"count": "3"},
                {"m": "2026-02-01T00:00:00.000", "count": "1"},
                {"m": "2026-01-01T00:00:00.000", "count": "1"},
                {"m": "2025-12-01T00:00:00.000", "count": "1"},
            ],
        ),
        (
            {"query": "select agency, count(*) as n group by agency |> select n, count(*) as of group by n order by n"},
            [{"n": "1", "of": "2"}, {"n": "2", "of": "2"}],
        ),
        (
            {"query": "select *, days * 2 as twice order by days limit 2 |> select twice, :id as id"},
            [{"twice": "1", "id": "row-0003"}, {"twice": "4", "id": "row-0001"}],
        ),
        ({"select": "createddate", "where": "days = 2"}, [{"createddate": "2026-01-31T08:05:00.000"}]),
        ({"select": "complaint_type", "_complaint_type": "Pothole"}, [{"complaint_type": "Pothole"}]),
        ({"select": "agency", "_agency": "' OR '1'='1"}, []),
        ({"select": ":id", "_agency": "DOT", "where": "urgent or true"}, [{"id": "row-0001"}, {"id": "row-0002"}]),
        ({"select": ":id", "q": "LIGHTS street"}, [{"id": "row-0001"}]),
        ({"select": ":id", "q": "ight"}, []),
        ({"select": ":id", "limit": "2", "offset": "3"}, [{"id": "row-0004"}, {"id": "row-0005"}]),
        ({"limit": "0"}, []),
    ],
)
def test_answers(both: Both, asked: dict[str, str], answer: list[dict[str, Any]]) -> None:
    if "select" in asked and asked["select"] == ":id":
        asked = {**asked, "select": ":id as id"}
    assert both.ask(**asked) == answer


def test_nulls_come_last_ascending_and_first_descending(both: Both) -> None:
    assert ids(both.ask(select=":id as id", order="days")) == [3, 1, 2, 6, 4, 5]
    assert ids(both.ask(select=":id as id", order="days desc")) == [5, 4, 2, 6, 1, 3]
    assert ids(both.ask(select=":id as id", order="days desc null last")) == [4, 2, 6, 1, 3, 5]
    assert ids(both.ask(select=":id as id", order="days asc nulls first")) == [5, 3, 1, 2, 6, 4]


def test_texts_are_ordered_by_code_point(both: Both) -> None:
    answer = both.ask(select="agency", group="agency", order="agency")
    assert [one.get("agency") for one in answer] == ["DOT", "DSNY", "ñandú", None]


def test_an_output_wins_in_order_and_a_column_elsewhere(both: Both) -> None:
    assert ids(both.ask(select=":id as id, 0 - days as days", where="days > 11", order="days")) == [4, 2, 6]
