"""An administrator sets up a webhook by the keyboard alone; a report reaches it, signed, through the real worker."""

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect
from standardwebhooks import Webhook

from tests.journeys.checking import standing_in_the_way
from tests.journeys.conftest import DESKTOP, PHONE, Town, browsing
from tests.journeys.signing_in import be_at_the_desk
from tests.journeys.test_resident import report_a_pothole
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.journey


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the thing of this name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText") == name:
            return
    raise AssertionError(f"“{name}” is not reached by the keyboard")


def set_up(page: Page, receiver: Receiver) -> str:
    """Add a webhook without touching the mouse, and return its secret."""
    page.goto("/springfield/desk/webhooks/")
    tab_to(page, "Add one")
    page.keyboard.press("Enter")
    page.wait_for_url("**/add/")
    tab_to(page, "Name")
    page.keyboard.type("Works management")
    tab_to(page, "Web address")
    page.keyboard.type(receiver.url)
    tab_to(page, "Only when")
    page.keyboard.press("Enter")
    tab_to(page, "a request was made")
    page.keyboard.press("Space")
    tab_to(page, "Add it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The secret of “Works management”")).to_be_visible()
    assert standing_in_the_way(page) == []
    return re.findall(r"whsec_[\w+/=]+", page.inner_text("main"))[0]


def test_a_report_reaches_what_an_administrator_set_up(browser: Browser, town: Town) -> None:
    with receiving() as receiver, browsing(browser, town, viewport=DESKTOP, bypass_csp=True) as page:
        be_at_the_desk(page, "yara@springfield.example")
        secret = set_up(page, receiver)
        with browsing(browser, town, viewport=PHONE) as phone:
            number = report_a_pothole(phone)
        # Other tests report at the same town, a whole storm among them; theirs may still be on the way.
        deadline = time.monotonic() + 120
        while not (ours := [asked for asked in receiver.host.asked if number.encode() in asked]):
            assert time.monotonic() < deadline, "the report did not come"
            time.sleep(0.1)
        head, _, body = ours[0].partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        told = Webhook(secret).verify(body, headers)
        assert (told["type"], told["data"]["service_request_id"]) == ("service_request.submitted", number)
        assert told["data"]["service_request"]["url"] == f"{town.url}/springfield/r/{number}/"
        tab_to(page, "I have copied it")
        page.keyboard.press("Enter")
        row = page.get_by_role("row", name=re.compile(number))
        expect(row).to_be_visible()
        while "Delivered" not in row.inner_text():  # that it came is written down after it did
            assert time.monotonic() < deadline, row.inner_text()
            page.reload()
        tab_to(page, "Send a test")
        page.keyboard.press("Enter")
        expect(page.get_by_text(re.compile("It took it: 204")).first).to_be_visible()
        for width in (DESKTOP, PHONE, {"width": 320, "height": 568}):
            page.set_viewport_size(width)  # type: ignore[arg-type]
            assert standing_in_the_way(page) == []
        page.goto(page.url + "remove/")
        page.get_by_role("button", name="Remove it").click()
        expect(page.get_by_text("is removed")).to_be_visible()
