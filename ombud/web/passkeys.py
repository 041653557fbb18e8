"""The form that adds a passkey. One that can open the desk alone is what it makes unless told otherwise."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.utils.translation import gettext_lazy as _


class AddPasskey(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey with a name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"name": _("My passkey"), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("What you call it")
        self.fields["name"].help_text = _("Such as “my phone”. You see it when you remove one.")
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].label = _("It opens the desk alone")
        self.fields["passwordless"].help_text = _(
            "Without your password. Leave it out for a plain security key that asks for no finger, face or PIN."
        )
