"""Sign-in is for staff, whom an administrator adds; nobody signs themselves up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the door to signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody may sign themselves up."""
        return False
