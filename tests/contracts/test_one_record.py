"""The page that tells how departments with systems of their own share one record, and what it does not tell."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ombud import wiring
from ombud.connect.bridge import commands, connectors
from tests.bridge import MAPPING, YARA, Far, link_to, turn
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.resident import Resident, words_of

PAGE = "/springfield/one-record/"


@pytest.fixture(autouse=True)
def _fake_connector() -> Iterator[None]:
    connectors.set_connectors({**wiring.CONNECTORS, "fake": "tests.bridge.connect"})
    yield
    connectors.set_connectors(wiring.CONNECTORS)


def test_a_city_whose_record_stands_alone_has_no_such_page(ada: Resident) -> None:
    assert ada.client.get(PAGE).status_code == 404
    assert PAGE not in ada.client.get("/springfield/").content.decode()


def test_it_shows_both_numbers_and_both_words(city: CityBuilder, ada: Resident) -> None:
    far = Far()
    theirs = far.opened(at=NOON - timedelta(days=1))
    far.opened(TYPE="UNHEARD-OF")
    turn(link_to(far))
    page = words_of(ada.client.get(PAGE))
    for words in (f"here, {theirs} there", "Old works", "closed done", "1 record has a word", "the last two minutes"):
        assert words in page
    assert PAGE in ada.client.get("/springfield/").content.decode()


def test_what_is_only_counted_is_only_counted(city: CityBuilder, ada: Resident) -> None:
    far = Far()
    hidden = far.opened(TYPE="COUCH", ADDRESS="1 Home St")
    turn(link_to(far, mapping=MAPPING.replace("LAMP: STREETLIGHT", "COUCH: BULKY")))
    page = words_of(ada.client.get(PAGE))
    assert "1 request in both" in page
    assert "Nothing here that everybody may see" in page
    assert hidden not in page
    assert "Home St" not in page


def test_a_link_that_is_off_is_not_spoken_of(city: CityBuilder, ada: Resident) -> None:
    far = Far()
    far.opened()
    turn(link_to(far))
    commands.set_mode(jurisdiction_id="springfield", code="old", mode="off", actor=YARA, at=NOON)
    assert ada.client.get(PAGE).status_code == 404
