"""While a resident types, what the words find is there; danger is answered with whom to call, and one may go on."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Town

pytestmark = pytest.mark.journey


def test_services_are_suggested_while_one_types(visitor: Page) -> None:
    visitor.goto("/springfield/")
    with visitor.expect_response(re.compile(r"q=deep.hole.in.the.asphalt\b")):
        visitor.get_by_role("searchbox").first.press_sequentially("deep hole in the asphalt", delay=15)
    tile = visitor.locator("#found").get_by_role("link", name=re.compile("Pothole"))
    expect(tile).to_be_visible()
    assert visitor.url.endswith("/springfield/"), "the page stays while one types"
    tile.click()
    expect(visitor.get_by_role("heading", name="Pothole")).to_be_visible()


def test_what_was_typed_before_the_script_came_counts(phone: Page) -> None:
    late: list[Route] = []
    phone.route(re.compile(r"/(as-you-type|address-search)\b.*\.js"), lambda route: late.append(route))
    phone.goto("/springfield/")
    phone.get_by_role("searchbox").first.fill("deep hole in the asphalt")
    with phone.expect_response(re.compile(r"q=deep.hole.in.the.asphalt\b")):
        let_come(phone, late)
    phone.locator("#found").get_by_role("link", name=re.compile("Pothole")).click()
    phone.get_by_role("button", name="Continue").click()
    phone.wait_for_url(re.compile("/place/"))
    field = phone.get_by_label(re.compile("Address, crossing"))
    field.fill("Main Street")
    let_come(phone, late)
    expect(phone.locator("address-search [role=status]")).not_to_be_empty()
    expect(field).to_have_value("Main Street")


def let_come(page: Page, late: "list[Route]") -> None:
    """Let the script come that the page has asked for."""
    page.wait_for_function("document.documentElement.dataset.script === ''")
    while not late:
        page.wait_for_timeout(20)
    while late:
        late.pop().continue_()


def test_danger_is_told_while_one_types_and_one_may_go_on(visitor: Page) -> None:
    visitor.goto("/springfield/report/")
    with visitor.expect_response(re.compile(r"q=hole.in.the.street.and.it.smells.of.gas\b")):
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
