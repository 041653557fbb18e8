"""A journalist, who does not program, asks for a rate by area, saves the view, downloads it and cites it."""

import csv
import json
import re
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from ombud.connect.demo import API_KEY
from ombud.kernel.geo import LonLat
from tests.builders import MAIN_STREET
from tests.journeys.checking import standing_in_the_way, until
from tests.journeys.conftest import PHONE, Town, browsing

pytestmark = pytest.mark.journey
REQUESTS = "Every request for service that may be published"


def unhindered(page: Page) -> None:
    assert standing_in_the_way(page) == [], page.url


def report_from_a_program(town: Town, street_light_at: LonLat) -> None:
    """Report a street light that is out, at a place."""
    told = {
        "api_key": API_KEY,
        "service_code": "STREETLIGHT",
        "lat": street_light_at.lat,
        "long": street_light_at.lon,
        "description": "It is dark.",
    }
    address = f"{town.url}/springfield/open311/v2/requests.json"
    with urllib.request.urlopen(address, urlencode(told).encode()) as answer:
        assert answer.status in (200, 201)


def wait_for_the_record(page: Page) -> None:
    """Look again until requests with a place are published, and stand on the first page of the record."""
    until(lambda: _has_places(page), "the published requests")
    page.goto("/springfield/data/")


def _has_places(page: Page) -> bool:
    page.goto("/springfield/data/")
    page.goto(f"{page.locator('main a', has_text=REQUESTS).get_attribute('href')}explore/")
    return bool(page.locator("option[value=ward]").count())


def choose(page: Page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).select_option(value)


def explore_by_ward(page: Page) -> None:
    """Find the requests, and chart them by ward for each 1,000 residents."""
    page.locator("main a", has_text=REQUESTS).click()
    unhindered(page)
    page.get_by_role("link", name="Explore it").click()
    if page.get_by_text("Choose what is shown").is_visible():  # folded on a phone
        page.get_by_text("Choose what is shown").click()
    unhindered(page)
    choose(page, "Group by", "ward")
    page.get_by_role("button", name="Show", exact=True).click()
    if page.get_by_text("Choose what is shown").is_visible():
        page.get_by_text("Choose what is shown").click()
    choose(page, "Show of each group", "rate")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How many for each 1,000 residents, by wards")
    assert "by=ward&show=rate" in page.url  # what is seen can be sent to somebody
    unhindered(page)


def test_a_journalist_saves_downloads_and_cites_a_rate_by_area(visitor: Page, town: Town, tmp_path: Path) -> None:
    report_from_a_program(town, MAIN_STREET)
    wait_for_the_record(visitor)
    unhindered(visitor)
    explore_by_ward(visitor)
    visitor.get_by_role("link", name="Save as a view").click()
    visitor.get_by_label("Name", exact=True).fill("Reports for each resident, by ward")
    visitor.get_by_label("Your name, as it should stand there").fill("The Springfield Shopper")
    unhindered(visitor)
    visitor.get_by_role("button", name="Save the view").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Reports for each resident, by ward")
    unhindered(visitor)

    shown = visitor.locator("table.table tbody tr").first.locator("th, td").all_text_contents()
    with visitor.expect_download() as downloading:
        visitor.get_by_role("link", name="Download as CSV").click()
    downloading.value.save_as(tmp_path / "view.csv")
    [first, *_] = csv.DictReader((tmp_path / "view.csv").read_text().splitlines())
    assert f"Ward {first['ward']}" == shown[0]
    assert float(shown[1]) == pytest.approx(float(first["per_1000"]), abs=0.005)

    address = visitor.get_by_role("link", name=re.compile(r"resource.*\.json$")).get_attribute("href")
    with urllib.request.urlopen(str(address)) as answer:
        assert json.load(answer)[0]["ward"] == first["ward"]
    cited = visitor.get_by_text(re.compile("The Springfield Shopper, “Reports for each resident")).first.inner_text()
    assert re.search(r"version \d+ of .*\(sha256:[0-9a-f]{16}\).*/data/views/.*\(pid:[0-9a-f]{16}\)", cited)


def test_a_question_is_answered_without_script(visitor_without_script: Page, town: Town) -> None:
    page = visitor_without_script
    report_from_a_program(town, MAIN_STREET)
    wait_for_the_record(page)
    page.get_by_role("link", name="Which way do people use to ask?").click()
    expect(page.get_by_text("Most requests come by")).to_be_visible()
    page.get_by_text("What was asked, exactly").click()
    expect(page.get_by_text("SELECT channel").first).to_be_visible()


def test_what_is_open_near_is_asked_where_one_is(browser: Browser, phone: Page, town: Town) -> None:
    report_from_a_program(town, MAIN_STREET)
    wait_for_the_record(phone)
    exact = {"longitude": MAIN_STREET.lon + 0.000123, "latitude": MAIN_STREET.lat + 0.000123, "accuracy": 20}
    with browsing(
        browser, town, viewport=PHONE, geolocation=exact, permissions=["geolocation"], bypass_csp=True
    ) as page:
        page.goto("/springfield/data/questions/near/")
        expect(page).to_have_url(re.compile(r"/near/$"))  # nothing is asked for before somebody presses
        page.get_by_role("button", name="Use where I am").click()
        expect(page.get_by_text("Within 1 km of where you are.")).to_be_visible()
        expect(page).to_have_url(re.compile(rf"lon={MAIN_STREET.lon:.3f}&lat={MAIN_STREET.lat:.3f}$"))
        unhindered(page)
    phone.goto("/springfield/data/questions/near/")
    phone.get_by_role("button", name="Use where I am").click()
    expect(phone.get_by_text("did not let us see where you are")).to_be_visible()
