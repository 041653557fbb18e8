"""What every page is held to: nothing serious for axe, no wider than the screen, and at a desk no longer either."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

# What the worker does is there in a second or two; on a busy machine with much to do before it, in a minute.
DONE_WITHIN = 120
Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str) -> Found:
    """Look again until there is something, and return it: for what a job does."""
    end = time.monotonic() + DONE_WITHIN
    while not (found := look()):
        assert time.monotonic() < end, f"{what} did not come within {DONE_WITHIN} seconds"
        time.sleep(0.25)
    return found


def serious(page: Page) -> list[str]:
    """Return what axe finds that is serious or critical, once the page has its sheets."""
    page.wait_for_load_state()
    page.evaluate(AXE)
    # What is right need not be written down: that takes as long as finding what is wrong.
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(all => all.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] in ("serious", "critical")]


def standing_in_the_way(page: Page) -> list[str]:
    """Return what is serious, and whether the page is wider than the screen, or has nothing but room below it."""
    found = serious(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    # On a large screen the parts of the desk scroll, and not the page.
    is_desk = page.evaluate("innerWidth >= 1024 && !!document.querySelector('.desk-shell')")
    if is_desk and page.evaluate("document.documentElement.scrollHeight > innerHeight"):
        found.append("longer than the screen")
    return found
