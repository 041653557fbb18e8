"""A city learns from its own requests; what it learned is used where it is not worse, and can be taken back."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ombud.catalog import commands as catalog
from ombud.catalog import queries as catalog_queries
from ombud.catalog.rules.definition import read_definition
from ombud.kernel import clock
from ombud.service_requests.commands import sweep
from ombud.triage.words import cities, commands, queries, training
from ombud.triage.words.commands import Learned
from ombud.triage.words.models import ModelVersion
from ombud.triage.words.rules import cold, fitting
from tests.builders import CityBuilder

# What this town calls things, and no phrase of ours does.
SAID = {
    "POTHOLE": ("a wurzel in the lane near {}", "deep wurzel, my axle broke by {}"),
    "STREETLIGHT": ("the glimmer at {} is off", "glimmer flickers on {}"),
    "BULKY": ("please take the zarge from {}", "an old zarge stands at {}"),
}


def train(*arguments: str) -> str:
    said = StringIO()
    with redirect_stdout(said):
        call_command("triage", "train", "--city", "springfield", *arguments)
    return said.getvalue()


@pytest.fixture
def history(city: CityBuilder) -> None:
    """160 requests whose words only this town uses, over as many hours."""
    for n in range(160):
        service = list(SAID)[n % 3]
        more: dict[str, Any] = {"name": "Ada", "email": "ada@example.com"} if service == "BULKY" else {}
        city.report(
            service,
            description=SAID[service][n // 3 % 2].format(f"number {n}"),
            when=clock.now() - timedelta(hours=400 - n),
            **more,
        )


@pytest.mark.usefixtures("history")
def test_a_city_learns_its_own_words_and_can_go_back(city: CityBuilder) -> None:
    here = catalog_queries.city(city.id)
    assert "STREETLIGHT" not in {s.code for s in queries.suggest(here, "glimmer", limit=1)}
    said = train()
    assert "n=33" in said
    assert "By language" in said
    assert "Kept as model 1" in said
    assert queries.suggest(here, "the glimmer is broken", limit=1)[0].code == "STREETLIGHT"
    (version,) = ModelVersion.objects.filter(jurisdiction_id=city.id)
    assert (version.n_learned, version.n_held_out, version.in_use) == (112, 33, True)
    assert version.report["new"]["whole"]["first"] > version.report["in_use"]["whole"]["first"]
    assert "1 (in use)" in train("--list")
    train("--use", "0")
    assert "STREETLIGHT" not in {s.code for s in queries.suggest(here, "glimmer", limit=1)}


@pytest.mark.usefixtures("history")
def test_a_dry_run_keeps_nothing(city: CityBuilder) -> None:
    assert "dry-run" in train("--dry-run")
    assert not ModelVersion.objects.filter(jurisdiction_id=city.id).exists()


@pytest.mark.usefixtures("history")
def test_a_worse_model_is_not_kept(city: CityBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    train()
    blank = fitting.fit([cold.Lesson("x", {"POTHOLE": 1.0}), cold.Lesson("y", {"BULKY": 1.0})], ["POTHOLE", "BULKY"])
    monkeypatch.setattr(fitting, "fit", lambda lessons, classes: blank)
    assert "worse" in train()
    assert [v.number for v in ModelVersion.objects.filter(jurisdiction_id=city.id)] == [1]


def test_too_little_to_learn_from_is_said(city: CityBuilder) -> None:
    city.report(description="a hole")
    with pytest.raises(CommandError, match="1 requests with text; learning needs 150"):
        train()


def test_a_model_that_is_not_there_cannot_be_used(city: CityBuilder) -> None:
    with pytest.raises(CommandError, match="no model 7"):
        train("--use", "7")


def test_a_changed_catalogue_is_learned_anew_by_the_clock(city: CityBuilder) -> None:
    now = clock.now()
    assert training.renew(city.id, now=now) == 1
    assert training.renew(city.id, now=now) is None
    here = catalog_queries.city(city.id)
    assert cities.ready(here).version == 1
    assert queries.suggest(here, "a hole in the road")[0].code == "POTHOLE"
    swing = {"code": "SWING", "name": {"en": "Broken swing"}, "group": "streets", "agency": "STREETS"}
    catalog.publish_service(jurisdiction_id=city.id, definition=read_definition(swing), at=now)
    changed = catalog_queries.city(city.id)
    assert queries.suggest(changed, "the swing is broken")[0].code == "SWING"  # at once, by what the process makes
    assert training.renew(city.id, now=now) == 2
    assert [v.number for v in queries.versions(city.id)] == [2]
    assert queries.suggest(changed, "the swing is broken")[0].code == "SWING"


def test_the_nightly_sweep_leaves_models_alone(city: CityBuilder) -> None:
    training.renew(city.id, now=clock.now())
    sweep.sweep(jurisdiction_id=city.id, now=clock.now() + timedelta(days=400))
    assert cities.read(city.id, 1).classes


def test_where_its_file_is_lost_the_catalogue_answers(city: CityBuilder, caplog: pytest.LogCaptureFixture) -> None:
    training.renew(city.id, now=clock.now())
    kept = ModelVersion.objects.get(jurisdiction_id=city.id)
    ModelVersion.objects.filter(pk=kept.pk).update(key=f"{kept.key[:-8]}aaaa.bin", number=5)
    assert queries.suggest(catalog_queries.city(city.id), "a hole in the road")[0].code == "POTHOLE"
    assert "cannot be read" in caplog.text


def test_only_one_model_is_in_use(city: CityBuilder) -> None:
    model, learned = cities.cold(catalog_queries.city(city.id)), Learned(1, 10, 0, {})
    for _ in range(2):
        number = commands.keep_model(jurisdiction_id=city.id, model=model, learned=learned, at=clock.now())
        commands.use_model(jurisdiction_id=city.id, number=number, at=clock.now())
    assert [v.in_use for v in queries.versions(city.id)] == [True, False]


def test_a_new_process_reads_the_models_before_anybody_asks(city: CityBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cities, "_kept", {})
    with ThreadPoolExecutor(1) as beside:
        beside.submit(cities.read_ahead).result()
    monkeypatch.setattr(cities, "cold", None)  # would be asked to make what is not there yet
    assert queries.suggest(catalog_queries.city(city.id), "a hole in the road")[0].code == "POTHOLE"
