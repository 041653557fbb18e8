"""
Spark gives the answers that DuckDB gives, on the same files.

In local mode, with the Java of the machine. That a query can be written for Spark at all is seen in
`rules/test_soql_language.py`.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from pyspark.sql import SparkSession

from ombud.opendata.formats import cells
from ombud.opendata.soql.faults import SoqlError
from ombud.opendata.soql.sql.compile import compiled
from ombud.opendata.soql.sql.compiled import Unsupported
from ombud.opendata.soql.tree import Query
from tests.commands.test_soql_engines_agree import rows
from tests.soql import NOW, Both, meaning
from tests.soql_queries import query

ASKED: tuple[dict[str, str], ...] = (
    {"select": "agency, count(*) as n, sum(days), avg(score), median(days), median(agency)", "group": "agency"},
    {"select": "agency, sum(case(urgent, 1, true, 0)), avg(case(urgent, 3, days > 2, 1))", "group": "agency"},
    {"select": "date_trunc_ym(created_date) as m, count(distinct agency)", "group": "m", "order": "m desc"},
    {"select": "created_date, closed_date, urgent, location, :updated_at", "order": "days desc"},
    {"select": "date_extract_dow(created_date) as d, count(*)", "group": "d", "where": "created_date is not null"},
    {"select": "days || ' days' as t, score::text, round(score, 2), days / 0, date_diff_d(closed_date, created_date)"},
    {"select": "complaint", "where": "complaint like '100\\%%' or not agency in ('DOT', 'DSNY')"},
    {"select": "count(*) filter (where urgent) as u", "where": "within_circle(location, 37.2, -93.3, 5000)"},
    {"select": ":id as id", "q": "street lights"},
    {"query": "select agency, count(*) as n group by agency |> select max(n) as most"},
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Both]:
    with django_db_blocker.unblock():
        made = Both(tmp_path_factory.mktemp("lake"), rows(1))
        yield made
        made.close()


@pytest.fixture(scope="module")
def spark(both: Both, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.shuffle.partitions", "1")
        # For a few small queries: to make code quick takes longer than the code runs.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .getOrCreate()
    )
    session.read.parquet(*both.files).createOrReplaceTempView("published")
    yield session
    session.stop()


def by_spark(spark: Any, asked: Query) -> list[list[str | None]]:
    """Return the answer of Spark, each cell as a text."""
    made = compiled(asked, "spark", relation="published", now=NOW)
    used = {name: value for name, value in made.bound.items() if f":{name}" in made.sql}
    table: pa.Table = spark.sql(made.sql, args=used).toArrow()
    found: list[list[str | None]] = []
    for batch in table.to_batches():
        columns = [cells.texts(output, lies_in) for output, lies_in in cells.arrays(batch, asked.outputs)]
        found += [list(row) for row in zip(*columns, strict=True)]
    return found


@pytest.mark.parametrize("asked", ASKED, ids=[str(n) for n in range(len(ASKED))])
def test_spark_answers_as_duckdb_does(both: Both, spark: Any, asked: dict[str, str]) -> None:
    meant = meaning(**asked)
    assert by_spark(spark, meant) == both.duckdb(meant)


def test_spark_answers_made_up_queries_as_duckdb_does(both: Both, spark: Any, request: pytest.FixtureRequest) -> None:
    answered = 0

    @seed(312)
    @settings(
        max_examples=1_000 if request.config.getoption("--soak") else 30,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(query())
    def ask(text: str) -> None:
        nonlocal answered
        try:
            meant = meaning(query=text)
            ours = both.duckdb(meant)
            theirs = by_spark(spark, meant)
        except (SoqlError, Unsupported):
            return
        assert ours == theirs, text
        answered += 1

    ask()
    assert answered > 10
