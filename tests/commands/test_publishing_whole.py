"""The small data sets: made whole, published where they differ."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection, transaction

from ombud.catalog import queries as catalog
from ombud.conversation.models import Contact
from ombud.opendata.commands import publish_whole
from ombud.opendata.datasets import registry
from ombud.opendata.lake import reading
from ombud.opendata.models import NoiseSpent
from tests.builders import CityBuilder
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, settings: Any) -> None:
    settings.OMBUD_HOME = tmp_path


def publish(city: CityBuilder, *, at: datetime = NOON) -> dict[str, int]:
    return {one.dataset: one.version for one in publish_whole.publish(catalog.city(city.id), now=at)}


def rows(city: CityBuilder, dataset: str) -> dict[str, dict[str, Any]]:
    at_home = catalog.city(city.id)
    return reading.rows(registry.snapshot(at_home, registry.of_code(at_home, dataset)))


def test_services_boundaries_and_metrics_are_published_and_only_anew_where_they_differ(city: CityBuilder) -> None:
    city.report("POTHOLE").closed()
    assert publish(city) == {"services": 1, "boundaries": 1, "metrics": 1}
    assert rows(city, "services")["POTHOLE.1"]["valid_to"] is None
    assert '"size"' in rows(city, "services")["POTHOLE.1"]["questions"]
    assert {row["layer"] for row in rows(city, "boundaries").values()} >= {"city", "ward"}
    ward = rows(city, "boundaries")["ward.2020.1"]
    assert (ward["population"], ward["population_year"], ward["population_source"]) == (2000, 2020, "A count of 2020")
    received = [row for row in rows(city, "metrics").values() if row["metric"] == "received" and row["n"]]
    assert {(row["split_by"], row["value"]) for row in received} == {
        (None, 1),
        ("service", 1),
        ("agency", 1),
        ("area", 1),
    }
    assert publish(city, at=NOON + timedelta(minutes=1)) == {}


def test_a_service_that_is_only_counted_is_in_no_split(city: CityBuilder) -> None:
    city.report("ENCAMPMENT", when=NOON - timedelta(days=8))
    city.report("BULKY", name="Ada", email="ada@mail.example")
    publish(city)
    parts = {row["part"]: row["n"] for row in rows(city, "metrics").values() if row["metric"] == "received"}
    assert "ENCAMPMENT" in parts
    assert "BULKY" not in parts
    assert parts[None] == 1


def test_few_contacts_of_a_kind_are_counted_together(city: CityBuilder) -> None:
    for wrap_up, n in (("information_given", 6), ("escalated", 2), ("could_not_help", 3)):
        for _ in range(n):
            contact(city, wrap_up)
    publish(city)
    counted = {(row["channel"], row["wrap_up"]): row["contacts"] for row in rows(city, "contacts").values()}
    assert counted == {("phone", "information_given"): 6, ("other", "other"): 5}


def contact(city: CityBuilder, wrap_up: str) -> None:
    Contact.objects.create(jurisdiction_id=city.id, account_id=1, channel="phone", wrap_up=wrap_up, at=NOON)


def test_a_month_is_counted_with_noise_once(city: CityBuilder) -> None:
    home, later = catalog.city(city.id), NOON + timedelta(days=30)
    assert publish_whole.release_counts(home, [NOON], now=NOON) == []  # it is not over
    [first] = publish_whole.release_counts(home, [NOON], now=later)
    drawn = rows(city, "counts")
    assert {row["service_code"] for row in drawn.values()} == {"BULKY"}
    assert {row["noise_scale"] for row in drawn.values()} == {12}
    assert publish_whole.release_counts(home, [NOON], now=later) == []
    assert rows(city, "counts") == drawn
    assert first.rows == len(drawn) > 1  # empty areas have noise too


def test_months_that_are_over_are_counted_in_one_version(city: CityBuilder) -> None:
    home = catalog.city(city.id)
    months = [datetime(2026, month, 5, tzinfo=home.zone) for month in (8, 9, 10, 11)]
    [first] = publish_whole.release_counts(home, months, now=NOON)
    assert {row["month_begins"].month for row in rows(city, "counts").values()} == {8, 9, 10}
    [second] = publish_whole.release_counts(home, months, now=NOON + timedelta(days=30))
    assert (first.version, second.version) == (1, 2)
    assert NoiseSpent.objects.of(city.id, "counts").count() == 4


def test_the_budget_of_a_year_is_kept(city: CityBuilder, caplog: pytest.LogCaptureFixture) -> None:
    later = NOON + timedelta(days=400)
    strict = {"publishing": {"noise": {"epsilon_a_year": 0.5, "epsilon_a_release": 0.25}}}
    home = replace(catalog.city(city.id), settings=catalog.city(city.id).settings | strict)
    december, *months = [datetime(2026 - (month == 12), month, 5, tzinfo=home.zone) for month in (12, 3, 4, 5)]
    assert publish_whole.release_counts(home, months[:1], now=later)
    assert publish_whole.release_counts(home, [december, *months[1:]], now=later)
    assert "budget of 2026 is spent: 2026-04 is not counted" in caplog.text
    assert {row["month_begins"].month for row in rows(city, "counts").values()} == {12, 3, 5}
    spent = NoiseSpent.objects.of(city.id, "counts").order_by("month").values_list("spent_this_year", flat=True)
    assert list(spent) == [0.25, 0.25, 0.5]


def test_the_ledger_is_never_changed(city: CityBuilder) -> None:
    publish_whole.release_counts(catalog.city(city.id), [NOON], now=NOON + timedelta(days=30))
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ombud_noise_spent SET epsilon = 0")
