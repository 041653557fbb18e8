"""Where visits go that no page is for: in a city and outside of any, each answer leads on and no link leads nowhere."""

import re
from unittest.mock import patch

import pytest
from django.test import Client

from tests.builders import CityBuilder
from tests.desk import Staff
from tests.resident import words_of

PUBLIC = (
    "", "report/", "report/?q=hole", "report/service/POTHOLE/", "report/service/HIGHWAY/", "requests/",
    "requests/map/", "requests/points.geojson", "requests/cells.geojson", "boundaries/ward.geojson", "figures/",
    "figures/received.csv", "find/", "brand.css", "report/addresses/?q=main",
)  # fmt: skip


def links(client: Client, page: str) -> dict[str, int]:
    """Return what each link of a page answers."""
    found = set(re.findall(r'href="(/[^"#]*|\?[^"]*)"', page)) - {"?lang=en", "?lang=es"}
    return {link: client.get(link).status_code for link in found if not link.startswith("/static/")}


@pytest.mark.parametrize("path", PUBLIC)
def test_head_is_answered_as_get_is_without_the_page(city: CityBuilder, client: Client, path: str) -> None:
    address = f"/springfield/{path}"
    head, get = client.head(address), client.get(address)
    assert (head.status_code, get.status_code) == (200, 200)
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.content == b""


def test_head_of_one_request_and_of_the_house(city: CityBuilder, client: Client) -> None:
    assert client.head(f"/springfield/r/{city.report().number}/").status_code == 200
    assert client.head("/").status_code == 200
    assert client.head("/brand.css").status_code == 200
    assert client.head("/healthz").status_code in (200, 503)


def test_head_does_nothing_at_the_desk(city: CityBuilder, desk: Staff) -> None:
    hole = city.report()
    for path in ("", f"r/{hole.number}/", f"r/{hole.number}/accept/", "new/", "contacts/"):
        assert desk.gus.head(f"/springfield/desk/{path}").status_code == 200, path
    assert hole.row.version == 1


@pytest.mark.parametrize("path", ["/", "/report/", "/style-guide/", "/nothing/", "/accounts/login/", "/requests/"])
def test_outside_a_city_no_link_leads_nowhere(city: CityBuilder, client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (200, 404)
    assert {link: status for link, status in links(client, answer.content.decode()).items() if status >= 400} == {}


def test_outside_a_city_what_is_not_there_leads_to_the_cities(city: CityBuilder, client: Client) -> None:
    page = client.get("/report/").content.decode()
    assert "It is not here" in page
    assert "Choose your city" in page
    assert 'href="/"' in page
    assert 'href="/springfield/"' in client.get("/").content.decode()


@pytest.mark.parametrize("path", ["nothing/", "r/SP-0000-000/", "report/service/NOPE/"])
def test_in_a_city_what_is_not_there_leads_on(city: CityBuilder, client: Client, path: str) -> None:
    answer = client.get(f"/springfield/{path}")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "It is not here" in words_of(answer)
    assert {"Ask for service", "Follow a request"} <= set(re.findall(r">([^<>]+)</a>", page.split("</main>")[0]))
    assert 'href="/springfield/report/"' in page
    assert 'href="/springfield/find/"' in page
    assert {link: status for link, status in links(client, page).items() if status >= 400} == {}


@pytest.mark.parametrize("prefix", ["/springfield", ""])
def test_a_bug_says_sorry_and_leads_back(city: CityBuilder, prefix: str) -> None:
    client = Client(raise_request_exception=False)
    with (
        patch("ombud.web.public.record.catalog.jurisdictions", side_effect=RuntimeError),
        patch("ombud.web.public.record.public_record.page", side_effect=RuntimeError),
    ):
        answer = client.get(f"{prefix}/")
    assert answer.status_code == 500
    assert "Something broke on our side" in words_of(answer)
    assert f'href="{prefix}/"' in answer.content.decode()
    assert ('href="tel:311"' in answer.content.decode()) is bool(prefix)


@pytest.mark.parametrize("prefix", ["/springfield", ""])
def test_a_form_without_its_token_is_told_what_to_do(city: CityBuilder, prefix: str) -> None:
    path = "/report/" if prefix else "/accounts/login/"
    answer = Client(enforce_csrf_checks=True).post(f"{prefix}{path}")
    assert answer.status_code == 403
    assert "load the page once more and send it again" in words_of(answer)


@pytest.mark.parametrize("prefix", ["/springfield", ""])
def test_what_cannot_be_read_is_told_so(city: CityBuilder, client: Client, prefix: str) -> None:
    path = "/report/" if prefix else "/accounts/login/"
    answer = client.post(f"{prefix}{path}", {f"f{n}": "x" for n in range(2000)})
    assert answer.status_code == 400
    assert "cannot be read" in words_of(answer)


def test_whose_desk_it_is_not_is_told_so(city: CityBuilder, desk: Staff) -> None:
    answer = desk.outsider.get("/springfield/desk/")
    assert answer.status_code == 403
    assert "a city you do not work for" in words_of(answer)
    assert 'href="/springfield/"' in answer.content.decode()
