"""The rules that come in a city's folder: they load, and name nothing that the folder does not have."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ombud.catalog import queries as catalog
from ombud.kernel.errors import BadInput
from ombud.plumbing import walls
from ombud.triage.routing import loading, queries
from ombud.triage.routing.rules.analysis import Oddity, findings
from ombud.triage.routing.rules.boxes import Known
from ombud.triage.routing.rules.facts import House
from ombud.triage.routing.rules.rule import read_rules
from ombud.triage.routing.rules.scheme import read_schemes
from tests.builders import CITIES, CityBuilder
from tests.conftest import NOON

DEMO = Path(__file__).resolve().parent.parent.parent / "demo"


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _codes(folder: Path, entry: dict[str, Any]) -> frozenset[str]:
    raw = (folder / "boundaries" / entry["file"]).read_bytes()
    features = json.loads(gzip.decompress(raw) if entry["file"].endswith(".gz") else raw)["features"]
    return frozenset(str(f["properties"][entry["id_property"]]) for f in features)


def known_of(folder: Path) -> Known:
    """Return what a city's folder has, for reading its rules."""
    services = [s for path in (folder / "services").glob("*.yaml") for s in _yaml(path)]
    layers = _yaml(folder / "boundaries" / "boundaries.yaml")
    units = {
        agency["code"]: frozenset(u if isinstance(u, str) else u["code"] for u in agency.get("units", ()))
        for agency in _yaml(folder / "agencies.yaml")
    }
    vintages = {(entry["layer"], str(entry["vintage"])) for entry in layers}
    return Known(
        services={s["code"]: (s["group"], s.get("criticality", "")) for s in services},
        areas={(entry["layer"], str(entry["vintage"])): _codes(folder, entry) for entry in layers},
        house=House(units=units, layers=frozenset(vintages), current=dict(sorted(vintages))),
    )


@pytest.mark.parametrize("city", ["los_angeles", "new_york"])
def test_the_rules_of_the_demo_name_only_what_is_there_and_all_count(city: str) -> None:
    listed = read_rules(_yaml(DEMO / city / "routing.yaml"))
    found = findings(listed, known_of(DEMO / city))
    assert [f for f in found if f.oddity in (Oddity.NOT_THERE, Oddity.UNREACHABLE, Oddity.SHADOWED)] == []
    assert all(set(rule.title) == {"en", "es"} for rule in listed)


def test_a_folder_with_rules_loads_and_loading_it_again_changes_nothing(city: CityBuilder) -> None:
    assert list(loading.load_folder(CITIES / city.id, jurisdiction_id=city.id, at=NOON)) == [
        "schemes of who is served: 1",
        "2 rules of routing, version 1",
    ]
    assert list(loading.load_folder(CITIES / city.id, jurisdiction_id=city.id, at=NOON)) == [
        "schemes of who is served: 1",
        "2 rules of routing, as they were",
    ]
    assert queries.oddities(catalog.city(city.id), queries.edited(city.id).rules) == []


def test_the_schemes_of_the_demo_can_be_read_and_its_services_lean_on_them() -> None:
    schemes = {s.code: s for s in read_schemes(_yaml(DEMO / "los_angeles" / "eligibility.yaml"), file="e.yaml")}
    codes = known_of(DEMO / "los_angeles").areas["neighborhood_council", "2020"]
    assert set(schemes["collection"].areas) <= codes
    services = [s for path in (DEMO / "los_angeles" / "services").glob("*.yaml") for s in _yaml(path)]
    leaning = [s["served_by"] for s in services if "served_by" in s]
    assert len(leaning) == 11
    for one in leaning:
        assert set(one["kinds"]) <= {kind.code for kind in schemes[one["scheme"]].kinds}


def test_the_rules_of_one_city_are_not_those_of_another(city: CityBuilder, other_city: CityBuilder) -> None:
    list(loading.load_folder(CITIES / city.id, jurisdiction_id=city.id, at=NOON))
    with walls.inside(other_city.id):
        assert queries.versions(other_city.id) == []
        assert queries.versions(city.id) == []


@pytest.mark.parametrize("text", ["- {code: a", "- {code: a, then: {moon: full}}", "not a list"])
def test_a_file_that_says_nothing_clear_is_refused_by_name(city: CityBuilder, tmp_path: Path, text: str) -> None:
    (tmp_path / "routing.yaml").write_text(text)
    with pytest.raises(BadInput, match=r"routing\.yaml"):
        list(loading.load_folder(tmp_path, jurisdiction_id=city.id, at=NOON))
