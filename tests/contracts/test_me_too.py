"""What a resident is asked about: open reports close by, as far as strangers may know of them."""

import re
from datetime import timedelta

import pytest

from ombud.kernel.geo import LonLat
from ombud.places import queries as places
from ombud.service_requests import queries
from tests.builders import MAIN_STREET, CityBuilder, a_little_away
from tests.conftest import NOON
from tests.resident import Resident, pinned, words_of

# So long ago that what is shown coarsely may be listed.
LISTED = NOON - timedelta(days=8)


def asked(ada: Resident, service: str, at: LonLat = MAIN_STREET) -> str:
    """Report a place and return the words of the page that comes next."""
    draft = ada.begin(service)
    answer = ada.client.post(ada.at(draft, "place"), pinned(at.lon, at.lat), follow=True)
    asked.draft = draft  # type: ignore[attr-defined]
    return words_of(answer)


@pytest.fixture
def ada(city: CityBuilder) -> Resident:
    return Resident()


def test_a_public_one_is_offered_with_its_distance(city: CityBuilder, ada: Resident) -> None:
    near = city.report(at=a_little_away(MAIN_STREET, metres=12))
    page = asked(ada, "POTHOLE")
    assert near.number in page
    assert "12 m away" in page


def test_me_too_is_a_report_of_its_own(city: CityBuilder, ada: Resident) -> None:
    for service in ("POTHOLE", "ENCAMPMENT"):
        near = city.report(service, when=LISTED)
        asked(ada, service)
        draft = asked.draft  # type: ignore[attr-defined]
        ada.client.post(ada.at(draft, "nearby"), {"same_as": near.number})
        ada.fill(draft, details={"q.size": "small"} if service == "POTHOLE" else {}, contact={})
        number, _ = ada.send(draft)
        row = queries.by_number("springfield", number)
        assert number != near.number
        assert row.incident_id == near.row.incident_id is not None


def test_a_coarse_one_is_told_by_its_neighbourhood_only(city: CityBuilder, ada: Resident) -> None:
    at = a_little_away(MAIN_STREET, metres=12)
    near = city.report("ENCAMPMENT", when=LISTED, at=at, description="behind the bakery")
    page = asked(ada, "ENCAMPMENT")
    assert near.number in page
    assert "in this neighbourhood, asked" in page
    assert not re.search(r"\d m away", page)
    for private in ("bakery", str(near.row.lat), str(near.row.lon), near.row.address or "no such address"):
        assert private not in page


def test_a_coarse_one_cannot_be_found_by_asking_from_all_around(city: CityBuilder, ada: Resident) -> None:
    """Wherever in its cell somebody asks, the answer is the same; so it says no more than the cell."""
    near = city.report("ENCAMPMENT", when=LISTED)
    cell = places.cell_of(MAIN_STREET)
    around = [a_little_away(MAIN_STREET, metres=m) for m in (-900, -400, -200, -29, 0, 31, 200, 400, 900)]
    assert {places.cell_of(point) == cell for point in around} == {True, False}
    for point in around:
        assert (near.number in asked(ada, "ENCAMPMENT", point)) is (places.cell_of(point) == cell)


@pytest.mark.parametrize("service", ["BULKY", "BARKING"])
def test_a_counted_or_private_one_is_never_offered(city: CityBuilder, ada: Resident, service: str) -> None:
    near = city.report(service, name="Eve", email="eve@example.org")
    assert near.number not in asked(ada, service)
    draft = asked.draft  # type: ignore[attr-defined]
    ada.client.post(ada.at(draft, "nearby"), {"same_as": near.number})
    ada.fill(draft, details={}, contact={"name": "Ada", "email": "ada@example.org"})
    ada.send(draft)
    assert near.row.incident_id is None


def test_one_made_private_later_is_never_offered(city: CityBuilder, ada: Resident) -> None:
    """A request has the visibility it was made with: its service may be public by now."""
    near = city.report()
    type(near.row).objects.filter(pk=near.id).update(visibility="private")
    assert near.number not in asked(ada, "POTHOLE")
