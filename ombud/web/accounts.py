"""Sign-in is for staff, whom an administrator adds; nobody signs themselves up, whoever vouches for them."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from ombud.kernel.errors import N_, NotAllowed
from ombud.people.models import Account
from ombud.web.refusing import NO_PROVIDER, refused

UNKNOWN = N_(
    "You are signed in at your organisation, but nobody has added you here. Ask an administrator of the city to add"
    " the address that your organisation has for you."
)
UNVERIFIED = N_(
    "Your organisation does not say that your e-mail address is yours, so we cannot know who you are. Ask them to"
    " verify it."
)


class StaffOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the door to signing up, and leads staff to the desk of the city they signed in at."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody may sign themselves up."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The desk, where no page was asked for."""
        return _beginning(request, "desk_queue")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """The city's first page."""
        return _beginning(request, "home")


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """
    Lets in whom an administrator added, by the address that the provider has verified.

    Nothing else of what the provider says is kept or believed; roles are Ombud's own.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """
        Find the account by a verified address, or refuse in a sentence.

        The account is set here and not found by allauth, which would take the person's password away, as if a
        stranger had signed up with their address. Here an administrator gave it.
        """
        if sociallogin.state.get("process", "login") != "login":
            raise ImmediateHttpResponse(refused(request, NotAllowed(NO_PROVIDER), status=403))
        # Some providers say "true" and "false" as text, which would both count as true.
        addresses = [a.email for a in sociallogin.email_addresses if str(a.verified).lower() == "true"]
        if not addresses:
            raise ImmediateHttpResponse(refused(request, NotAllowed(UNVERIFIED), status=403))
        account = Account.objects.filter(email__iexact=addresses[0], is_active=True).first()
        if account is None:
            raise ImmediateHttpResponse(refused(request, NotAllowed(UNKNOWN), status=403))
        sociallogin.user = account

    def on_authentication_error(self, request: HttpRequest, *_: object, **__: object) -> None:
        """Say in a sentence that the provider did not answer, or refused."""
        raise ImmediateHttpResponse(refused(request, NotAllowed(NO_PROVIDER), status=403))


def has_second_factor(request: HttpRequest) -> bool:
    """Return whether whoever is signed in has a second factor: ours, or the provider's where it asks for one."""
    if is_mfa_enabled(request.user):
        return True
    came_by = {record.get("method") for record in get_authentication_records(request, request.user)}
    return settings.OMBUD_OIDC_SECOND_FACTOR and "socialaccount" in came_by


def _beginning(request: HttpRequest, name: str) -> str:
    return reverse(name) if getattr(request, "city", None) else "/"
