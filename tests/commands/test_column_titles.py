"""What columns are called: in no data set of any city two are called the same, in no language."""

from collections import Counter
from pathlib import Path

import pytest
import yaml
from django.utils.translation import gettext, override

from ombud.catalog import queries as catalog
from ombud.catalog.loading import load_folder
from ombud.opendata.archives import schema
from ombud.opendata.datasets import archives, registry
from ombud.opendata.datasets.dataset import DataSet
from ombud.places.models import BoundaryLayer
from ombud.plumbing import walls
from tests.builders import CITIES
from tests.conftest import NOON

DEMO = Path(__file__).parent.parent.parent / "demo"
FOLDERS = sorted(path for home in (CITIES, DEMO) for path in home.iterdir() if (path / "boundaries").is_dir())
LANGUAGES = ("en", "es")


def twice(dataset: DataSet) -> list[str]:
    """Return the titles that two columns of a data set share."""
    counted = Counter(gettext(column.title).casefold() for column in dataset.every_column)
    return [f"{dataset.code}: {title}" for title, times in counted.items() if times > 1]


def call_layers(folder: Path, jurisdiction_id: str) -> None:
    """Give a city its layers by their names alone: cutting their areas takes seconds, and titles have none."""
    told = yaml.safe_load((folder / "boundaries" / "boundaries.yaml").read_text(encoding="utf-8"))
    for code, one in {one["layer"]: one for one in told}.items():  # of several vintages one is current
        named = {"vintage": one["vintage"], "name": one["name"], "label": one["label"], "loaded_at": NOON}
        BoundaryLayer.objects.get_or_create(jurisdiction_id=jurisdiction_id, code=code, current=True, defaults=named)


@pytest.mark.usefixtures("_ground")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_two_columns_of_a_data_set_are_called_the_same(folder: Path) -> None:
    loaded = load_folder(folder, at=NOON)
    with walls.inside(loaded.jurisdiction_id):
        call_layers(folder, loaded.jurisdiction_id)
        city = catalog.city(loaded.jurisdiction_id)
        for language in LANGUAGES:
            with override(language):
                assert not [title for one in registry.of_city(city).values() for title in twice(one)], language


@pytest.mark.usefixtures("_ground")
def test_a_drawing_of_areas_has_a_title_of_its_own_and_the_name_it_always_had() -> None:
    with walls.inside("springfield"):
        city = catalog.city("springfield")
        for language, title in (("en", "Wards: boundaries of"), ("es", "Distritos: límites de")):
            with override(language):
                titles = {column.name: column.title for column in registry.of_code(city, "requests").columns}
            assert titles["ward_vintage"] == title


@pytest.mark.usefixtures("_ground")
def test_no_two_columns_of_an_archive_are_called_the_same() -> None:
    city = catalog.city("springfield")
    for code in ("boston311", "chicago311", "myla311", "nyc311"):
        assert not twice(archives.as_dataset(city, schema.read_schema(schema.shipped(code))))
