"""A dispatcher clears a storm with the keyboard alone: in the long run 500 reports of 40 broken places."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checking import DONE_WITHIN, standing_in_the_way
from tests.journeys.conftest import Town
from tests.journeys.signing_in import be_at_the_desk
from tests.storm import CITY

pytestmark = pytest.mark.journey
ROOT = Path(__file__).resolve().parents[2]


def storm(town: Town, what: str, *sizes: int) -> Any:
    """Let the storm come, or count its reports."""
    run = [sys.executable, "-m", "tests.storm", what, *map(str, sizes)]
    done = subprocess.run(run, env=town.environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_dispatcher_clears_a_storm_with_the_keyboard(desk: Page, town: Town, request: pytest.FixtureRequest) -> None:
    reports, places = (500, 40) if request.config.getoption("soak") else (150, 20)
    assert storm(town, "load", reports, places) == reports
    be_at_the_desk(desk, f"gus@{CITY}.example", city=CITY)
    keys = desk.keyboard

    desk.goto(f"/{CITY}/desk/repeats/")
    # Each press joins all reports of one thing; then all that is left at once.
    for chosen in ([], [], [], ["*"], ["*"]):
        desk.wait_for_function("Boolean(customElements.get('key-shortcuts'))")
        waiting = desk.locator("tr input[name=chosen]")
        n = waiting.count()
        if not n:
            break
        for key in (*chosen, "s"):
            keys.press(key)
        expect(waiting).not_to_have_count(n, timeout=DONE_WITHIN * 1000)
    expect(desk.locator("main")).to_contain_text("Nothing to decide")

    # An incident a row: all of them closed with one message.
    desk.get_by_role("link", name="Several reports").focus()
    keys.press("Enter")
    expect(desk.locator("tr input[name=chosen]")).to_have_count(places)
    desk.wait_for_function("Boolean(customElements.get('key-shortcuts'))")
    keys.press("*")
    keys.press("c")
    desk.get_by_label("Fixed", exact=False).first.focus()
    keys.press("Space")
    desk.locator("textarea[name=text]").focus()
    keys.type("The crews have mended what the storm broke here.")
    expect(desk.locator("input[name=whole_incident]")).to_be_checked()
    desk.get_by_role("button", name="Close them and tell the residents").focus()
    keys.press("Enter")
    expect(desk.locator("h1")).to_have_text(f"{places} of {places} are done", timeout=DONE_WITHIN * 1000)

    left = storm(town, "count")
    assert (left["reports"], left["incidents"], left["alone"]) == (reports, places, 0), left
    assert left["statuses"] == {"closed": reports}
    assert left["closings"] == reports


def test_nothing_stands_in_the_way_on_its_pages(inspected: Page, town: Town) -> None:
    be_at_the_desk(inspected, "gus@springfield.example")
    for page in ("repeats/", "places/", "?view=incidents"):
        inspected.goto(f"/springfield/desk/{page}")
        assert not standing_in_the_way(inspected), page
