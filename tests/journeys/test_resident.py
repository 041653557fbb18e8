"""A resident reports, follows and answers: with a phone, with a desktop, and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Town

pytestmark = pytest.mark.journey

PLACE = "Main Street by the bakery with the green door"


def report_a_pothole(page: Page, *, email: str = "") -> str:
    """Walk through the report as a person would, and return the number."""
    walk_to_the_end(page, email=email)
    page.get_by_role("button", name="Send it to the city").click()
    expect(page.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible()
    return page.locator(".receipt-number").inner_text()


def walk_to_the_end(page: Page, *, email: str = "") -> None:
    """Walk through the report as far as the page that sends it."""
    page.goto("/springfield/")
    page.get_by_role("searchbox").first.fill("hole in street")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=re.compile("Pothole")).first.click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(re.compile("Address, crossing")).fill(PLACE)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Like a plate").check()
    page.get_by_label("Tell us more").fill("It is right where bikes turn.")
    page.get_by_role("button", name="Continue").click()
    if email:
        page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Is this right?")).to_be_visible()
    expect(page.get_by_text(PLACE)).to_be_visible()


def test_a_report_ends_with_a_number_and_a_promise(visitor: Page) -> None:
    number = report_a_pothole(visitor)
    expect(visitor.get_by_text("Bureau of Streets looks at it next")).to_be_visible()
    assert number in visitor.url


def test_it_works_without_script(visitor_without_script: Page) -> None:
    report_a_pothole(visitor_without_script)


def test_what_is_missing_is_said_beside_the_field_and_above(visitor: Page) -> None:
    visitor.goto("/springfield/report/service/POTHOLE/")
    visitor.get_by_role("button", name="Continue").click()
    visitor.get_by_role("button", name="Continue").click()
    expect(visitor.get_by_text("Tell us where this is.").first).to_be_visible()
    visitor.get_by_label(re.compile("Address, crossing")).fill(PLACE)
    visitor.get_by_role("button", name="Continue").click()
    visitor.get_by_label("Tell us more").fill("kept while the rest is mended")
    visitor.get_by_role("button", name="Continue").click()
    expect(visitor.get_by_text("Answer this question.").first).to_be_visible()
    expect(visitor.get_by_label("Tell us more")).to_have_value("kept while the rest is mended")


def test_an_emergency_stops_the_form_first(phone: Page) -> None:
    phone.goto("/springfield/report/service/POTHOLE/")
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_label(re.compile("Address, crossing")).fill(PLACE)
    phone.get_by_role("button", name="Continue").click()
    phone.get_by_label("Like a plate").check()
    phone.get_by_label("Yes").check()
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_text("Call 911 now.")).to_be_visible()
    phone.get_by_label(re.compile("I have done that")).check()
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_role("heading", name="How do we tell you?")).to_be_visible()


def test_what_is_not_the_citys_is_said_before_any_form(phone: Page) -> None:
    phone.goto("/springfield/report/?q=freeway")
    phone.get_by_role("link", name=re.compile("Highway or ramp")).first.click()
    expect(phone.get_by_text("State Highways does this")).to_be_visible()
    expect(phone.get_by_role("link", name=re.compile("555-0190"))).to_be_visible()
    expect(phone.locator("main form")).to_have_count(0)


def test_who_goes_back_after_sending_is_shown_the_same_number(phone: Page) -> None:
    first = report_a_pothole(phone)
    phone.go_back()
    expect(phone.locator("main")).to_contain_text(first)


def test_a_double_tap_gives_one_request(phone: Page) -> None:
    walk_to_the_end(phone)
    phone.get_by_role("button", name="Send it to the city").dblclick(no_wait_after=True)
    expect(phone.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible()
    first = re.search(r"SP-\w{4}-\w{3}", phone.inner_text("main"))
    phone.go_back()
    expect(phone.locator("main")).to_contain_text(first[0] if first else "no number")


def test_the_reporter_is_written_to_and_can_stop_it(phone: Page, town: Town) -> None:
    number = report_a_pothole(phone, email="ada@mail.example")
    letter = town.letters("ada@mail.example")[0]
    assert number in letter
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in letter
    stop = re.search(r"http://localhost:\d+(/springfield/stop/[^\s>]+)", letter.replace("=\n", ""))
    assert stop
    phone.goto(stop[1].replace("=3D", "="))
    phone.get_by_role("button", name="Stop them").click()
    expect(phone.get_by_role("heading", name="We write no more about this")).to_be_visible()


def test_a_number_is_found_however_it_is_typed(phone: Page) -> None:
    number = report_a_pothole(phone)
    phone.goto("/springfield/find/")
    phone.get_by_label("Number").fill(number.replace("-", " ").lower())
    phone.get_by_role("button", name="Show it").click()
    expect(phone.locator("main")).to_contain_text(number)
    expect(phone.locator("main")).not_to_contain_text("right where bikes turn")


def test_in_spanish_everything_is_spanish(phone: Page) -> None:
    phone.goto("/springfield/?lang=es")
    expect(phone.locator("html")).to_have_attribute("lang", "es")
    expect(phone.get_by_role("heading", level=1)).not_to_have_text("What needs the city?")
    expect(phone.get_by_role("link", name="Bache").first).to_be_visible()


def test_right_to_left_pages_read_from_the_right(phone: Page) -> None:
    phone.goto("/springfield/?lang=ar-xb")
    expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"
