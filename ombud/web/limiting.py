"""Ask a stranger who sends too much to wait, without losing what they typed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ombud.kernel.errors import N_, OmbudError
from ombud.plumbing import limits

AN_HOUR = 3600


class Waiting(OmbudError):
    """So much came from one address that we ask it to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.minutes = max(1, round(seconds / 60))
        super().__init__(
            N_("You have sent a lot in a short time. Try again in %(minutes)d minutes."), minutes=self.minutes
        )


def limit(request: HttpRequest, name: str, *, times: int, seconds: int = AN_HOUR) -> None:
    """Count one use of `name` by the visitor's address. Raises Waiting once it has been too many."""
    address = limits.client_address(request.META, settings.OMBUD_TRUSTED_PROXIES)
    verdict = limits.allow(f"{name}:{address}", times, seconds)
    if isinstance(verdict, limits.Wait):
        raise Waiting(verdict.seconds)


def limited(name: str, *, times: Callable[[], int], seconds: int = AN_HOUR) -> Callable[..., Any]:
    """Let an address do this so many times; after that answer 429 and say how long to wait."""

    def around(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if request.method == "POST":
                    limit(request, name, times=times(), seconds=seconds)
            except Waiting as waiting:
                return _wait(request, waiting)
            return view(request, *args, **kwargs)

        return guarded

    return around


def _wait(request: HttpRequest, waiting: Waiting) -> HttpResponse:
    response = render(request, "errors/wait.html", {"minutes": waiting.minutes}, status=429)
    response.headers["Retry-After"] = str(int(waiting.seconds) + 1)
    return response
