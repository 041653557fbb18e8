"""How a member of staff signs in: password, then a code from their authenticator app."""

import base64
import hmac
import re
import struct
import time
from typing import Any

from playwright.sync_api import Page, expect

PASSWORD = "a city that answers"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

# Of whom has signed in already.
_cookies: dict[str, list[Any]] = {}


def code(at: float | None = None) -> str:
    """Return the six digits of the moment (RFC 6238, 30 seconds)."""
    counter = struct.pack(">Q", int(at or time.time()) // 30)
    digest = hmac.digest(base64.b32decode(SECRET), counter, "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def sign_in(page: Page, user: str, *, city: str = "springfield") -> None:
    """Sign in with password and second factor."""
    page.goto(f"/{city}/accounts/login/?next=/{city}/desk/")
    page.locator("input[name=login]").fill(user)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[data-kind=primary]").first.click()
    say_the_code(page)
    expect(page).to_have_url(re.compile("/desk/"))


def be_at_the_desk(page: Page, user: str, *, city: str = "springfield") -> None:
    """
    Stand at the desk, signed in now or earlier.

    A code works once, and to wait for the next one takes half a minute: so each signs in once, and later browsers
    are given the cookies of the first.
    """
    if user in _cookies:
        page.context.add_cookies(_cookies[user])
        page.goto(f"/{city}/desk/")
    if user not in _cookies or "/login/" in page.url:
        sign_in(page, user, city=city)
        _cookies[user] = [each for each in page.context.cookies() if each["name"] == "sessionid"]
    expect(page).to_have_url(re.compile("/desk/"))


def say_the_code(page: Page) -> None:
    """Give the second factor, where it is asked; a code that was just used is good again half a minute later."""
    for _ in range(8):
        page.wait_for_load_state()
        if "/2fa/" not in page.url:
            break
        page.locator("input[name=code]").fill(code())
        page.locator("main form button[data-kind=primary]").first.click()
        page.wait_for_load_state()
        if "/2fa/" in page.url:
            page.wait_for_timeout(5_000)
