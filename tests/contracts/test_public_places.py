"""Places that come back, for everybody: pointed at, counted by area, or not told, as the rules of privacy say."""

from datetime import timedelta

import pytest
from django.test import Client

from ombud.catalog import commands as catalogue
from ombud.catalog import queries as catalog
from ombud.catalog.rules.definition import Visibility
from ombud.kernel import clock
from ombud.triage.likeness import recurring
from tests.builders import GUS, MAIN_STREET, CityBuilder, RequestBuilder
from tests.conftest import NOON
from tests.resident import words_of

DAY = timedelta(days=1)
PLACES = "/springfield/places/"


def again_and_again(city: CityBuilder, service: str, **more: str) -> RequestBuilder:
    """Report the same thing four times, each closed the day after but for the last."""
    made = city.report(service, when=clock.now() - 120 * DAY, at=MAIN_STREET, **more)
    for days_ago in (90, 60, 30):
        made.closed("nothing_found", by=GUS, after=-(days_ago + 20) * DAY)
        made = city.report(service, when=clock.now() - days_ago * DAY, at=MAIN_STREET, **more)
    recurring.refresh(catalog.city(city.id), now=clock.now())
    return made


def test_nothing_says_so(city: CityBuilder, client: Client) -> None:
    assert "Nothing keeps coming back" in words_of(client.get(PLACES))


def test_what_is_public_is_pointed_at(city: CityBuilder, client: Client) -> None:
    last = again_and_again(city, "POTHOLE")
    page = words_of(client.get(PLACES))
    assert f"4 Pothole Ward 2 {last.number} open 4 30" in page
    assert "Told only by area" not in page
    assert last.number in words_of(client.get(f"{PLACES}?service=POTHOLE"))
    assert last.number not in words_of(client.get(f"{PLACES}?service=STREETLIGHT"))
    assert "/springfield/places/" in client.get("/springfield/requests/").content.decode()


def test_what_is_told_roughly_is_counted_by_area(city: CityBuilder, client: Client) -> None:
    last = again_and_again(city, "ENCAMPMENT")
    answer = client.get(PLACES)
    assert "Encampment Ward 2 1" in words_of(answer)
    for secret in (last.number, "37.20", "93.29"):
        assert secret not in answer.content.decode(), secret


@pytest.mark.parametrize("service", ["BARKING"])
def test_what_is_private_is_not_told_at_all(city: CityBuilder, client: Client, service: str) -> None:
    last = again_and_again(city, service, name="Ada")
    page = words_of(client.get(PLACES))
    assert "Nothing keeps coming back" in page
    assert last.number not in page


def test_what_became_private_since_the_night_is_not_told(city: CityBuilder, client: Client) -> None:
    last = again_and_again(city, "POTHOLE")
    for visibility, told in ((Visibility.COARSE, "Pothole Ward 2 1"), (Visibility.PRIVATE, "Nothing keeps")):
        definition = catalog.city(city.id).service("POTHOLE").model_copy(update={"visibility": visibility})
        catalogue.publish_service(jurisdiction_id=city.id, definition=definition, at=NOON)
        page = words_of(client.get(PLACES))
        assert told in page
        assert last.number not in page
