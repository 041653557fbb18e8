"""
A real installation for the journeys: `ombud serve` on a port of its own, with its worker, its database and mail.

The browser is the machine's Chromium. Everything a journey needs is really started.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import chromium, provider
from tests.journeys.checking import until
from tests.ports import free_port

PHONE = {"width": 360, "height": 780}
DESKTOP = {"width": 1280, "height": 900}
# On a busy machine a page may take long; a journey says what comes, not how soon.
expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Town:
    """The running installation."""

    url: str
    home: Path
    environment: dict[str, str]

    def letters(self, to: str) -> list[str]:
        """Return the letters to an address, once at least one has come."""
        return until(lambda: self._letters_so_far(to), f"a letter to {to}")

    def _letters_so_far(self, to: str) -> list[str]:
        letters = [path.read_text() for path in sorted((self.home / "mailbox" / "new").glob("*"))]
        return [letter for letter in letters if f"To: {to}" in letter]


@pytest.fixture(scope="session")
def organisation() -> Iterator[str]:
    """The address of the city's own sign-in."""
    with provider.running() as url:
        yield url


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, organisation: str) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town")
    home.chmod(0o755)
    port = free_port()
    environment = {
        **os.environ,
        "OMBUD_HOME": str(home),
        "OMBUD_DEMO": "true",
        "OMBUD_DEMO_FOLDER": str(Path(__file__).parent.parent / "cities"),
        "OMBUD_PUBLIC_URL": f"http://localhost:{port}",
        "OMBUD_REPORTS_PER_HOUR": "10000",
        "OMBUD_OIDC_URL": organisation,
        "OMBUD_OIDC_CLIENT_ID": "ombud",
        "OMBUD_OIDC_SECRET": "between us",
        "OMBUD_OIDC_NAME": "Sign in with the city's account",
    }
    environment.pop("DATABASE_URL", None)
    said = home / "said.txt"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ombud", "demo", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_up(f"http://localhost:{port}/healthz", process, said)
        yield Town(f"http://localhost:{port}", home, environment)
    finally:
        process.terminate()
        process.wait(30)
        subprocess.run([sys.executable, "-m", "ombud", "database", "stop"], env=environment, check=False)


def _wait_until_up(url: str, process: "subprocess.Popen[bytes]", said: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the installation did not start:\n{said.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the installation did not come up within two minutes")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=["phone", "desktop"])
def visitor(request: pytest.FixtureRequest, browser: Browser, town: Town) -> Iterator[Page]:
    """Somebody's browser, on a phone and on a desktop."""
    with browsing(browser, town, viewport=PHONE if request.param == "phone" else DESKTOP) as page:
        yield page


@pytest.fixture
def visitor_without_script(browser: Browser, town: Town) -> Iterator[Page]:
    with browsing(browser, town, viewport=PHONE, java_script_enabled=False) as page:
        yield page


@pytest.fixture
def phone(browser: Browser, town: Town) -> Iterator[Page]:
    with browsing(browser, town, viewport=PHONE) as page:
        yield page


@pytest.fixture
def desk(browser: Browser, town: Town) -> Iterator[Page]:
    """A second person's browser, at a desk."""
    with browsing(browser, town, viewport=DESKTOP) as page:
        yield page


@pytest.fixture(params=["phone", "desktop"])
def inspected(request: pytest.FixtureRequest, browser: Browser, town: Town) -> Iterator[Page]:
    """A browser for axe, which puts styles of its own on the page: the policy that forbids it is set aside."""
    size = PHONE if request.param == "phone" else DESKTOP
    with browsing(browser, town, viewport=size, bypass_csp=True) as page:
        yield page


class browsing:
    """A browser context of somebody at the installation; what breaks on its pages fails the test."""

    def __init__(self, browser: Browser, town: Town, **options: object) -> None:
        self.context: BrowserContext = browser.new_context(base_url=town.url, locale="en-US", **options)  # type: ignore[arg-type]
        self.broken: list[str] = []

    def __enter__(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        page.on("response", lambda r: self.broken.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        page.on(
            "console",
            lambda m: self.broken.append(m.text) if m.type == "error" and "Content Security" in m.text else None,
        )
        return page

    def __exit__(self, *_: object) -> None:
        self.context.close()
        assert not self.broken, f"the page broke on the way: {self.broken}"
