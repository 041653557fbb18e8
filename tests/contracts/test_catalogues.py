"""DCAT-US, Data Packages, CSVW and CKAN: each keeps the rules of its standard, of a city and of all cities."""

import csv
import io
import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from ombud.kernel import clock
from ombud.opendata.commands import views
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from tests.builders import CityBuilder, staff
from tests.conftest import NOON
from tests.record import door, fetched, id_in, own_lake, publish, told  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("lake")


@pytest.fixture
def both(city: CityBuilder, other_city: CityBuilder) -> CityBuilder:
    """Both cities have published."""
    hole = city.report("POTHOLE")
    city.report("STREETLIGHT", when=NOON + timedelta(hours=1))
    publish(city, at=NOON + timedelta(hours=1))
    hole.closed()
    publish(city, at=NOON + timedelta(hours=2))
    with walls.inside(other_city.id), clock.standing_at(NOON):
        other_city.report(next(iter(_services(other_city))))
        publish(other_city)
    return city


def _services(city: CityBuilder) -> Any:
    from ombud.catalog import queries as catalog

    return catalog.city(city.id).services


@pytest.fixture
def listed(both: CityBuilder) -> list[str]:
    """Two views that people saved, the first of which the city lists."""
    made = [
        views.save(
            jurisdiction_id=both.id, dataset="requests", name=name, soql="SELECT service_code, count(*) AS n GROUP BY"
            " service_code", address="by=service_code", version=2, at=NOON,
        ).id
        for name in ("How many of what", "Nobody has looked at it")
    ]  # fmt: skip
    yara = staff(Role.ADMINISTRATOR)
    views.list_view(jurisdiction_id=both.id, view_id=made[0], actor=yara, at=NOON)
    return made


@pytest.mark.parametrize("home", ["/springfield", ""])
def test_views_that_a_city_lists_stand_in_every_catalogue(listed: list[str], home: str) -> None:
    shown, hidden = listed
    for catalogue in ("data.json", "data.v3.json", "api/3/action/package_list", "api/catalog/v1?only=filters"):
        page = json.dumps(told(f"{home}/{catalogue}"))
        assert shown in page, catalogue
        assert hidden not in page, catalogue
    [entry] = [one for one in told(f"{home}/data.json")["dataset"] if one["identifier"].endswith(shown)]
    assert entry["title"] == "How many of what"
    address = entry["distribution"][0]["downloadURL"].removeprefix("http://testserver")
    assert fetched(address).body.decode().startswith('"service_code","n"')
    assert fetched(entry["landingPage"].removeprefix("http://testserver")).status_code == 200
    assert Client().get(f"/d/{shown}").headers["Location"].endswith(f"/data/views/{shown}/")
    [resource] = told(f"{home}/api/catalog/v1?only=filters")["results"]
    assert resource["resource"]["columns_field_name"] == ["service_code", "n"]
    assert told(f"{home}/api/3/action/package_show?id=springfield-view-{shown}")["result"]["num_resources"] == 1


# -- DCAT-US ----------------------------------------------------------------------------------------------------


def hold_dcat_1(catalog: Any) -> None:
    """Hold what DCAT-US 1.1 asks of everybody who is no federal body."""
    assert catalog["conformsTo"] == "https://project-open-data.cio.gov/v1.1/schema"
    assert catalog["@type"] == "dcat:Catalog"
    assert {"@context", "@id", "describedBy"} <= catalog.keys()
    assert catalog["dataset"]
    identifiers = [one["identifier"] for one in catalog["dataset"]]
    assert len(set(identifiers)) == len(identifiers)
    for one in catalog["dataset"]:
        assert one["@type"] == "dcat:Dataset"
        assert one["title"]
        assert one["description"]
        assert one["keyword"]
        assert all(isinstance(word, str) and word for word in one["keyword"])
        assert datetime.fromisoformat(one["modified"]).tzinfo
        assert one["publisher"]["name"]
        assert one["contactPoint"]["@type"] == "vcard:Contact"
        assert re.fullmatch(r"mailto:[^@\s]+@[^@\s]+", one["contactPoint"]["hasEmail"])
        assert one["accessLevel"] == "public"
        assert re.fullmatch(r"R/P(\d+[YMWD])*(T(\d+[HMS])+)?", one["accrualPeriodicity"])
        assert re.fullmatch(r"\S+/\S+", one.get("temporal", "a/b"))
        assert re.fullmatch(r"(-?[\d.]+,){3}-?[\d.]+", one.get("spatial", "0,0,1,1"))
        for way in one["distribution"]:
            assert way["@type"] == "dcat:Distribution"
            assert ("downloadURL" in way) == ("mediaType" in way)
            assert ("downloadURL" in way) != ("accessURL" in way)
            assert way.get("downloadURL", way.get("accessURL")).startswith("http://testserver/")


def hold_dcat_3(catalog: Any) -> None:
    """Hold what DCAT-US 3.0 makes mandatory, and the kinds of what it recommends."""
    assert catalog["@type"] == "Catalog"
    assert catalog["conformsTo"]["@type"] == "Standard"
    for one in catalog["dataset"]:
        assert one["@type"] == "Dataset"
        assert one["title"]
        assert one["description"]
        assert one["identifier"]["@type"] == "Identifier"
        assert one["identifier"]["notation"]
        assert one["publisher"]["name"]
        assert all(contact["fn"] and contact["hasEmail"].startswith("mailto:") for contact in one["contactPoint"])
        assert isinstance(one["version"], str)
        assert all(place["bbox"].startswith("POLYGON ((") for place in one.get("spatial", []))
        assert all(way["downloadURL"] and way["mediaType"] for way in one["distribution"])
    served = {one["@id"] for service in catalog["service"] for one in service["servesDataset"]}
    assert served == {one["@id"] for one in catalog["dataset"]}
    assert all(isinstance(service["endpointURL"], list) for service in catalog["service"])


@pytest.mark.parametrize("home", ["/springfield", ""])
def test_dcat_us_lists_what_is_published_of_a_city_and_of_all(both: CityBuilder, home: str) -> None:
    first, third = told(f"{home}/data.json"), told(f"{home}/data.v3.json")
    hold_dcat_1(first)
    hold_dcat_3(third)
    publishers = {one["publisher"]["name"] for one in first["dataset"]}
    assert len(publishers) == (1 if home else 2)
    assert {one["identifier"] for one in first["dataset"]} == {
        one["identifier"]["notation"] for one in third["dataset"]
    }
    assert f"http://testserver/springfield/data/{id_in(both)}" in {one["identifier"] for one in first["dataset"]}


def test_what_the_catalogue_leads_to_is_there(both: CityBuilder) -> None:
    for one in told("/springfield/data.json")["dataset"]:
        addresses = [way["downloadURL"] for way in one["distribution"] if "downloadURL" in way]
        for address in [*addresses, one["describedBy"]]:
            fetched(address.removeprefix("http://testserver"))
        ways = {way["title"]: way for way in one["distribution"]}
        fetched(ways["OGC API Features"]["accessURL"].removeprefix("http://testserver"))


def test_a_sandbox_is_in_no_catalogue(both: CityBuilder, sandbox: Any) -> None:
    assert {one["publisher"]["name"] for one in told("/data.json")["dataset"]} == {
        "City of Springfield",
        "City of Shelbyville",
    }


# -- Data Package and CSVW --------------------------------------------------------------------------------------


def test_a_data_package_describes_every_column_of_its_csv(both: CityBuilder) -> None:
    fetched(door(both, "rows.csv?version=2"))
    package = told(door(both, "datapackage.json?version=2"))
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert package["version"] == "2"
    [resource] = package["resources"]
    assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
    answer = fetched(resource["path"].removeprefix("http://testserver"))
    assert (resource["bytes"], resource["hash"]) == (len(answer.body), f"sha256:{answer['X-Data-SHA256']}")
    header, *rows = csv.reader(io.StringIO(answer.body.decode(), newline=""))
    fields = resource["schema"]["fields"]
    assert header == [field["name"] for field in fields]
    assert rows
    for field in fields:
        assert field["type"] in {"string", "number", "datetime", "boolean"}
        for value in (row[header.index(field["name"])] for row in rows):
            if value:
                hold_value(field, value)
    assert resource["schema"]["primaryKey"] == [":id"]


def hold_value(field: dict[str, Any], value: str) -> None:
    match field["type"]:
        case "number":
            float(value)
        case "datetime":
            datetime.strptime(value, field["format"])  # noqa: DTZ007  some are of the city
        case "boolean":
            assert value in ("true", "false")
    assert value in field.get("constraints", {}).get("enum", [value])


def test_the_package_of_a_city_has_all_its_data_sets(both: CityBuilder) -> None:
    for home, least in (("/springfield", 2), ("", 3)):
        names = [resource["name"] for resource in told(f"{home}/data/datapackage.json")["resources"]]
        assert len(set(names)) == len(names) >= least


def test_csvw_names_the_columns_as_the_csv_does(both: CityBuilder) -> None:
    answer = fetched(door(both, "rows.csv-metadata.json"))
    assert answer["Content-Type"] == "application/csvm+json"
    metadata = json.loads(answer.body)
    assert metadata["@context"][0] == "http://www.w3.org/ns/csvw"
    header = fetched(metadata["url"].removeprefix("http://testserver")).body.decode().split("\n")[0].split(",")
    columns = metadata["tableSchema"]["columns"]
    assert [column["titles"] for column in columns] == header
    names = [column["name"] for column in columns]
    assert len(set(names)) == len(names)
    assert not [name for name in names if name.startswith(("_", ":"))]
    assert metadata["tableSchema"]["primaryKey"] in names


def test_csvw_of_a_city_and_of_all_has_every_table(both: CityBuilder) -> None:
    for home in ("/springfield", ""):
        group = told(f"{home}/data/csv-metadata.json")
        assert group["@type"] == "TableGroup"
        assert len(group["tables"]) == len(told(f"{home}/data.json")["dataset"])
        assert told(door(both, "rows.csv-metadata.json"))["tableSchema"] in [t["tableSchema"] for t in group["tables"]]


# -- CKAN -------------------------------------------------------------------------------------------------------


def ckan(address: str, *, status: int = 200) -> Any:
    answer = told(address, status=status)
    assert answer["success"] is (status == 200)
    return answer["result" if status == 200 else "error"]


@pytest.mark.parametrize("home", ["/springfield", ""])
def test_ckan_lists_shows_and_finds_packages(both: CityBuilder, home: str) -> None:
    names = ckan(f"{home}/api/3/action/package_list")
    assert "springfield-requests" in names
    assert ("shelbyville-requests" in names) == (home == "")
    shown = ckan(f"{home}/api/3/action/package_show?id=springfield-requests")
    assert shown == ckan(f"{home}/api/3/action/package_show?id={id_in(both)}")
    assert [resource["format"] for resource in shown["resources"]] == ["CSV", "GeoJSON", "GeoParquet"]
    found = ckan(f"{home}/api/3/action/package_search?q=open311&rows=50")
    assert shown in found["results"]
    assert found["count"] == len(found["results"]) < len(names)
    assert ckan(f"{home}/api/3/action/package_search?q=no+such+thing")["count"] == 0


@pytest.mark.parametrize("home", ["/springfield", ""])
def test_ckan_searches_rows(both: CityBuilder, home: str) -> None:
    search = f"{home}/api/3/action/datastore_search?resource_id={id_in(both)}"
    whole = ckan(search)
    assert (whole["total"], whole["limit"], len(whole["records"])) == (2, 100, 2)
    assert [field["id"] for field in whole["fields"]] == list(whole["records"][0])
    closed = ckan(f"{search}&filters={quote(json.dumps({'status': 'closed'}))}&fields=service_code,status")
    assert closed["records"] == [{"service_code": "POTHOLE", "status": "closed"}]
    either = ckan(f"{search}&filters={quote(json.dumps({'status': ['closed', 'open'], 'times_reopened': 0}))}")
    assert either["total"] == 2
    newest = ckan(f"{search}&sort=requested_datetime+desc&limit=1")
    assert [row["service_code"] for row in newest["records"]] == ["STREETLIGHT"]
    second = ckan(f"{search}&sort=requested_datetime+desc&limit=1&offset=1")
    assert [row["service_code"] for row in second["records"]] == ["POTHOLE"]
    assert ckan(f"{search}&q=pothole")["total"] == 1


REFUSED = [
    ("datastore_search?resource_id=none", 404),
    ("datastore_search?resource_id={id}&limit=32001", 400),
    ("datastore_search?resource_id={id}&filters=[1]", 400),
    ("datastore_search?resource_id={id}&filters={{", 400),
    ('datastore_search?resource_id={id}&filters={{"nothing":1}}', 400),
    ('datastore_search?resource_id={id}&filters={{"status":{{"a":1}}}}', 400),
    ("datastore_search?resource_id={id}&sort=status+sideways", 400),
    ("datastore_search?resource_id={id}&fields=nothing", 400),
    ("datastore_search?resource_id={id}&plain=true", 400),
    ("package_show?id=none", 404),
    ("datastore_upsert", 404),
]


def test_ckan_refuses_as_ckan_does(both: CityBuilder) -> None:
    for asked, status in REFUSED:
        refused = ckan(f"/springfield/api/3/action/{asked.format(id=id_in(both))}", status=status)
        assert refused["__type"] in ("Validation Error", "Not Found Error")
        assert refused["message"], asked


def test_ckan_takes_what_clients_post(both: CityBuilder) -> None:
    def posted(body: Any) -> Any:
        address = "/springfield/api/3/action/datastore_search"
        answer = Client().post(address, body, content_type="application/json")
        return json.loads(answer.content)

    asked = {"resource_id": id_in(both), "filters": {"status": ["closed"]}, "fields": ["status"], "limit": 5}
    assert posted(asked)["result"]["records"] == [{"status": "closed"}]
    for wrong in ("[1]", "{", "[" * 5000, json.dumps({"resource_id": id_in(both), "q": "x" * 70_000})):
        assert posted(wrong)["error"]["__type"] == "Validation Error"
    assert Client().put("/springfield/api/3/action/package_list").status_code == 405


# -- Citing -----------------------------------------------------------------------------------------------------


def test_a_version_is_cited_by_its_number_and_hash(both: CityBuilder) -> None:
    sha256 = told(door(both, "manifest.json"))["sha256"]
    words = fetched(door(both, "cite.txt")).body.decode()
    assert words.startswith("City of Springfield, “Requests for service”, version 2 of 2026-11-24 (sha256:")
    assert words.endswith(
        f"retrieved 2026-11-24, http://testserver/springfield/data/{id_in(both)}/manifest.json?version=2"
    )
    all_of_it = told(door(both, "cite.json"))
    assert all_of_it["text"] == words
    assert all_of_it["pid"] == sha256
    [csl] = told(door(both, "cite.csl.json"))
    assert (csl["type"], csl["version"], csl["issued"]) == (
        "dataset",
        "2 of 2026-11-24",
        {"date-parts": [[2026, 11, 24]]},
    )
    assert fetched(door(both, "cite.bib")).body.decode() == all_of_it["bibtex"]
    assert fetched(door(both, "CITATION.cff")).body.decode() == all_of_it["cff"]


def test_the_same_query_on_the_same_version_has_the_same_name_however_it_is_written(both: CityBuilder) -> None:
    def pid(query: str) -> str:
        return str(told(door(both, f"cite.json?{query}"))["pid"])

    assert pid("$select=count(*)&$where=status='open'") == pid("$where=status='open'++&$SELECT=count(*)")
    assert pid("$where=status='open'") != pid("$where=status='open'&version=1")
    assert pid("$where=status='open'") != pid("$where=status='closed'")
    cited = told(door(both, "cite.json?$where=status='open'"))["csl"][0]
    assert "asof=2" in cited["URL"]
