"""The walls between cities hold in the database itself, behind every query's own condition."""

import pytest
from django.db import DatabaseError, connection, transaction

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
