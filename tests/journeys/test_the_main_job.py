"""
The main job, whole: a resident reports, the desk sees it arrive, the agency answers and closes it, the resident is
told the truth and can say that it is not fixed, and the public list moves.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checking import serious, until
from tests.journeys.conftest import Town
from tests.journeys.signing_in import be_at_the_desk
from tests.journeys.test_resident import report_a_pothole

pytestmark = pytest.mark.journey


def close(desk: Page, number: str, *, outcome: str, words: str) -> None:
    """Close a request at the desk."""
    desk.goto(f"/springfield/desk/r/{number}/")
    desk.get_by_role("link", name="Close").click()
    desk.get_by_label(re.compile(outcome, re.I)).first.check()
    desk.locator("textarea[name=text]").fill(words)
    desk.locator("main form button[data-kind=primary]").click()
    expect(desk.locator("main")).to_contain_text(words)


def test_from_the_report_to_the_truth(phone: Page, desk: Page, town: Town) -> None:
    be_at_the_desk(desk, "gus@springfield.example")
    desk.goto("/springfield/desk/")
    number = report_a_pothole(phone, email="ben@mail.example")
    mine = phone.url

    desk.get_by_text(re.compile(r"\d+ new")).first.click(timeout=15_000)
    expect(desk.get_by_role("link", name=number)).to_be_visible()

    desk.get_by_role("link", name=number).click()
    desk.get_by_role("button", name="Take it on").click()
    expect(desk.locator("main")).to_contain_text("Gus")

    close(desk, number, outcome="Nothing found", words="We drove along the street and saw no hole.")
    _letter(town, "ben@mail.example", says="We drove along the street")

    phone.goto(mine)
    expect(phone.get_by_text("we came and found nothing to do").first).to_be_visible()
    phone.get_by_text("It is not fixed").click()
    phone.get_by_label("What is still wrong?").fill("It is on the north side, by the bus stop.")
    phone.get_by_role("button", name="Open it again").click()
    expect(phone.get_by_text("It is open again").first).to_be_visible()

    desk.goto(f"/springfield/desk/r/{number}/")
    expect(desk.locator("main")).to_contain_text("It is on the north side, by the bus stop.")

    phone.goto("/springfield/requests/")
    expect(phone.get_by_role("link", name=re.compile("Pothole")).first).to_be_visible()


def _letter(town: Town, to: str, *, says: str) -> None:
    until(lambda: any(says in letter for letter in town.letters(to)), f"a letter to {to} that says “{says}”")


def test_a_question_and_its_answer(phone: Page, desk: Page) -> None:
    number = report_a_pothole(phone)
    mine = phone.url
    be_at_the_desk(desk, "bram@springfield.example")
    desk.goto(f"/springfield/desk/r/{number}/reply/")
    desk.locator("textarea[name=text]").fill("Is it on the left or on the right?")
    desk.locator("input[name=question]").check()
    desk.locator("main form button[data-kind=primary]").click()
    expect(desk.get_by_text("You ask the resident")).to_be_visible()
    desk.locator("main form button[data-kind=primary]").click()
    expect(desk.locator("main .timeline")).to_contain_text("Is it on the left or on the right?")

    phone.goto(mine)
    expect(phone.get_by_text("Is it on the left or on the right?")).to_be_visible()
    phone.locator("textarea[name=text]").fill("On the right.")
    phone.get_by_role("button", name="Send to the city").click()
    expect(phone.get_by_text("On the right.")).to_be_visible()

    desk.goto(f"/springfield/desk/r/{number}/")
    expect(desk.locator("main")).to_contain_text("On the right.")


def test_a_stranger_does_not_get_to_the_desk(phone: Page) -> None:
    phone.goto("/springfield/desk/")
    expect(phone.get_by_role("heading", name="Sign in to work here")).to_be_visible()


def test_staff_of_one_city_are_strangers_in_the_other(desk: Page) -> None:
    be_at_the_desk(desk, "gus@springfield.example")
    response = desk.goto("/shelbyville/desk/")
    assert response is not None
    assert response.status == 403


PAGES = ["/springfield/", "/springfield/report/", "/springfield/report/service/POTHOLE/", "/springfield/requests/",
         "/springfield/figures/", "/springfield/find/", "/springfield/accounts/login/"]  # fmt: skip
DESK_PAGES = ["/springfield/desk/", "/springfield/desk/contacts/", "/springfield/desk/new/"]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_serious_stands_in_the_way_of_anyone(inspected: Page, path: str) -> None:
    inspected.goto(path)
    assert serious(inspected) == []
    assert inspected.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"


def test_nor_on_the_reporters_page_and_at_the_desk(inspected: Page) -> None:
    number = report_a_pothole(inspected)
    assert serious(inspected) == []
    assert inspected.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
    be_at_the_desk(inspected, "gus@springfield.example")
    for path in [*DESK_PAGES, f"/springfield/desk/r/{number}/", f"/springfield/desk/r/{number}/close/"]:
        inspected.goto(path)
        assert serious(inspected) == [], path


def test_the_keyboard_alone_sends_a_report(phone: Page) -> None:
    phone.goto("/springfield/report/service/POTHOLE/")
    _press_until(phone, "Continue")
    phone.wait_for_url(re.compile("/place/"))
    phone.get_by_label(re.compile("Address, crossing")).focus()
    phone.keyboard.type("Main Street by the bakery with the green door")
    phone.keyboard.press("Escape")
    _press_until(phone, "Continue")
    phone.wait_for_url(re.compile("/details/"))
    phone.get_by_label("Like a plate").focus()
    phone.keyboard.press("Space")
    _press_until(phone, "Continue")
    phone.wait_for_url(re.compile("/contact/"))
    _press_until(phone, "Continue")
    phone.wait_for_url(re.compile("/check/"))
    _press_until(phone, "Send it to the city")
    expect(phone.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible()


def _press_until(page: Page, words: str) -> None:
    for _ in range(60):
        focused = page.evaluate("document.activeElement?.innerText?.trim() ?? ''")
        if focused == words:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach “{words}”")
