"""How many live in each area is data that a city loads beside its boundaries."""

import shutil
from pathlib import Path

import pytest

from ombud.kernel.errors import BadInput
from ombud.places import commands as places
from ombud.places import queries
from tests.builders import CITIES, CityBuilder
from tests.conftest import NOON


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the boundaries of Springfield."""
    shutil.copytree(CITIES / "springfield" / "boundaries", tmp_path / "boundaries")
    return tmp_path / "boundaries"


def test_the_residents_of_each_area_are_known_with_their_source(city: CityBuilder) -> None:
    ward = queries.populations(city.id)["ward"]
    assert ward.residents["1"] == 2_000
    assert (ward.vintage, ward.year, ward.source) == ("2020", 2020, "A count of 2020")


def test_a_layer_that_nobody_has_counted_has_no_population(city: CityBuilder) -> None:
    assert set(queries.populations(city.id)) == {"ward"}


@pytest.mark.parametrize("line", ["99,100", "1,many", "1,-5", "1,"])
def test_a_line_that_is_no_population_of_an_area_is_refused(city: CityBuilder, folder: Path, line: str) -> None:
    (folder / "ward.2020.population.csv").write_text(f"code,population\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"ward\.2020\.population\.csv"):
        places.load_boundaries(folder, jurisdiction_id=city.id, at=NOON)


def test_loading_again_replaces_the_numbers(city: CityBuilder, folder: Path) -> None:
    (folder / "ward.2020.population.csv").write_text("code,population\n1,7\n", encoding="utf-8")
    places.load_boundaries(folder, jurisdiction_id=city.id, at=NOON)
    assert queries.populations(city.id)["ward"].residents == {"1": 7}
