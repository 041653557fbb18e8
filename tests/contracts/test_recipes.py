"""The recipes for open data, run as they are written against a served city."""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.builders import CityBuilder
from tests.clients import environment
from tests.conftest import NOON
from tests.record import own_lake, publish, told  # noqa: F401  a fixture
from tests.serving import one_connection, served  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("lake", "one_connection")
PAGE = Path(__file__).parents[2] / "docs/how-to/use-open-data.md"
RECIPES = re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```(python|r)\n(.*?)^```", PAGE.read_text(), re.S | re.M)
HOME = "http://localhost:8311/la"


def program_for(language: str, recipe: str) -> list[str | Path]:
    """Return what runs a recipe: ours, the Python with other people's clients, or R where there is one."""
    if language == "r":
        if not shutil.which("Rscript"):
            pytest.skip("R is not installed here: apt install r-base-core")
        return [shutil.which("Rscript") or "", "--vanilla", "-e", recipe]
    tree = ast.parse(recipe)
    if re.search("^from qgis", recipe):
        if not shutil.which("qgis_process"):
            pytest.skip("QGIS is not installed here: apt install --no-install-recommends qgis")
        return ["/usr/bin/python3", "-I", "-c", recipe]  # its bindings are those of the system's Python
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = all(find_spec(name.partition(".")[0]) for name in names)
    return [sys.executable if ours else environment.python(), "-I", "-c", recipe]


def said_by(language: str, recipe: str, city: CityBuilder, folder: Path) -> str:
    """Return what a recipe printed against a served city."""
    with served() as (home, wait):
        process = subprocess.Popen(
            program_for(language, recipe.replace(HOME, f"{home}/{city.id}")),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
            env={"no_proxy": "*", "PATH": os.defpath, "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"},
        )  # fmt: skip
        said, wrong = wait(process)
    assert process.returncode == 0, wrong
    return said.strip()


@pytest.mark.parametrize(("language", "recipe"), [each[1:] for each in RECIPES], ids=[name for name, *_ in RECIPES])
def test_a_recipe_works_as_it_is_written(city: CityBuilder, language: str, recipe: str, tmp_path: Path) -> None:
    hole = city.report("POTHOLE")
    city.report("STREETLIGHT")
    hole.closed()
    publish(city, at=NOON)
    assert said_by(language, recipe, city, tmp_path)


def test_qgis_sees_what_the_api_counts(city: CityBuilder, tmp_path: Path) -> None:
    for hole in [city.report("POTHOLE") for _ in range(13)][:4]:  # more than a page of those who do not say how many
        hole.closed()
    publish(city, at=NOON)
    [recipe] = [recipe for name, _language, recipe in RECIPES if name == "QGIS"]
    said = said_by("python", recipe, city, tmp_path)
    items = f"/{city.id}/ogc/collections/requests/items"
    every, still_open = (told(items + asked)["numberMatched"] for asked in ("", "?status=open"))
    assert (every, still_open) == (13, 9)
    assert said.splitlines() == [f"True {every} requests", f"{still_open} of them open"]


def test_there_are_recipes_for_the_tools_that_people_have() -> None:
    assert {"pandas", "DuckDB", "Keep a copy up to date", "QGIS", "R"} <= {name for name, *_ in RECIPES}
