"""Ask a stranger who sends too much to wait, without losing what they typed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ombud.plumbing import limits


def limited(name: str, *, times: Callable[[], int], seconds: int = 3600) -> Callable[..., Any]:
    """Let an address do this so many times; after that answer 429 and say how long to wait."""

    def around(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                address = limits.client_address(request.META, settings.OMBUD_TRUSTED_PROXIES)
                verdict = limits.allow(f"{name}:{address}", times(), seconds)
                if isinstance(verdict, limits.Wait):
                    return _wait(request, verdict.seconds)
            return view(request, *args, **kwargs)

        return guarded

    return around


def _wait(request: HttpRequest, seconds: float) -> HttpResponse:
    minutes = max(1, round(seconds / 60))
    response = render(request, "errors/wait.html", {"minutes": minutes}, status=429)
    response.headers["Retry-After"] = str(int(seconds) + 1)
    return response
