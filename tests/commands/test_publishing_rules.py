"""What a city's file says about publishing is read when the file is loaded: all of it counts, or nothing is changed."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from ombud.catalog import commands as catalogue
from ombud.catalog import queries as catalog
from ombud.catalog.loading import load_folder
from ombud.kernel.errors import BadInput
from ombud.opendata.commands import publish_whole
from ombud.opendata.datasets import crosswalk, registry
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
    load_folder(folder, at=NOON)


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
    load_folder(folder, at=NOON)
    home = catalog.city(city.id)
    publish_whole.publish(home, now=NOON)
    [row] = reading.rows(registry.snapshot(home, registry.of_code(home, "crosswalk"))).values()
    assert (row["old_name"], row["service_code"], row["certainty"], row["until"]) == (
        "Street hole", "POTHOLE", "exact", None
    )  # fmt: skip
    (folder / "crosswalk.csv").write_text(OLD_NAMES.replace("POTHOLE", "POTHOL"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"crosswalk\.csv: line 2: there is no service POTHOL"):
        load_folder(folder, at=NOON)


def reload(city: CityBuilder, folder: Path, *, after: int, old: str, new: str) -> None:
    """Load the city's folder some days later, with other words in its services."""
    file = folder / "services" / "streets.yaml"
    said = file.read_text(encoding="utf-8")
    assert old in said
    file.write_text(said.replace(old, new), encoding="utf-8")
    load_folder(folder, at=NOON + timedelta(days=after))


def changes(city: CityBuilder) -> set[tuple[str | None, str, str | None, str | None, str | None]]:
    """Publish, and return what the crosswalk says became of the services."""
    home = catalog.city(city.id)
    publish_whole.publish(home, now=NOON)
    rows = reading.rows(registry.snapshot(home, registry.of_code(home, "crosswalk"))).values()
    return {
        (row["old_name"], row["change"], row["service_code"], *(f"{d:%d}" if (d := row[k]) else None for k in SPAN))
        for row in rows
    }


SPAN = ("since", "until")
PIT = "\n- {code: PIT, name: {en: Pit}, group: streets, agency: STREETS, was: [POTHOLE]}\n"


@pytest.mark.usefixtures("lake")
def test_the_versions_of_the_catalogue_say_what_became_of_services(city: CityBuilder, tmp_path: Path) -> None:
    folder = shutil.copytree(CITIES / city.id, tmp_path / "files")
    assert crosswalk.changes_of(catalog.city(city.id)) == []
    reload(city, folder, after=1, old="{en: Pothole", new="{en: Hole")
    assert changes(city) == {("Pothole", "renamed", "POTHOLE", None, "25")}
    # A part of it is something of its own.
    reload(city, folder, after=2, old="- code: STREETLIGHT", new=f"{PIT}- code: STREETLIGHT")
    now = {("Pothole", "split", code, None, "25") for code in ("POTHOLE", "PIT")}
    assert changes(city) == now | {("Hole", "split", code, "25", "26") for code in ("POTHOLE", "PIT")}
    # What the file has no longer is offered no longer, and what follows it says so.
    said = (folder / "services" / "streets.yaml").read_text(encoding="utf-8")
    begin = said.index("- code: POTHOLE")
    reload(city, folder, after=3, old=said[begin : said.index("- {code: PIT")], new="")
    assert "POTHOLE" in catalog.city(city.id).inactive
    now = {("Pothole", "replaced", "PIT", None, "25"), ("Hole", "replaced", "PIT", "25", "27")}
    assert changes(city) == now
    reload(city, folder, after=4, old=", was: [POTHOLE]", new="")
    assert changes(city) == {
        ("Pothole", "retired", None, None, "25"),
        ("Hole", "retired", None, "25", "27"),
        (None, "new", "PIT", "26", None),
    }


def test_what_people_withdrew_stays_so_and_what_a_file_has_again_is_offered(city: CityBuilder, tmp_path: Path) -> None:
    folder = shutil.copytree(CITIES / city.id, tmp_path / "files")
    by_a_person = catalogue.Edit(NOON, by_id=1)
    catalogue.set_offered(jurisdiction_id=city.id, code="STREETLIGHT", offered=False, edit=by_a_person)
    reload(city, folder, after=1, old="- code: POTHOLE", new="- replaced_by: [STREETLIGHT]\n  code: POTHOLE")
    assert {"POTHOLE", "STREETLIGHT"} <= catalog.city(city.id).inactive
    reload(city, folder, after=2, old="- replaced_by: [STREETLIGHT]\n  code: POTHOLE", new="- code: POTHOLE")
    assert "POTHOLE" not in catalog.city(city.id).inactive
    assert "STREETLIGHT" in catalog.city(city.id).inactive


def test_a_draft_that_was_never_offered_is_nothing_that_ended(city: CityBuilder) -> None:
    edit = catalogue.Edit(NOON + timedelta(days=1), by_id=1)
    draft = catalog.city(city.id).service("POTHOLE").model_copy(update={"code": "DRAFT"})
    catalogue.publish_service(jurisdiction_id=city.id, definition=draft, at=edit.at, by_id=1)
    catalogue.set_offered(jurisdiction_id=city.id, code="DRAFT", offered=False, edit=edit)
    assert crosswalk.changes_of(catalog.city(city.id)) == []
    later = catalogue.Edit(NOON + timedelta(days=5), by_id=1)
    catalogue.set_offered(jurisdiction_id=city.id, code="DRAFT", offered=True, edit=later)
    [new] = crosswalk.changes_of(catalog.city(city.id))
    assert (new.change, new.since) == ("new", later.at)


def test_a_follower_that_nobody_knows_is_refused(city: CityBuilder, tmp_path: Path) -> None:
    folder = shutil.copytree(CITIES / city.id, tmp_path / "files")
    with pytest.raises(BadInput, match="Service POTHOLE names GONE as what it was or what follows it"):
        reload(city, folder, after=1, old="- code: POTHOLE", new="- was: [GONE]\n  code: POTHOLE")
