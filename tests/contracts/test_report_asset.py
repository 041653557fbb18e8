"""Which one is it? The page between the place and the questions, as a person without script walks it."""

import pytest

from ombud.places import asset_loading
from ombud.service_requests import queries
from tests.builders import CityBuilder
from tests.commands.test_assets import FOLDER
from tests.conftest import NOON
from tests.desk import Staff
from tests.resident import Resident, pinned, words_of


@pytest.fixture
def lamp(city: CityBuilder, ada: Resident) -> str:
    """A report of a street light, at the page that asks which one."""
    asset_loading.load_assets(FOLDER, jurisdiction_id=city.id, at=NOON)
    draft = ada.begin("STREETLIGHT")
    answer = ada.client.post(ada.at(draft, "place"), pinned())
    assert answer["Location"] == ada.at(draft, "asset")
    return draft


def test_the_nearest_are_offered_and_the_one_chosen_is_kept(
    city: CityBuilder, ada: Resident, lamp: str, desk: Staff
) -> None:
    page = words_of(ada.client.get(ada.at(lamp, "asset")))
    assert "Street light 4711, led 9 m away" in page
    answer = ada.client.post(ada.at(lamp, "asset"), {"asset": "lights:4711"})
    assert answer["Location"] == ada.at(lamp, "details")
    ada.fill(lamp, details={}, contact={})
    assert "Street light 4711, led" in words_of(ada.client.get(ada.at(lamp, "check")))
    number, _key = ada.send(lamp)
    assert queries.by_number(city.id, number).asset == "lights:4711"
    assert "Street light 4711, led" in words_of(desk.gus.get(f"/springfield/desk/r/{number}/"))


def test_the_number_on_it_finds_it_and_a_wrong_one_is_told(ada: Resident, lamp: str) -> None:
    answer = ada.client.post(ada.at(lamp, "asset"), {"asset": "", "number": "1"})
    assert answer.status_code == 422
    assert "We know no such number here" in words_of(answer)
    assert ada.client.post(ada.at(lamp, "asset"), {"asset": "", "number": "4713"}).status_code == 302


def test_not_being_sure_is_an_answer(city: CityBuilder, ada: Resident, lamp: str) -> None:
    ada.client.post(ada.at(lamp, "asset"), {"asset": ""})
    ada.fill(lamp, details={}, contact={})
    number, _key = ada.send(lamp)
    assert queries.by_number(city.id, number).asset == ""


def test_what_somebody_else_owns_is_told_with_the_right_door(ada: Resident, lamp: str) -> None:
    answer = ada.client.post(ada.at(lamp, "asset"), {"asset": "lights:4712"})
    assert answer.status_code == 200
    page = words_of(answer)
    assert "State Highways looks after this one" in page
    assert "555-0190" in page


def test_where_nothing_lies_near_nothing_is_asked(city: CityBuilder, ada: Resident) -> None:
    draft = ada.begin("STREETLIGHT")
    assert ada.client.post(ada.at(draft, "place"), pinned())["Location"] == ada.at(draft, "details")
    assert ada.client.get(ada.at(draft, "asset"))["Location"] == ada.at(draft, "details")
