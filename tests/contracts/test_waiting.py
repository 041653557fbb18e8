"""What waits before it is listed waits at every door; whoever has its number finds it, no finer than the rules say."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from ombud.catalog import commands as catalogue
from ombud.catalog import queries as catalog
from ombud.catalog.models import Jurisdiction
from ombud.kernel import clock
from ombud.opendata import queries as public_record
from ombud.plumbing import commit_order
from tests.builders import GUS, CityBuilder, RequestBuilder
from tests.conftest import NOON
from tests.receiver import receiving
from tests.resident import bytes_of, words_of
from tests.webhooks import Worker, listen_at

TOWN = "/springfield"
LISTS = (
    "/", "/requests/", "/requests/?status=open", "/requests/map/", "/requests/points.geojson", "/places/",
    "/api/v1/events?limit=500", "/open311/v2/requests.json?extensions=true", "/open311/v2/requests.xml",
    "/open311/v2/bulk.csv", "/open311/v2/bulk.json", "/open311/v2/servicerequestupdates.json",
)  # fmt: skip
# Those that tell of events of the last day, or of what comes back.
NO_STANDING = ("/api/v1/events", "/open311/v2/servicerequestupdates", "/places/")
COUNTS = ("received", "open")


@pytest.fixture(autouse=True)
def _all_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)


@pytest.fixture
def tent(city: CityBuilder) -> RequestBuilder:
    """Somebody's tent, reported an hour ago and taken on since."""
    return city.report("ENCAMPMENT", when=NOON - timedelta(hours=1)).accepted(by=GUS)


def seen_at(path: str, *, at: datetime = NOON) -> str:
    """Return what a stranger is told there."""
    with clock.standing_at(at):
        answer = Client().get(TOWN + path)
        return bytes_of(answer).decode()


def counted(metric: str, service: str, *, at: datetime = NOON) -> bool:
    """Whether the public figures count any request of a service."""
    lines = seen_at(f"/figures/{metric}.csv?by=service&to=2027-01-31", at=at).splitlines()
    return any(line.startswith(f"{service},") for line in lines)


@pytest.mark.parametrize("path", LISTS)
def test_it_is_in_no_list(city: CityBuilder, tent: RequestBuilder, path: str) -> None:
    hole = city.report("POTHOLE", when=NOON - timedelta(hours=2)).accepted()
    page = seen_at(path)
    assert tent.number not in page
    assert hole.number in page or path == "/places/"


@pytest.mark.parametrize("path", [path for path in LISTS if not path.startswith(NO_STANDING)])
def test_once_the_days_are_over_it_is_listed(city: CityBuilder, tent: RequestBuilder, path: str) -> None:
    assert tent.number in seen_at(path, at=NOON + timedelta(days=7))


def test_of_what_happened_before_nobody_is_told_of_what_happens_then_everybody(
    city: CityBuilder, tent: RequestBuilder
) -> None:
    later = NOON + timedelta(days=8)
    with clock.standing_at(later):
        tent.closed(by=GUS)
    told = seen_at("/api/v1/events?limit=500", at=later + timedelta(hours=2))
    assert told.count(tent.number) > 0
    assert "service_request.closed" in told
    assert "service_request.submitted" not in told


def test_neither_is_it_counted_nor_is_what_is_only_counted(city: CityBuilder, tent: RequestBuilder) -> None:
    city.report("BULKY", name="Ada", email="ada@mail.example")
    for metric in COUNTS:
        assert not counted(metric, "ENCAMPMENT")
        assert not counted(metric, "BULKY")
        assert counted(metric, "ENCAMPMENT", at=NOON + timedelta(days=7))
    page = words_of(Client().get(f"{TOWN}/figures/"))
    assert "Without 1 service that is only counted" in page
    assert "counts with noise" in page


def test_cells_on_the_map_do_not_count_it(city: CityBuilder, tent: RequestBuilder) -> None:
    assert '"count"' not in seen_at("/requests/cells.geojson")
    assert '"count"' in seen_at("/requests/cells.geojson?status=open", at=NOON + timedelta(days=7))


def test_whoever_has_the_number_finds_it_and_is_told_why(city: CityBuilder, tent: RequestBuilder) -> None:
    page = words_of(Client().get(f"{TOWN}/r/{tent.number}/"))
    assert "only 7 days after they were made" in page
    assert "Its place is shown roughly" in page
    exact = f"{tent.row.lat:.5f}"
    for path in (f"/r/{tent.number}/", f"/api/v1/requests/{tent.number}", f"/open311/v2/requests/{tent.number}.json"):
        said = seen_at(path)
        assert tent.number in said, path
        assert exact not in said, path
    assert "days after they were made" not in seen_at(f"/r/{tent.number}/", at=NOON + timedelta(days=7))


def test_a_rule_of_its_own_holds_at_the_doors_too(city: CityBuilder) -> None:
    hole = city.report("POTHOLE", when=NOON - timedelta(days=2))
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings |= {"publishing": {"services": {"POTHOLE": {"delay_days": 3}}}}
    row.save()
    catalogue.changed(city.id)
    assert public_record.rules_of(catalog.city(city.id)).delays
    assert hole.number not in seen_at("/requests/")
    assert hole.number in seen_at("/requests/", at=NOON + timedelta(days=1))


def test_nobody_is_told_of_it_by_webhook(city: CityBuilder) -> None:
    with receiving() as receiver:
        listen_at(receiver)
        city.report("ENCAMPMENT").accepted(by=GUS)
        hole = city.report("POTHOLE")
        Worker().work()
        assert {came["data"]["service_request_id"] for _, came in receiver.taken} == {hole.number}
