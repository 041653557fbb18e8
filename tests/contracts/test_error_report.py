"""“Report an error in this record”: the request carries which row is meant, and staff go from each to the other."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from ombud.catalog.models import Jurisdiction
from ombud.opendata.models import ErrorReport
from ombud.service_requests import queries
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.desk import Staff
from tests.published import lake, publish
from tests.resident import Resident, pinned, words_of

__all__ = ["lake"]
pytestmark = pytest.mark.usefixtures("lake")


def takes_reports(city: CityBuilder, service: str) -> None:
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings = {**row.settings, "open_data": {"report_service": service}}
    row.catalogue_version += 1
    row.catalogue_changed_at += timedelta(seconds=1)
    row.save()


def reported(ada: Resident, address: str) -> str:
    """Report an error in a row, and return the number given."""
    begun = ada.client.post(address)
    assert begun.status_code == 302, words_of(begun)
    draft = begun["Location"].split("/")[-3]
    ada.fill(draft, place=pinned(), details={"description": "It was closed a week later."}, contact={})
    return ada.send(draft)[0]


def test_a_report_says_which_record_is_wrong(city: CityBuilder, desk: Staff, ada: Resident, lake: Path) -> None:
    takes_reports(city, "STREETLIGHT")
    wrong = city.report("POTHOLE")
    dataset = publish(city, at=NOON)
    table = ada.client.get(f"/springfield/data/{dataset}/explore/").content.decode()
    address = f"/springfield/data/{dataset}/row/{wrong.number}/?asof=1"
    assert address in table
    page = words_of(ada.client.get(address))
    assert wrong.number in page
    assert "version 1" in page
    assert f"{wrong.row.lat:.6f}".rstrip("0") in page
    number = reported(ada, address)
    kept = ErrorReport.objects.get()
    assert (kept.dataset, kept.version, kept.row_id, kept.about_id) == ("requests", 1, wrong.number, wrong.id)
    assert queries.by_number(city.id, number).service_code == "STREETLIGHT"
    there = desk.gus.get(f"/springfield/desk/r/{number}/").content.decode()
    assert address in there
    assert f"/springfield/desk/r/{wrong.number}/" in there
    assert f"/springfield/desk/r/{number}/" in desk.gus.get(f"/springfield/desk/r/{wrong.number}/").content.decode()
    # Neither the public page of the one nor of the other tells of it.
    assert number not in words_of(Client().get(f"/springfield/r/{wrong.number}/"))


@pytest.mark.parametrize("row", ["SP-0000-000", "x' OR 1=1", "x%27", "-", "é"])
def test_what_is_no_record_is_not_found(city: CityBuilder, row: str) -> None:
    takes_reports(city, "STREETLIGHT")
    city.report("POTHOLE")
    dataset = publish(city, at=NOON)
    for call in (Client().get, Client().post):
        assert call(f"/springfield/data/{dataset}/row/{row}/").status_code == 404


def test_what_is_not_published_has_no_row(city: CityBuilder) -> None:
    hidden = city.report("BARKING", name="Ada", email="ada@mail.example")
    city.report("POTHOLE")
    dataset = publish(city, at=NOON)
    assert Client().get(f"/springfield/data/{dataset}/row/{hidden.number}/").status_code == 404


def test_where_no_service_takes_reports_the_page_says_what_to_do(city: CityBuilder) -> None:
    hole = city.report("POTHOLE")
    dataset = publish(city, at=NOON)
    address = f"/springfield/data/{dataset}/row/{hole.number}/"
    assert "Report an error in this record" not in words_of(Client().get(address))
    assert Client().post(address).status_code == 404
