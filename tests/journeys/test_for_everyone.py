"""Every page for everybody: in the dark, from right to left, on a narrow screen, and by the keyboard alone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver
from playwright.sync_api import Browser, Page, expect

from tests.journeys.checking import standing_in_the_way, until
from tests.journeys.conftest import DESKTOP, PHONE, Town, browsing
from tests.journeys.signing_in import PASSWORD, be_at_the_desk, code
from tests.journeys.test_resident import report_a_pothole

pytestmark = pytest.mark.journey
# What the addresses of these pages cannot say by themselves; those that need nothing more are found.
RESIDENT = ["report/?q=hole", "report/?q=xyzzy", "report/service/POTHOLE/", "report/service/HIGHWAY/",
            "requests/?from=1999-01-01&to=1999-01-02", "find/?number=SP-0000-000", "data/questions/channel/",
            "data/p4di-xyvd/", "data/p4di-xyvd/explore/?by=ward&show=rate", "data/p4di-xyvd/save/",
            "nothing-here/", "accounts/login/"]  # fmt: skip
DESK = ["?view=late", "?q=xyzzy", "services/POTHOLE/", "new/POTHOLE/", "routing/version/1/"]
# These answer a form, or a script.
NO_PAGES = {"report/addresses/", "developers/keys/", "desk/points/", "desk/views/", "desk/bulk/",
            "desk/public-record/take-back/", "desk/repeats/answer/", "desk/search/", "desk/services/add/",
            "desk/routing/change/"}  # fmt: skip
ACTS = ["", "reply/", "note/", "close/", "transfer/", "schedule/", "service/", "priority/", "merge/"]
LOOKS: dict[str, dict[str, Any]] = {
    "dark": {"color_scheme": "dark"},
    "high contrast": {"contrast": "more"},
    "right to left": {"language": "ar-xb"},
    "Spanish": {"language": "es"},
}


@pytest.fixture(scope="module")
def at_the_desk(browser: Browser, town: Town) -> Any:
    """The cookies of an administrator who is signed in, and the number of a request."""
    with browsing(browser, town, viewport=DESKTOP) as page:
        number = report_a_pothole(page)
        be_at_the_desk(page, "yara@springfield.example")
        until(lambda: page.request.get("/springfield/data/p4di-xyvd/explore/").ok, "the first version of the record")
        return page.context.storage_state(), number


def found_pages(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Give the addresses of our pages that have no number or code in them."""
    for each in (resolver or get_resolver()).url_patterns:
        address = before + str(each.pattern)
        if isinstance(each, URLResolver):
            if str(getattr(each.urlconf_name, "__name__", "")).startswith("ombud.web"):
                yield from found_pages(each, address)
        elif re.fullmatch(r"([\w-]+/)*", address) and address not in NO_PAGES:
            yield address


def _may_be_missing(path: str) -> bool:
    """Whether a page may say that there is nothing."""
    return any(part in path for part in ("nothing-here", "number=", "one-record", "style-guide", "mailbox"))


# One of each kind while one works; all of them in the long run.
COMBINED = [("dark", "phone"), ("right to left", "desktop")]
THE_REST = [("dark", "desktop"), ("right to left", "phone"), ("high contrast", "desktop"), ("Spanish", "phone")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "looked_at" in metafunc.fixturenames:
        combined = COMBINED + THE_REST if metafunc.config.getoption("soak") else COMBINED
        metafunc.parametrize("looked_at", combined, indirect=True, ids=" on a ".join)


@pytest.fixture
def looked_at(request: pytest.FixtureRequest, browser: Browser, town: Town, at_the_desk: Any) -> Iterator[Page]:
    look, width = request.param
    options = {k: v for k, v in LOOKS[look].items() if k != "language"}
    size = PHONE if width == "phone" else DESKTOP
    with browsing(browser, town, viewport=size, bypass_csp=True, storage_state=at_the_desk[0], **options) as page:
        page.goto(f"/springfield/?lang={LOOKS[look].get('language', 'en')}")
        yield page


def test_nothing_stands_in_the_way_of_anyone_on_any_page(
    looked_at: Page, at_the_desk: Any, request: pytest.FixtureRequest
) -> None:
    _, number = at_the_desk
    more = [*RESIDENT, *(f"desk/{path}" for path in DESK), *(f"desk/r/{number}/{act}" for act in ACTS)]
    pages = [*found_pages(), *more]
    assert len(pages) > 60
    if not request.config.getoption("soak"):  # every page in one of the looks; in the long run in all of them
        look = request.node.callspec.params["looked_at"]
        pages = pages[COMBINED.index(look) :: len(COMBINED)]
    found = {}
    for path in pages:
        answer = looked_at.goto(f"/springfield/{path}")
        assert answer is not None
        assert answer.status in (200, 404), f"{path}: {answer.status}"
        assert answer.status == 200 or _may_be_missing(path), path
        if problems := standing_in_the_way(looked_at):
            found[path] = problems
    assert found == {}


def test_a_report_fits_a_screen_of_320_pixels(browser: Browser, town: Town) -> None:
    with browsing(browser, town, viewport={"width": 320, "height": 568}, bypass_csp=True) as page:
        seen = []

        def look(*_: object) -> None:
            seen.append(page.url)
            assert standing_in_the_way(page) == [], page.url

        page.goto("/springfield/")
        look()
        page.goto("/springfield/report/service/POTHOLE/")
        look()
        page.get_by_role("button", name="Continue").click()
        look()
        page.get_by_role("button", name="Continue").click()
        look()
        page.get_by_label(re.compile("Address, crossing")).fill("Main Street by the bakery with the green door")
        page.get_by_role("button", name="Continue").click()
        look()
        page.get_by_label("Like a plate").check()
        page.get_by_role("button", name="Continue").click()
        look()
        page.get_by_role("button", name="Continue").click()
        look()
        page.get_by_role("button", name="Send it to the city").click()
        expect(page.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible()
        look()
        assert len(seen) == 8


def test_the_keyboard_alone_does_a_day_at_the_desk(desk: Page, phone: Page) -> None:
    for _ in range(3):
        report_a_pothole(phone)
    keys = desk.keyboard
    desk.goto("/springfield/accounts/login/?next=/springfield/desk/")
    tab_to(desk, "input[name=login]")
    keys.type("bram@springfield.example")
    keys.press("Tab")
    tab_to(desk, "input[name=password]")
    keys.type(PASSWORD)
    keys.press("Enter")
    desk.wait_for_url(re.compile("/2fa/"))
    while "/2fa/" in desk.url:
        tab_to(desk, "input[name=code]")
        keys.press("Control+a")
        keys.type(code())
        with desk.expect_navigation():
            keys.press("Enter")
        if "/2fa/" in desk.url:
            desk.wait_for_timeout(4_000)  # a code that was just used is good again half a minute later
    expect(desk).to_have_url(re.compile("/desk/"))
    desk.wait_for_selector("key-shortcuts:defined", state="attached")

    # A row is opened; its reporter is written to, after a look at what is sent and to whom.
    keys.press("j")
    number = desk.locator("tr[aria-current=true] th a").inner_text()
    keys.press("Enter")
    desk.wait_for_url(re.compile(f"open={number}"))
    tab_to(desk, "form[data-to=reply] textarea")
    keys.type("We come tomorrow.")
    tab_to(desk, "form[data-to=reply] button[data-kind=primary]")
    keys.press("Enter")
    expect(desk.get_by_text("You write to")).to_be_visible()
    tab_to(desk, "button[data-kind=primary]")
    keys.press("Enter")
    expect(desk.locator("main")).to_contain_text("We come tomorrow.")

    # It is closed with an outcome and a sentence.
    tab_to(desk, "a.button", words="Close")
    keys.press("Enter")
    desk.wait_for_url(re.compile("/close/"))
    tab_to(desk, "input[name=outcome]")
    for _ in range(12):
        if desk.evaluate("document.activeElement.value") == "nothing_found":
            break
        keys.press("ArrowDown")
    keys.press("Space")
    tab_to(desk, "textarea[name=text]")
    keys.type("We came and saw no hole.")
    tab_to(desk, "button[data-kind=primary]")
    keys.press("Enter")
    expect(desk.locator("main")).to_contain_text("We came and saw no hole.")

    # The palette leads to a view; in the queue two are chosen and taken on together.
    desk.wait_for_selector("key-shortcuts:defined", state="attached")
    keys.press("Control+k")
    expect(desk.get_by_role("combobox")).to_be_focused()
    keys.type("New")
    keys.press("Enter")
    desk.wait_for_url(re.compile("view=new"))
    desk.wait_for_selector("key-shortcuts:defined", state="attached")
    for key in "jxjx":
        keys.press(key)
    chosen = desk.locator("input[name=chosen]:checked")
    expect(chosen).to_have_count(2)
    keys.press("a")
    desk.wait_for_url(re.compile("/bulk/"))
    if desk.get_by_role("heading", name=re.compile("2 requests")).count():
        tab_to(desk, "button[data-kind=primary]")
        keys.press("Enter")
    expect(desk.get_by_role("heading", name="2 of 2 are done")).to_be_visible()


def tab_to(page: Page, selector: str, *, words: str = "") -> None:
    """Press Tab until what is meant has the focus, and hold that the focus is seen there."""
    wanted = f"""e => e.matches({selector!r}) && (!{words!r} || e.innerText.trim().startsWith({words!r}))"""
    for _ in range(150):
        if page.evaluate(f"({wanted})(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector} {words} on {page.url}")
