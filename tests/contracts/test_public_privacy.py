"""What the city says about privacy is what it does, and only its publisher takes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, TestCase

from ombud.catalog import queries as catalog
from ombud.opendata.commands import publish_requests, publish_whole
from ombud.plumbing import commit_order
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.desk import Staff


@pytest.fixture(autouse=True)
def lake(tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)
    settings.OMBUD_HOME = tmp_path


def test_each_service_is_told_with_its_rule(city: CityBuilder) -> None:
    told = Client().get("/springfield/data/privacy.json").json()
    assert told["services"]["POTHOLE"]["place"] == "exact"
    assert told["services"]["ENCAMPMENT"] == {
        "visibility": "public_coarse", "rows": True, "place": "cell", "times": "day", "delay_days": 7, "k": 5,
        "events": False, "photos": "never",
    }  # fmt: skip
    assert told["services"]["BULKY"]["rows"] is False
    page = Client().get("/springfield/data/privacy/")
    assert told["rule_set"] in page.content.decode()


def test_the_ledger_is_open(city: CityBuilder) -> None:
    publish_whole.release_counts(catalog.city(city.id), [NOON], now=NOON + timedelta(days=30))
    [spent] = Client().get("/springfield/data/privacy.json").json()["noise_spent"]
    assert (spent["month"], spent["epsilon"], spent["cap_this_year"]) == ("2026-11", 0.25, 4)
    assert "November 2026" in Client().get("/springfield/data/privacy/").content.decode()


def test_who_publishes_takes_back_on_a_page(city: CityBuilder, desk: Staff) -> None:
    hole = city.report("POTHOLE")
    publish_requests.publish(catalog.city(city.id), now=NOON)
    asked = {"number": hole.number, "why": "It named a home."}
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = desk.yara.post("/springfield/desk/public-record/take-back/", asked, follow=True)
    assert "It is out of" in answer.content.decode()
    [gone] = Client().get("/springfield/data/privacy.json").json()["taken_back"]
    assert (gone["id"], gone["reason"]) == (hole.number, "It named a home.")


def test_others_do_not(city: CityBuilder, desk: Staff) -> None:
    assert desk.gus.get("/springfield/desk/public-record/").status_code == 403
    assert desk.gus.post("/springfield/desk/public-record/take-back/", {"number": "x", "why": "y"}).status_code == 403
