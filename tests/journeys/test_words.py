"""While a resident types, what the words find is there; danger is answered with whom to call, and one may go on."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Town

pytestmark = pytest.mark.journey


def test_services_are_suggested_while_one_types(visitor: Page) -> None:
    visitor.goto("/springfield/")
    visitor.get_by_role("searchbox").first.press_sequentially("deep hole in the asphalt", delay=15)
    tile = visitor.locator("#found").get_by_role("link", name=re.compile("Pothole"))
    expect(tile).to_be_visible()
    assert visitor.url.endswith("/springfield/"), "the page stays while one types"
    tile.click()
    expect(visitor.get_by_role("heading", name="Pothole")).to_be_visible()


def test_danger_is_told_while_one_types_and_one_may_go_on(visitor: Page) -> None:
    visitor.goto("/springfield/report/")
    visitor.get_by_role("searchbox").fill("hole in the street and it smells of gas")
    expect(visitor.locator("#found").get_by_role("alert")).to_contain_text("Is somebody in danger? Call now")
    expect(visitor.locator("#found").get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    expect(visitor.locator("#found").get_by_role("link", name=re.compile("Pothole"))).to_be_visible()


def test_without_script_the_same_page_answers(visitor_without_script: Page, town: Town) -> None:
    page = visitor_without_script
    page.goto("/springfield/report/")
    page.get_by_role("searchbox").fill("there is a fire in the building")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#found").get_by_role("alert")).to_contain_text("Is somebody in danger? Call now")
