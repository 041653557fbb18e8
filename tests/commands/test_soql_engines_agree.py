"""For queries that nobody thought of, DuckDB and PostgreSQL give the same answer: the same rows, nulls and types."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from ombud.opendata.soql.faults import SoqlError
from tests.soql import Both, Row, meaning, row
from tests.soql_queries import query

ROWS = 60


def rows(made_from: int) -> list[Row]:
    """Return rows in which values repeat, and every column is null now and then."""
    dice = random.Random(made_from)

    def or_null(value: object) -> Any:
        return None if dice.random() < 0.2 else value

    def moment() -> datetime:
        since = timedelta(seconds=dice.randrange(90 * 86_400), milliseconds=dice.choice((0, 500)))
        return datetime.fromisoformat("2025-12-20T00:00:00") + since

    made = []
    for n in range(ROWS):
        place = or_null((round(37.1 + dice.random() / 4, 6), round(-93.4 + dice.random() / 4, 6)))
        made.append(
            row(
                n,
                agency=or_null(dice.choice(("DOT", "DSNY", "NYPD", "ñandú", "dot", " DOT "))),
                complaint=or_null(
                    dice.choice(("Street Light Out", "100% full_bin", "it's", "a_b%c", "12.5", "Éclair"))
                ),
                created_date=or_null(moment()),
                closed_date=or_null(moment()),
                days=or_null(dice.choice((0.0, 1.0, 2.0, 12.0, -3.0, 0.5, 2.345, 1e6))),
                score=or_null(round(dice.uniform(-5, 5), dice.choice((0, 1, 3, 9)))),
                urgent=or_null(dice.random() < 0.5),
                latitude=place and place[0],
                longitude=place and place[1],
                district=or_null(dice.choice("12")),
            )
        )
    return made


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Both]:
    with django_db_blocker.unblock():
        made = Both(tmp_path_factory.mktemp("lake"), rows(1))
        yield made
        made.close()


def outcome(ask: Any, asked: Any) -> object:
    try:
        return ask(asked)
    except SoqlError as refused:
        return refused.code


def test_generated_queries_have_one_answer(both: Both, request: pytest.FixtureRequest) -> None:
    answered = 0

    @seed(311)
    @settings(
        max_examples=6_000 if request.config.getoption("--soak") else 120,
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
        except SoqlError as refused:
            assert refused.code in ("query.execution.too-complex", "query.soql.type-mismatch"), text  # noqa: PT017
            return
        ours = outcome(both.duckdb, meant)
        assert ours == outcome(both.postgres, meant), text
        answered += isinstance(ours, list)

    ask()
    # The generator is good for something only while most of what it makes has an answer.
    assert answered > 80
