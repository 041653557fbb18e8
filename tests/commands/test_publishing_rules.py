"""What a city's file says about publishing is read when the file is loaded: all of it counts, or nothing is changed."""

import shutil
from pathlib import Path

import pytest

from ombud.catalog import commands as catalogue
from ombud.catalog import queries as catalog
from ombud.kernel.errors import BadInput
from ombud.opendata.commands import publish_whole
from ombud.opendata.datasets import registry
from ombud.opendata.lake import reading
from ombud.opendata.queries import rules_of
from tests.builders import CITIES, CityBuilder
from tests.conftest import NOON
from tests.record import own_lake  # noqa: F401  a fixture


def load(city: CityBuilder, tmp_path: Path, said: str) -> None:
    """Load the city's folder, whose file says something about publishing."""
    folder = shutil.copytree(CITIES / city.id, tmp_path / city.id)
    with (folder / "jurisdiction.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{said}\n")
    catalogue.load_folder(folder, at=NOON)


@pytest.mark.parametrize(
    ("said", "where", "told"),
    [
        ("publishing: {services: {POTHOLE: {place: street}}}", "services.POTHOLE.place", "'block'"),
        ("publishing: {services: {POTHOLE: {places: block}}}", "services.POTHOLE.places", "place, times, delay_days"),
        ("publishing: {services: {POTHOL: {place: block}}}", "services", "POTHOL"),
        ("publishing: {public_coarse: {rows: true, k: 0}}", "public_coarse.k", "greater than or equal to 1"),
        ("publishing: {coarse: {}}", "coarse", "public_coarse"),
        ("publishing: {noise: {epsilon: 4}}", "noise.epsilon", "epsilon_a_year"),
        ("publishing: [delay]", "publishing", "valid dictionary"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    city: CityBuilder, tmp_path: Path, said: str, where: str, told: str
) -> None:
    before = catalog.city(city.id)
    with pytest.raises(BadInput) as refused:
        load(city, tmp_path, said)
    assert refused.value.message.startswith("jurisdiction.yaml: publishing")
    assert where in refused.value.message
    assert told in refused.value.message
    assert catalog.city(city.id) == before


def test_what_can_be_read_counts_from_then_on(city: CityBuilder, tmp_path: Path) -> None:
    load(city, tmp_path, "publishing: {version: 2, services: {POTHOLE: {delay_days: 3}}}")
    assert rules_of(catalog.city(city.id)).services["POTHOLE"].delay_days == 3


OLD_NAMES = """service_code,old_name,source,since,until,certainty,said_by
POTHOLE,Street hole,old311,2010-01-01,,exact,the clerk
"""


@pytest.mark.usefixtures("lake")
def test_old_names_beside_the_catalogue_become_a_data_set(city: CityBuilder, tmp_path: Path) -> None:
    folder = shutil.copytree(CITIES / city.id, tmp_path / "files")
    (folder / "crosswalk.csv").write_text(OLD_NAMES, encoding="utf-8")
    catalogue.load_folder(folder, at=NOON)
    home = catalog.city(city.id)
    publish_whole.publish(home, now=NOON)
    [row] = reading.rows(registry.snapshot(home, registry.of_code(home, "crosswalk"))).values()
    assert (row["old_name"], row["service_code"], row["certainty"], row["until"]) == (
        "Street hole", "POTHOLE", "exact", None
    )  # fmt: skip
    (folder / "crosswalk.csv").write_text(OLD_NAMES.replace("POTHOLE", "POTHOL"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"crosswalk\.csv: line 2: there is no service POTHOL"):
        catalogue.load_folder(folder, at=NOON)
