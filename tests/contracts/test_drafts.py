"""A report that is not sent yet: what it holds, and for how long."""

from datetime import timedelta

import pytest

from ombud.kernel import clock
from ombud.service_requests import queries
from tests.builders import CityBuilder
from tests.resident import Resident, jpeg, pinned, upload, words_of


@pytest.fixture
def ada(city: CityBuilder) -> Resident:
    return Resident()


def test_photos_that_waited_too_long_are_told_to_be_gone_before_they_are(city: CityBuilder, ada: Resident) -> None:
    """Files that no request names are swept after a day: a draft lets go of its photos before that."""
    draft = ada.begin()
    ada.fill(draft, place=pinned(), details={"q.size": "small", "photos": [upload(jpeg())]}, contact={})
    with clock.standing_at(clock.now() + timedelta(hours=19)):
        assert "1 photo" in words_of(ada.client.get(ada.at(draft, "check")))
    with clock.standing_at(clock.now() + timedelta(hours=21)):
        assert "Your photos waited too long" in words_of(ada.client.get(ada.at(draft, "check")))
        number, _ = ada.send(draft)
    assert queries.photos(queries.by_number("springfield", number)) == []
