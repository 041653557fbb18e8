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


def path() -> str:
    """Return the path of Chromium; without one the journeys cannot be made, which fails and is not skipped."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail("The journeys need Chromium: apt install chromium")
