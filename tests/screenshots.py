"""
`make screenshots`: every page at two widths, light, dark and right to left, into `screenshots/` to be looked at.

Serves the demo's cities from a home of its own, so that the pages are full; empty and failing pages are asked for
by addresses that lead to them.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests import chromium
from tests.journeys.signing_in import sign_in

PORT = 8399
OUT = Path(__file__).resolve().parent.parent / "screenshots"
WIDTHS = {"phone": (360, 780), "desktop": (1280, 900)}
LOOKS = {
    "light": ("light", "en"),
    "dark": ("dark", "en"),
    "rtl": ("light", "ar-xb"),
    "spanish": ("light", "es"),
}
RESIDENT = {
    "home": "/la/",
    "start": "/la/report/",
    "start-found": "/la/report/?q=couch",
    "start-nothing": "/la/report/?q=xyzzy",
    "start-danger": "/la/report/?q=smell+of+gas",
    "service": "/la/report/service/BSS-POT/",
    "hand-off": "/la/report/service/REF-CALTRANS/",
    "list": "/la/requests/",
    "list-empty": "/la/requests/?from=1999-01-01&to=1999-01-02",
    "map": "/la/requests/map/",
    "places-again": "/la/places/",
    "one-record": "/la/one-record/",
    "figures": "/la/figures/",
    "figures-empty": "/la/figures/?from=1999-01-01&to=1999-01-02",
    "data": "/la/data/",
    "data-nothing": "/la/data/?q=xyzzy",
    "data-question": "/la/data/questions/dumping/",
    "data-quality": "/la/data/quality/",
    "data-analyses": "/la/data/analyses/",
    "data-analyses-none": "/la/data/analyses/?state=acted-on",
    "data-analysis-new": "/la/data/analyses/new/",
    "data-analysis-notebook": "/la/data/analyses/new/?kind=notebook",
    "data-claim": "/la/data/mdla-72p0/claim/?by=council_district&show=rate",
    "data-set": "/la/data/mdla-72p0/",
    "data-rows": "/la/data/mdla-72p0/explore/",
    "data-groups": "/la/data/mdla-72p0/explore/?by=council_district&show=rate",
    "data-empty": "/la/data/mdla-72p0/explore/?q=xyzzy",
    "find": "/la/find/",
    "find-nothing": "/la/find/?number=LA-0000-000",
    "not-here": "/la/nothing-here/",
    "sign-in": "/la/accounts/login/",
    "cities": "/",
    "new-york": "/nyc/",
}
DESK = {
    "queue": "/la/desk/",
    "queue-late": "/la/desk/?view=late",
    "queue-empty": "/la/desk/?q=xyzzy",
    "contacts": "/la/desk/contacts/",
    "suggestions": "/la/desk/suggestions/",
    "new": "/la/desk/new/",
    "services": "/la/desk/services/",
    "service": "/la/desk/services/BSS-POT/",
    "texts": "/la/desk/texts/",
    "text": "/la/desk/texts/on-our-way/",
    "text-new": "/la/desk/texts/add/",
    "bodies": "/la/desk/bodies/",
    "bridges": "/la/desk/bridges/",
    "bridge": "/la/desk/bridges/graffiti/",
    "bridge-mapping": "/la/desk/bridges/graffiti/mapping/",
    "body": "/la/desk/bodies/LAHD/",
    "routing": "/la/desk/routing/",
    "routing-rule": "/la/desk/routing/rule/YARD-NC/",
    "routing-try": "/la/desk/routing/try/?service=SAN-BULKY&place=34.0676,-118.294",
    "routing-alarms": "/la/desk/routing/alarms/",
    "routing-bounces": "/la/desk/routing/bounces/",
    "rosters": "/la/desk/rosters/",
    "roster": "/la/desk/rosters/nights/",
    "storm": "/la/desk/storm/",
    "staff": "/la/desk/staff/",
    "webhooks": "/la/desk/webhooks/",
    "webhook-new": "/la/desk/webhooks/add/",
    "analyses": "/la/desk/analyses/",
    "photo": "/la/desk/photo/1/",
    "log": "/la/desk/log/",
}

ACTS = ("reply", "note", "assign", "close", "transfer", "service")


def main() -> None:
    """Serve the demo, take every picture, and say where they are."""
    OUT.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="ombud-pictures-"))
    home.chmod(0o755)
    environment = {**os.environ, "OMBUD_HOME": str(home), "OMBUD_DEMO": "true"}
    demo = subprocess.Popen([sys.executable, "-m", "ombud", "demo", "--port", str(PORT)], env=environment)
    try:
        _wait(f"http://localhost:{PORT}/healthz")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
            for look in LOOKS:
                for width in WIDTHS:
                    _take_all(browser, look, width)
    finally:
        demo.terminate()
        demo.wait(30)
        subprocess.run([sys.executable, "-m", "ombud", "database", "stop"], env=environment, check=False)
    sys.stdout.write(f"{len(list(OUT.glob('*.png')))} pictures are in {OUT.name}/\n")


def _wait(url: str) -> None:
    for _ in range(1500):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.4)
    raise SystemExit("the demo did not come up within ten minutes")


def _take_all(browser: Browser, look: str, width: str) -> None:
    scheme, language = LOOKS[look]
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    context = browser.new_context(
        base_url=f"http://localhost:{PORT}",
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"/la/?lang={language}")
    for name, address in RESIDENT.items():
        _take(page, address, OUT / f"{name}-{width}-{look}.png")
    page.goto("/la/data/analyses/")
    analysis = page.locator("main ul.questions a").first.get_attribute("href") or ""
    _take(page, analysis, OUT / f"data-analysis-{width}-{look}.png")
    _take_a_report(page, f"{width}-{look}")
    if look in ("light", "dark"):
        sign_in(page, "yara@la.example", city="la")
        for name, address in DESK.items():
            _take(page, address, OUT / f"desk-{name}-{width}-{look}.png")
        page.goto("/la/desk/")
        number = page.locator("[data-rows] th a").first.inner_text()
        _take(page, f"/la/desk/r/{number}/", OUT / f"desk-request-{width}-{look}.png")
        _take(page, f"/la/desk/?open={number}", OUT / f"desk-beside-{width}-{look}.png")
        for act in ACTS:
            _take(page, f"/la/desk/r/{number}/{act}/", OUT / f"desk-request-{act}-{width}-{look}.png")
    context.close()


def _take_a_report(page: Page, name: str) -> None:
    """Walk a report through its steps, refused ones among them, to the page that follows it."""
    page.goto("/la/report/service/BSS-POT/")
    _go_on(page)
    _see(page, f"report-place-{name}")
    _go_on(page)
    _see(page, f"report-place-refused-{name}")
    page.locator("input[name=address]").fill("Under the bridge by the old zoo")
    page.keyboard.press("Escape")
    _go_on(page)
    _see(page, f"report-details-{name}")
    _go_on(page)
    _see(page, f"report-details-refused-{name}")
    for question in page.locator("main fieldset").all():  # the second choice: "no" where it is yes or no
        question.locator("input[type=radio]").nth(1).check(force=True)
    page.locator("textarea[name=description]").fill("It is right where bikes turn.")
    _go_on(page)
    _see(page, f"report-contact-{name}")
    page.locator("input[name=email]").fill("ada@mail.example")
    _go_on(page)
    _see(page, f"report-check-{name}")
    _go_on(page)
    _see(page, f"receipt-{name}")
    page.goto(page.url.partition("?")[0])
    _see(page, f"track-{name}")


def _go_on(page: Page) -> None:
    page.locator("main form button[data-kind=primary]").last.click()
    page.wait_for_load_state("load")


def _see(page: Page, name: str) -> None:
    page.wait_for_timeout(250)
    page.screenshot(path=OUT / f"{name}.png", full_page=True)


def _take(page: Page, address: str, path: Path) -> None:
    page.goto(address, wait_until="load")
    page.wait_for_timeout(900 if "map" in address or "desk" in address else 250)
    page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    main()
