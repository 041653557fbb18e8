"""Where the machine's Chromium is, and how tests start it."""

import shutil

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-gl=swiftshader",
    "--disable-background-networking",
    "--no-first-run",
]
# The first draws the same pages with half the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def path() -> str:
    """Return the path of Chromium; without one the journeys cannot be made, which fails and is not skipped."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    pytest.fail("The journeys need Chromium: apt install chromium")
