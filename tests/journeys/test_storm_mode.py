"""Storm mode: switched on, seen and worked through, switched off; then the dates are counted again."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checking import standing_in_the_way, until
from tests.journeys.conftest import Town
from tests.journeys.signing_in import be_at_the_desk
from tests.storm import CITY

pytestmark = pytest.mark.journey
ROOT = Path(__file__).resolve().parents[2]
WORDS = "A storm hit the city. Stay away from trees."
STORM = f"/{CITY}/desk/storm/"


def run(town: Town, what: str) -> Any:
    """Let something happen in the installation."""
    command = [sys.executable, "-m", "tests.storm", what]
    done = subprocess.run(command, env=town.environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def switch_on(desk: Page) -> None:
    """Say what happened and over what, and switch it on."""
    desk.goto(STORM)
    desk.get_by_label("What we tell people: English").fill(WORDS)
    desk.locator("summary", has_text="Streets").first.click()
    desk.get_by_label("Pothole").check()
    desk.get_by_label("Why it is switched on").fill("Wind over 60 miles an hour")
    desk.get_by_role("button", name="Switch storm mode on").click()
    expect(desk.get_by_role("heading", name="Storm mode is on")).to_be_visible()


def switch_off(desk: Page) -> None:
    """Switch it off, where it is on."""
    desk.goto(STORM)
    if desk.get_by_role("button", name="Switch storm mode off").count():
        desk.locator("#end_why").fill("The wind is gone")
        desk.get_by_role("button", name="Switch storm mode off").click()
        expect(desk.get_by_role("heading", name="Storm mode is off")).to_be_visible()


def report(visitor: Page) -> str:
    """Report a hole during the storm: told so on each step, and asked only what is needed. Returns the number."""
    visitor.goto(f"/{CITY}/report/service/POTHOLE/")
    told = visitor.get_by_text(WORDS)
    expect(told).to_be_visible()
    visitor.get_by_role("button", name="Continue").click()
    expect(told).to_be_visible()
    visitor.get_by_label(re.compile("Address, crossing")).fill("By the old mill")
    visitor.get_by_role("button", name="Continue").click()
    expect(told).to_be_visible()
    expect(visitor.get_by_label("Photos")).to_have_count(0)
    visitor.get_by_label("Like a door").check()
    expect(visitor.get_by_label("How deep is it?")).to_have_count(0)
    visitor.get_by_role("button", name="Continue").click()
    visitor.get_by_role("button", name="Continue").click()
    visitor.get_by_role("button", name="Send it to the city").click()
    expect(visitor.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible()
    expect(visitor.get_by_text("Because of the storm we cannot say yet")).to_be_visible()
    found = re.search(r"SH-\w{4}-\w{3}", visitor.inner_text("main"))
    assert found
    return found[0]


def _is_gathered(desk: Page, number: str) -> bool:
    desk.goto(f"/{CITY}/desk/")
    desk.locator("nav .rail a", has_text="Storm").first.click()
    return bool(desk.get_by_role("link", name=number).count())


def _is_promised(visitor: Page) -> bool:
    visitor.reload()
    return visitor.locator(".promise").first.is_visible()


def test_a_storm_from_its_switch_to_its_end(phone: Page, desk: Page, town: Town) -> None:
    run(town, "past")
    be_at_the_desk(desk, f"yara@{CITY}.example", city=CITY)
    try:
        switch_on(desk)
        number = report(phone)
        # It is gathered by a job, and the dispatcher finds it in the storm's own view.
        until(lambda: _is_gathered(desk, number), f"{number} in the storm's view")
        desk.get_by_label("All that this list has").check()
        desk.locator("summary", has_text="With the chosen").click()
        desk.locator("button[value=reply]").click()
        desk.locator("textarea[name=text]").fill("We know of it. Crews clear the main roads first.")
        desk.get_by_role("button", name="Send to the residents").click()
        expect(desk.locator("h1")).to_contain_text("done")
        expect(desk.get_by_role("link", name=number)).to_be_visible()
    finally:
        switch_off(desk)
    expect(desk.locator("main")).to_contain_text("The wind is gone")
    until(lambda: _is_promised(phone), "a promise after the storm")
    expect(phone.get_by_text("Because of the storm")).to_have_count(0)
    expect(phone.locator("main")).to_contain_text("Crews clear the main roads first.")
    phone.goto(f"/{CITY}/report/service/POTHOLE/")
    expect(phone.get_by_role("button", name="Continue")).to_be_visible()
    expect(phone.get_by_text(WORDS)).to_have_count(0)


def test_nothing_stands_in_the_way_on_its_pages(inspected: Page) -> None:
    be_at_the_desk(inspected, f"yara@{CITY}.example", city=CITY)
    inspected.goto(STORM)
    assert not standing_in_the_way(inspected), "before"
    try:
        switch_on(inspected)
        for path in (STORM, f"/{CITY}/report/service/POTHOLE/"):
            inspected.goto(path)
            assert not standing_in_the_way(inspected), path
    finally:
        switch_off(inspected)
    assert not standing_in_the_way(inspected), "after"
