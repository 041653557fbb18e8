"""The walls between cities hold in the database itself, behind every query's own condition."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ombud.plumbing import walls
from ombud.service_requests.models import RequestEvent, ServiceRequest
from tests.builders import CityBuilder


def test_inside_a_city_only_its_rows_exist(city: CityBuilder, other_city: CityBuilder) -> None:
    mine = city.report()
    with walls.inside(other_city.id):
        theirs = other_city.report()
        assert list(ServiceRequest.objects.values_list("pk", flat=True)) == [theirs.id]
    assert list(ServiceRequest.objects.values_list("pk", flat=True)) == [mine.id]


def test_outside_of_any_city_there_are_none(city: CityBuilder) -> None:
    city.report()
    with walls.inside(""):
        assert ServiceRequest.objects.count() == 0


def test_a_row_of_another_city_cannot_be_written(city: CityBuilder, other_city: CityBuilder) -> None:
    mine = city.report()
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        ServiceRequest.objects.filter(pk=mine.id).update(jurisdiction_id=other_city.id)


def test_another_citys_rows_cannot_be_changed(city: CityBuilder, other_city: CityBuilder) -> None:
    mine = city.report()
    with walls.inside(other_city.id):
        assert ServiceRequest.objects.filter(pk=mine.id).update(priority="urgent") == 0


def test_the_walls_are_back_after_a_refusal(city: CityBuilder, other_city: CityBuilder) -> None:
    mine = city.report()
    with pytest.raises(RuntimeError), walls.inside(other_city.id):
        raise RuntimeError("whatever goes wrong inside")
    assert ServiceRequest.objects.filter(pk=mine.id).exists()


@pytest.mark.parametrize("verb", ["UPDATE ombud_request_event SET kind = 'closed'", "DELETE FROM ombud_request_event"])
def test_history_cannot_be_changed(city: CityBuilder, verb: str) -> None:
    city.report()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb)
    assert RequestEvent.objects.count() == 1


@pytest.mark.parametrize(
    "verb",
    [
        "UPDATE ombud_request_event SET kind = 'closed'",
        "DELETE FROM ombud_request_event",
        "TRUNCATE ombud_request_event",
    ],
)
def test_not_even_by_its_owner(city: CityBuilder, verb: str) -> None:
    city.report()
    with pytest.raises(DatabaseError, match="append-only"):
        as_owner(verb)


def as_owner(verb: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL ROLE none")
        cursor.execute(verb)


# A program of nested blocks: what a page, a job or a refusal in the middle of either may do.
ASK, FAIL = st.just(("ask",)), st.just(("fail",))
CITIES = st.sampled_from(["springfield", "shelbyville", ""])
PROGRAMS = st.recursive(
    ASK | FAIL,
    lambda body: st.lists(body, max_size=4).flatmap(
        lambda steps: (
            st.tuples(st.just("inside"), CITIES, st.just(steps), st.booleans())
            | st.tuples(st.just("atomic"), st.just(steps), st.booleans())
        )
    ),
    max_leaves=25,
)


class Raised(Exception):
    """Something went wrong in a block."""


def run(step: Any) -> None:
    """Run a step; each question of it must be asked inside the walls that the code stands in."""
    match step:
        case ("ask",):
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('ombud.jurisdiction', true)")
                assert cursor.fetchone() == (walls.current(),)
        case ("fail",):
            with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        case ("inside", city, steps, raises):
            with suppress(Raised), walls.inside(city):
                run_all(steps, raises)
        case ("atomic", steps, raises):
            with suppress(Raised), transaction.atomic():
                run_all(steps, raises)


def run_all(steps: list[Any], raises: bool) -> None:
    for step in steps:
        run(step)
    if raises:
        raise Raised


@pytest.fixture
def outside_any_transaction(_cities: None, django_db_blocker: Any) -> Iterator[None]:
    """The database as a page or a job has it: no transaction of a test around it. Nothing may be written here."""
    with django_db_blocker.unblock():
        yield
        connection.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.lists(PROGRAMS, max_size=6))
def test_each_statement_runs_inside_the_walls_its_code_stands_in(
    program: list[Any], outside_any_transaction: None
) -> None:
    run_all(program, raises=False)
    run(("ask",))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.lists(PROGRAMS, max_size=6))
def test_the_same_holds_within_a_transaction(program: list[Any], city: CityBuilder) -> None:
    run_all(program, raises=False)
    run(("ask",))


def test_a_second_visit_to_the_same_city_need_not_be_told(outside_any_transaction: None) -> None:
    sent: list[str] = []
    with walls.inside("springfield"):
        run(("ask",))
    connection.connection.execute = _noting(connection.connection.execute, sent)
    with walls.inside("springfield"):
        run(("ask",))
    assert sent == []
    with walls.inside("shelbyville"):
        run(("ask",))
    assert len(sent) == 1


def test_within_a_transaction_it_is_told_once_and_again_after_a_part_of_it_was_rolled_back(city: CityBuilder) -> None:
    sent: list[str] = []
    told = connection.connection.execute
    with walls.inside("shelbyville"), patch.object(connection.connection, "execute", _noting(told, sent)):
        run_all([("ask",), ("ask",)], raises=False)
        assert len(sent) == 1
        run(("fail",))
        run_all([("ask",), ("ask",)], raises=False)
        assert len(sent) == 2


def _noting(execute: Any, sent: list[str]) -> Any:
    def noted(sql: str, *args: Any) -> Any:
        sent.append(sql)
        return execute(sql, *args)

    return noted


def test_an_index_may_serve_conditions_on_areas_and_words_behind_the_wall(city: CityBuilder) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(proleakproof) FROM pg_operator JOIN pg_proc ON pg_proc.oid = oprcode"
            " WHERE pg_operator.oid = ANY(ARRAY['@>(anyarray,anyarray)', '@@(tsvector,tsquery)']::regoperator[])"
        )
        assert cursor.fetchone() == (True,)


def asked(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_every_table_that_knows_cities_is_behind_the_wall(city: CityBuilder) -> None:
    rows = asked(
        """
        SELECT c.relname, c.relrowsecurity, p.cmd, p.qual, p.with_check FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'jurisdiction_id' AND NOT a.attisdropped
        LEFT JOIN pg_policies p ON p.tablename = c.relname
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        """
    )
    open_to_all = {
        name
        for name, secured, verb, shown, taken in rows
        if not (secured and verb == "ALL" and "ombud.jurisdiction" in str(shown) and "ombud.jurisdiction" in str(taken))
    }
    assert len(rows) > 15
    assert open_to_all == set()


def test_pages_and_jobs_work_as_one_who_owns_nothing_and_passes_no_wall(city: CityBuilder) -> None:
    ((name, is_super, passes, owns),) = asked(
        """
        SELECT current_user, rolsuper, rolbypassrls, (SELECT count(*) FROM pg_tables WHERE tableowner = current_user)
        FROM pg_roles WHERE rolname = current_user
        """
    )
    assert (name, is_super, passes, owns) == ("ombud_app", False, False, 0)


@pytest.mark.parametrize("table", ["ombud_request_event", "ombud_personal_data_view", "ombud_catalogue_change"])
def test_what_is_only_added_to_cannot_be_changed_by_pages_or_jobs(city: CityBuilder, table: str) -> None:
    may = asked(
        f"SELECT has_table_privilege('{table}', verb) FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS verb"
    )
    assert may == [(False,)] * 3


def test_a_rolled_back_visit_to_another_city_leaves_nobody_there(city: CityBuilder, other_city: CityBuilder) -> None:
    mine = city.report()

    def look_there_and_break() -> None:
        with walls.inside(other_city.id):
            assert not ServiceRequest.objects.filter(pk=mine.id).exists()
        raise RuntimeError("whatever goes wrong after it")

    with pytest.raises(RuntimeError), transaction.atomic():
        look_there_and_break()
    assert ServiceRequest.objects.filter(pk=mine.id).exists()
    with walls.inside(other_city.id):
        assert not ServiceRequest.objects.filter(pk=mine.id).exists()


def test_a_new_connection_knows_where_it_is(city: CityBuilder) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('ombud.jurisdiction'), current_setting('role')")
        assert cursor.fetchone() == ("springfield", "ombud_app")
