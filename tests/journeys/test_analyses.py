"""A journalist makes a claim out of the explorer and the city lets it through; then the record changes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.builders import MAIN_STREET, a_little_away
from tests.journeys.checking import until
from tests.journeys.conftest import Town
from tests.journeys.signing_in import be_at_the_desk
from tests.journeys.test_for_everyone import tab_to
from tests.journeys.test_journalist import REQUESTS, report_from_a_program, unhindered, wait_for_the_record

pytestmark = pytest.mark.journey


def make_a_claim(page: Page, title: str, mail: str) -> None:
    """Count the street lights in the explorer, and say so."""
    page.locator("main a", has_text=REQUESTS).click()
    page.goto(f"{page.get_by_role('link', name='Explore it').get_attribute('href')}?is.service_code=STREETLIGHT")
    page.get_by_role("link", name="Make a claim of this").click()
    expect(page.get_by_role("heading", name="The claim rests on")).to_be_visible()
    page.get_by_label("Title").fill(title)
    page.get_by_label("What do you claim?").fill("So many street lights were reported.")
    page.get_by_label("Your e-mail address").fill(mail)
    unhindered(page)
    page.get_by_role("button", name="Send it").click()
    # What is missing is said, and what was typed is there.
    expect(page.get_by_label("Title")).to_have_value(title)
    page.get_by_label("Your name, as it should stand there").fill("Ada Moreno")
    page.get_by_label("It is my own work").check()
    unhindered(page)
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()


def confirm(page: Page, town: Town, mail: str) -> None:
    """Follow the link in the letter."""
    page.goto(link_to_confirm(town, mail))
    unhindered(page)
    page.get_by_role("button", name="Confirm it").click()
    expect(page.get_by_text("The city has it and has not decided yet")).to_be_visible()


def link_to_confirm(town: Town, mail: str) -> str:
    """Return the link in the letter to whoever made a claim."""
    letter = town.letters(mail)[-1].replace("=\n", "").replace("=3D", "=")
    found = re.search(r"http://\S+/data/analyses/mine/\S+", letter)
    assert found
    return found[0]


def let_through(desk: Page, title: str) -> str:
    """Let it through at the desk, and return the address of its page."""
    be_at_the_desk(desk, "yara@springfield.example")
    desk.goto("/springfield/desk/analyses/")
    unhindered(desk)
    desk.get_by_role("link", name=title).click()
    unhindered(desk)
    desk.get_by_role("button", name="Let it through").click()
    return str(desk.get_by_role("link", name="Its page").get_attribute("href"))


def test_the_keyboard_alone_makes_a_claim_and_lets_it_through(desk: Page, town: Town) -> None:
    title, mail = "Lights by ward", "grace.otero@mail.example"
    report_from_a_program(town, MAIN_STREET)
    wait_for_the_record(desk)
    keys = desk.keyboard
    explorer = desk.locator("main a", has_text=REQUESTS).get_attribute("href")
    desk.goto(f"{explorer}explore/?is.service_code=STREETLIGHT")
    press(desk, "main a", words="Make a claim of this")
    told = {"title": title, "claim": "So many lights.", "author": "Grace Otero", "email": mail}
    for name, words in told.items():
        tab_to(desk, f"[name={name}]")
        keys.type(words)
    tab_to(desk, "[name=agreed]")
    keys.press("Space")
    press(desk, "main button", words="Send it")
    expect(desk.get_by_role("heading", name="Look into your mail")).to_be_visible()
    desk.goto(link_to_confirm(town, mail))
    press(desk, "main button", words="Confirm it")
    expect(desk.get_by_text("The city has it and has not decided yet")).to_be_visible()
    be_at_the_desk(desk, "yara@springfield.example")
    desk.goto("/springfield/desk/analyses/")
    press(desk, "main a", words=title)
    press(desk, "main button", words="Let it through")
    press(desk, "main a", words="Its page")
    expect(desk.get_by_role("heading", name=title)).to_be_visible()
    expect(desk.locator("main")).to_contain_text("Grace Otero")


def press(page: Page, selector: str, *, words: str) -> None:
    """Go to a button or a link by the keyboard, and press it."""
    tab_to(page, selector, words=words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _says(page: Page, desk: Page, address: str, words: str) -> bool:
    desk.get_by_role("button", name="Look again now").click()
    page.goto(address)
    return words in page.locator(".standing").inner_text()


def test_a_claim_is_made_let_through_and_holds_until_the_record_changes(phone: Page, desk: Page, town: Town) -> None:
    title, mail = "Dark streets", "ada.moreno@mail.example"
    report_from_a_program(town, MAIN_STREET)
    wait_for_the_record(phone)
    make_a_claim(phone, title, mail)
    confirm(phone, town, mail)
    address = let_through(desk, title)
    phone.goto(address)
    unhindered(phone)
    expect(phone.locator(".standing")).to_contain_text("Still reproduces")
    report_from_a_program(town, a_little_away(MAIN_STREET, metres=400))
    until(lambda: _says(phone, desk, address, "No longer reproduces"), "the claim's end")
    expect(phone.locator(".standing")).to_contain_text(re.compile(r"the value is now \d+, was \d+"))
    unhindered(phone)
    phone.goto("/springfield/data/analyses/?state=no-longer")
    expect(phone.get_by_role("link", name=title)).to_be_visible()
    unhindered(phone)
