"""A photo with a plate on it: searched by the worker, one area more drawn by a person, shown, covered, seen."""

import io
import os
import re

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.journeys.checking import standing_in_the_way
from tests.journeys.conftest import PHONE, Town, browsing
from tests.journeys.signing_in import sign_in
from tests.journeys.test_analyses import press
from tests.journeys.test_for_everyone import tab_to
from tests.journeys.test_resident import report_a_pothole
from tests.street import Street, jpeg_of

pytestmark = pytest.mark.journey


def test_a_photo_is_covered_and_shown(phone: Page, browser: Browser, town: Town) -> None:
    street = Street(3, (800, 600))
    plate = street.plate("7KXR482", 34, (400, 450), turned=6)
    number = report_a_pothole(phone)
    with phone.expect_navigation():
        phone.locator("#more_photos").set_input_files(
            {"name": "street.jpg", "mimeType": "image/jpeg", "buffer": jpeg_of(street.photo())}
        )
        phone.get_by_role("button", name="Send to the city").click()
    with browsing(browser, town, viewport={"width": 1280, "height": 900}, bypass_csp=True) as desk:
        sign_in(desk, "bram@springfield.example")
        desk.goto(f"/springfield/desk/r/{number}/")
        desk.get_by_role("link", name="Cover and show it").click()
        for _ in range(60):
            if desk.get_by_role("button", name="Cover these areas and look").count():
                break
            desk.wait_for_timeout(1000)
            desk.reload()
        expect(desk.locator("[data-area]").first).to_contain_text(re.compile(r"found, \d+ % sure"))
        before = desk.locator("rect").count()
        expect(desk.locator("photo-areas[data-on]")).to_be_visible()
        picture = desk.locator(".photo-areas-room")
        picture.scroll_into_view_if_needed()
        room = picture.bounding_box()
        assert room
        desk.mouse.move(room["x"] + 30, room["y"] + 30)
        desk.mouse.down()
        desk.mouse.move(room["x"] + 130, room["y"] + 90, steps=4)
        desk.mouse.up()
        expect(desk.locator("rect")).to_have_count(before + 1)
        # What follows, by the keyboard: the new area is made wider, and all of them covered.
        tab_to(desk, f"[data-area]:nth-child({before + 1}) [name=width]")
        desk.keyboard.press("ArrowUp")
        press(desk, "main button", words="Cover these areas and look")
        expect(desk.get_by_text("This is what the public would see")).to_be_visible()
        assert standing_in_the_way(desk) == []
        look(desk, "desk")
        desk.set_viewport_size(PHONE)
        assert standing_in_the_way(desk) == []
        look(desk, "desk-phone")
        press(desk, "main button", words="Show to the public")
        expect(desk.locator("main")).to_contain_text("The public can see it.")
    phone.goto(f"/springfield/r/{number}/")
    address = phone.locator(".thumb-photo").locator("..").get_attribute("href")
    shown = Image.open(io.BytesIO(phone.request.get(f"{town.url}{address}").body()))
    left, top, right, bottom = plate.edges
    inner = shown.convert("RGB").crop((left + 8, top + 8, right - 8, bottom - 8))
    assert max(high - low for low, high in inner.getextrema()) <= 8
    look(phone, "public")


def look(page: Page, name: str) -> None:
    """Keep a picture of the page, where one is asked for."""
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
