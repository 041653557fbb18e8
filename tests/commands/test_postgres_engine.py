"""PostgreSQL over the projection: what it cannot do in time or in range is told in the record's own words."""

import pytest
from django.db import connection

from ombud.opendata.engines import postgres
from ombud.opendata.engines.budget import Budget, TookTooLong
from ombud.opendata.soql.faults import OUT_OF_RANGE, SoqlError
from ombud.opendata.soql.sql.compiled import Compiled
from tests.builders import CityBuilder


def statement(sql: str) -> Compiled:
    return Compiled(sql, {}, (), {})


def timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        return str(cursor.fetchone()[0])


def test_what_takes_too_long_is_ended_and_the_next_has_its_own_time(city: CityBuilder) -> None:
    with pytest.raises(TookTooLong):
        postgres.batch(statement("SELECT pg_sleep(20)"), Budget(0.2))
    assert timeout() == "0"
    assert postgres.batch(statement("SELECT 1"), Budget(5)).num_columns == 0
    assert timeout() == "0"


def test_a_number_out_of_range_is_told(city: CityBuilder) -> None:
    with pytest.raises(SoqlError) as refused:
        postgres.batch(statement("SELECT 9223372036854775807::bigint + 1"), Budget(5))
    assert refused.value.code == OUT_OF_RANGE
