"""The door of the desk: only for staff of this city, and only with the role a page needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache

from ombud.kernel.errors import N_, NotAllowed, NotFound
from ombud.people.rules.permissions import Verb
from ombud.web.middleware import CityRequest

View = Callable[..., HttpResponseBase]


def staff_page(verb: Verb = Verb.VIEW) -> Callable[[View], View]:
    """
    Let staff of this city in who may do `verb` here; send strangers to sign in, refuse everybody else.

    Pages ask for what they need to be seen. What is done on them is asked again by each command.
    """

    def around(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: CityRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.city is None:
                raise NotFound(N_("There is no such page."))
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), resolve_url("account_login"))
            if not request.actor.may(Verb.VIEW):
                raise NotAllowed(N_("This desk belongs to a city you do not work for."))
            if not request.actor.may(verb):
                raise NotAllowed(N_("Your role does not open this page. An administrator can change your role."))
            return view(request, *args, **kwargs)

        return guarded

    return around


def own_account(request: CityRequest) -> int:
    """Return the id of who is signed in."""
    return int(request.actor.account_id or 0)
