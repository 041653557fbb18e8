"""Refusals that no page makes: what cannot be read at all, a form without its token, a way nobody goes in."""

from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template import loader
from django.urls import get_script_prefix

from ombud.kernel.errors import N_, OmbudError, Unavailable

UNREADABLE = N_("What was sent cannot be read, or is too much at once. Go back and send less.")
NOT_TAKEN = N_("We could not take that just now. Go back and send it again in a moment.")
NO_TOKEN = N_(
    "This page was open for too long, or your browser keeps no cookies for us. Nothing was sent. Go back, load the"
    " page once more and send it again."
)
NO_PROVIDER = N_("Signing in at your organisation did not work. Try again, or ask those who look after it.")
NO_SUCH_WAY = N_("This address cannot be used in that way. Begin again from the first page.")


def refused(request: HttpRequest, refusal: BaseException, *, status: int) -> HttpResponse:
    """Return the page that says a refusal in a sentence."""
    return render(request, "errors/refused.html", {"refusal": refusal, "status": status}, status=status)


def unreadable(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    """
    Answer what Django gives up on beside any page: too large, too many fields, a host not ours.

    A session that the database did not take is none of these, though Django counts it among them: sent again, it
    is taken.
    """
    if isinstance(exception, SessionInterrupted):
        return refused(request, Unavailable(NOT_TAKEN), status=503)
    return refused(request, OmbudError(UNREADABLE), status=400)


def lost(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    """Answer an address that no page is for."""
    return refused(request, Http404(), status=404)


def not_here(request: HttpRequest) -> HttpResponse:
    """Answer an address that a library of ours would serve and we do not."""
    raise Http404


def no_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came without the token of its page."""
    return refused(request, OmbudError(NO_TOKEN), status=403)


def no_such_way(request: HttpRequest, *, allowed: str) -> HttpResponse:
    """Answer a method that an address does not take."""
    response = refused(request, OmbudError(NO_SUCH_WAY), status=405)
    response.headers["Allow"] = allowed
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """Say sorry for a bug, with the way back and the telephone. Asks nothing of the database: it may be what broke."""
    city = getattr(request, "city", None)
    context = {"home": get_script_prefix(), "phone": city.contact_phone if city else ""}
    return HttpResponseServerError(loader.get_template("500.html").render(context))
