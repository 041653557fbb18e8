"""Staff sign in with a passkey and nothing else, or at their organisation; strangers do not, whatever they bring."""

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import CDPSession, Page, expect

from tests.journeys.checking import standing_in_the_way
from tests.journeys.signing_in import PASSWORD, say_the_code, sign_in

pytestmark = pytest.mark.journey
GUS = "gus@springfield.example"
YARA = "yara@springfield.example"


class Authenticator:
    """A phone or key with a fingerprint sensor, as the browser sees it; it says yes by itself."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def passkeys(self) -> list[dict[str, Any]]:
        """Return what it holds."""
        found: list[dict[str, Any]] = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found

    def forge(self, user_handle: str) -> None:
        """Put a passkey of a stranger's making in it, in the name of somebody who works here."""
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        credential = {
            "credentialId": base64.b64encode(b"never seen here!").decode(),
            "isResidentCredential": True,
            "rpId": "localhost",
            "privateKey": base64.b64encode(key).decode(),
            "userHandle": user_handle,
            "signCount": 1,
        }
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})


@pytest.fixture
def authenticator(desk: Page) -> Authenticator:
    return Authenticator(desk)


def add_a_passkey(page: Page, name: str) -> None:
    """Add one on the account's page, as its owner would."""
    page.goto("/springfield/desk/")
    page.locator(".desk-bar details.menu summary").click()
    page.get_by_role("link", name="How you sign in").click()
    page.get_by_role("link", name="Add a passkey").click()
    say_the_password_again(page)
    page.get_by_label("What you call it").fill(name)
    page.get_by_role("button", name="Add this passkey").click()
    page.wait_for_url(re.compile(r"/2fa/(recovery-codes/)?$"))
    page.goto("/springfield/accounts/2fa/")
    expect(page.locator("main")).to_contain_text(name)


def say_the_password_again(page: Page) -> None:
    """Confirm who it is where that is asked, which it is before anything about signing in is changed."""
    if "reauthenticate" in page.url:
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_load_state()


def sign_out(page: Page) -> None:
    page.goto("/springfield/desk/")
    page.locator(".desk-bar details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/springfield/$"))


def use_a_passkey(page: Page) -> None:
    page.goto("/springfield/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()


def test_a_passkey_alone_opens_the_desk_until_it_is_removed(desk: Page, authenticator: Authenticator) -> None:
    sign_in(desk, GUS)
    add_a_passkey(desk, "Gus's phone")
    assert len(authenticator.passkeys()) == 1
    sign_out(desk)
    desk.goto("/springfield/desk/")
    expect(desk.get_by_role("heading", name="Sign in to work here")).to_be_visible()

    use_a_passkey(desk)
    desk.wait_for_url("**/springfield/desk/")
    expect(desk.locator("main")).to_contain_text("Successfully signed in as Gus Dispatcher")

    desk.goto("/springfield/accounts/2fa/")
    desk.get_by_role("link", name="Remove Gus's phone").click()
    say_the_password_again(desk)
    desk.get_by_role("button", name="Remove").click()
    expect(desk.get_by_role("heading", name="How you sign in")).to_be_visible()
    expect(desk.locator("main")).not_to_contain_text("Gus's phone")
    sign_out(desk)
    use_a_passkey(desk)
    expect(desk.get_by_role("status")).to_contain_text("Incorrect code")
    desk.goto("/springfield/desk/")
    expect(desk.get_by_role("heading", name="Sign in to work here")).to_be_visible()


def test_a_strangers_passkey_in_the_name_of_staff_opens_nothing(desk: Page, authenticator: Authenticator) -> None:
    sign_in(desk, YARA)
    add_a_passkey(desk, "to learn how accounts are named")
    handle = authenticator.passkeys()[0]["userHandle"]
    sign_out(desk)
    authenticator.session.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator.id})
    authenticator.forge(handle)
    use_a_passkey(desk)
    expect(desk.get_by_role("status")).to_contain_text("Incorrect code")
    desk.goto("/springfield/desk/")
    expect(desk.get_by_role("heading", name="Sign in to work here")).to_be_visible()


def test_who_has_no_passkey_is_told_what_else_works(desk: Page, authenticator: Authenticator) -> None:
    use_a_passkey(desk)
    expect(desk.get_by_role("alert")).to_contain_text("No passkey was used")


def test_the_pages_of_signing_in_are_open_to_everyone_and_fit_a_phone(inspected: Page) -> None:
    sign_in(inspected, "nils@springfield.example" if on_a_phone(inspected) else "bram@springfield.example")
    for path in ("", "webauthn/add/", "recovery-codes/generate/", "totp/deactivate/"):
        inspected.goto(f"/springfield/accounts/2fa/{path}")
        say_the_password_again(inspected)
        inspected.wait_for_url(f"**/2fa/{path}")
        assert standing_in_the_way(inspected) == [], path


def on_a_phone(page: Page) -> bool:
    return bool(page.viewport_size and page.viewport_size["width"] < 600)


def test_the_citys_own_sign_in_leads_to_the_desk_of_whom_it_knows(desk: Page) -> None:
    desk.goto("/springfield/accounts/login/")
    desk.get_by_role("link", name="Sign in with the city's account").click()
    desk.get_by_role("button", name="carla", exact=True).click()
    desk.wait_for_url(re.compile("/2fa/"))
    say_the_code(desk)
    desk.wait_for_url("**/springfield/desk/")


def test_and_tells_whom_it_does_not_know(phone: Page) -> None:
    phone.goto("/springfield/accounts/login/?lang=es")
    phone.get_by_role("link", name="Sign in with the city's account").click()
    phone.get_by_role("button", name="stranger", exact=True).click()
    expect(phone.get_by_text("nadie le ha dado acceso aquí")).to_be_visible()
    phone.goto("/springfield/desk/")
    expect(phone.get_by_role("heading", name="Inicie sesión")).to_be_visible()
