"""Whatever is sent, the answer is an answer or a refusal: never a failure, and never anything of the machine."""

import random
from urllib.parse import quote

import pytest
from django.test import Client

from ombud.catalog import queries as catalog
from ombud.opendata.commands import publish_requests
from ombud.opendata.datasets.dataset import derived_id
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.record import own_lake  # noqa: F401  a fixture
from tests.resident import bytes_of

REQUESTS = derived_id("springfield", "requests")
# What would come out of an engine, a file system or a stack, and out of nothing that we say.
OF_THE_MACHINE = (
    "Traceback",
    "duckdb",
    "DuckDB",
    "psycopg",
    "sqlglot",
    "/home",
    "/etc/",
    ".parquet",
    "SELECT ",
    "ombud_",
)
NASTY = (
    "$where=1=1; drop table ombud_account",
    "$where=status = '' or ''='' --",
    "$where=status='x'/*",
    "$select=read_parquet('/etc/passwd')",
    "$select=read_csv_auto('/etc/passwd'), glob('*')",
    "$select=current_setting('allowed_directories')",
    "$select=getenv('HOME')",
    "$select=pg_sleep(10)",
    "$select=version()",
    "$select=lo_import('/etc/passwd')",
    "$select=query('select 1')",
    '$select="t"."_id"',
    "$select=`ombud_account`",
    "$select=_id",
    "$select=jurisdiction_id",
    "$select=month",
    "$select=more",
    "$query=select * from ombud_account",
    "$query=copy (select 1) to '/tmp/x'",
    "$query=attach '/tmp/x'",
    "$query=pragma database_list",
    "$query=select * |> |> select *",
    "$query=select (select 1)",
    "$query=with a as (select 1) select *",
    "$query=" + "select * |> " * 50 + "select *",
    "$where=" + "(" * 1500 + "1",
    "$where=" + "not " * 1500 + "true",
    "$where=" + "-" * 3000 + "1 > 0",
    "$where=" + "- " * 1500 + "1 > 0",
    "$select=" + "abs(" * 1500,
    "$where=" + " or ".join(["status='a'"] * 400),
    "$where=latitude ^ latitude ^ latitude ^ 99 > 1",
    "$select=1e308 * 10 as x",
    "$select=sum(1e300) as x",
    "$select=sum(9e18) as x",
    "$select=10 ^ 400 as x",
    "$select=round(1e300, 2) as x",
    "$select=1e308::text as x",
    "$select=(0-1) ^ 0.5 as x, ln(0), 1/0, 0 % 0",
    "$select=left_pad(status, 10000, 'x'), left_pad(status, 10001, 'x')",
    "$select=substring(status, 0 - 1)",
    "$select=split_part(status, '', 1)",
    "$select=replace(status, '', 'x')",
    "$where=status like '" + "%_" * 100 + "'",
    "$where=status like '" + "%" * 101 + "'",
    "$where=within_polygon(location, 'POLYGON ((0 0, 1 1, 0 1, 1 0))')",
    "$where=within_polygon(location, 'POLYGON ((0 0, 0 0, 0 0, 0 0))')",
    "$where=within_polygon(location, 'POLYGON EMPTY')",
    "$where=within_polygon(location, 'MULTIPOLYGON (((nan nan, 1 1, 2 2)))')",
    "$where=within_polygon(location, 'POLYGON ((1e308 1, 1 1, 2 2))')",
    "$where=within_circle(location, 90, 180, 20000000)",
    "$where=within_box(location, 90, 180, -90, -180)",
    "$where=requested_datetime > '9999-99-99'",
    "$where=requested_datetime > '0000-01-01'",
    "$where=:updated_at > '9999-12-31T23:59:59-14:00'",
    "$where=:updated_at > '0001-01-01T00:00:00+14:00'",
    "$select=date_trunc_y(:updated_at, '../../etc/passwd')",
    "$q=" + "' or 1=1 " * 3,
    "$q=%5B%5E%2A(%2B",
    "$q=\\",
    "$limit=999999999999999999999",
    "$limit=-1",
    "$offset=9007199254740993",
    "$offset=9007199254740992",
    "$limit=1&$limit=2",
    "$$asof=0",
    "$$asof=9999999999",
    "$$asof=2026-13-45T99:99:99",
    "$$asof=../../../etc/passwd",
    "$group=1",
    "$group=status&$select=count(*)&$having=count(*) filter (where count(*) > 1) > 0",
    "$select=case when 1 then 2 end",
    "$select=case()",
    "$select=*, *",
    "$select=:*, :*",
    "$select=* (except status, status)",
    "$select=status as `select`",
    "$select=status as \u202e",
    "$jsonp=alert(1)",
    "$select=count(distinct location)",
    "$select=max(location)",
    "$order=location",
    "$order=1",
    "$select=distinct location",
    "$select=median(status), percentile(latitude, 2)",
    "status=" + "x" * 9000,
    "\u0000=1",
    "=",
    "&&&",
    "$",
    "$$",
)
_WORDS = (
    "select where group order having limit offset distinct as and or not is null like between in case when end status"
    " latitude location requested_datetime :id :* * ( ) , + - / % ^ || :: . = <> < > |> 1 2.5 1e308 'x' \"y\" null true"
    " '2026-01-01' count( max( upper( round( within_box( date_trunc_ym( ::text ::number ` ' \" \\ /* */ -- ; @ ? [ ]"
    " { } $1 \x01 \u00e9 \U0001f600 \u202e"
)
PIECES = (*_WORDS.split(" "), "'POINT (1 2)'")


@pytest.fixture
def record(lake: object, city: CityBuilder) -> None:
    """A few published requests, in a lake of the test's own."""
    for _ in range(3):
        city.report("POTHOLE")
    publish_requests.publish(catalog.city(city.id), now=NOON)


def asked(query: str, ending: str = "json") -> None:
    encoded = quote(query, safe="$=&(),*:%+ ", errors="surrogatepass").replace(" ", "%20")
    answer = Client(raise_request_exception=False).get(f"/springfield/resource/{REQUESTS}.{ending}?{encoded}")
    body = bytes_of(answer)
    assert answer.status_code in (200, 400, 404, 414), (query, answer.status_code, body[:300])
    if answer.status_code != 200:
        # What was asked may be told back, and only that.
        message = answer.json()["message"]
        assert not [word for word in OF_THE_MACHINE if word in message and word not in query], (query, message)


def test_nasty_queries(record: None) -> None:
    for query in NASTY:
        asked(query)


def test_made_up_queries(record: None, request: pytest.FixtureRequest) -> None:
    dice = random.Random(311)
    for _ in range(5_000 if request.config.getoption("--soak") else 150):
        clause = dice.choice(("$query", "$select", "$where", "$group", "$having", "$order", "$q", "$limit", "status"))
        words = [dice.choice(PIECES) for _ in range(dice.randrange(1, 25))]
        asked(f"{clause}={dice.choice((' ', ''))[:1].join(words)}", dice.choice(("json", "csv", "geojson")))
