"""Pages of the installation itself: is it well, its colours, and the demo's mailbox."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ombud.kernel.errors import N_, NotFound
from ombud.plumbing import mailbox as post
from ombud.plumbing import workers
from ombud.web import style_guide as parts


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when pages, database and worker are up, else 503 and which is not."""
    state = {"web": "up", "database": "up", "worker": "up"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not workers.is_alive():
            state["worker"] = "down"
    except DatabaseError:
        state |= {"database": "down", "worker": "unknown"}
    return JsonResponse(state, status=200 if set(state.values()) == {"up"} else 503)


@require_safe
def brand_css(request: HttpRequest) -> HttpResponse:
    """Answer the city's one colour, as the hue all others derive from."""
    city = request.city  # type: ignore[attr-defined]
    hue = float(city.settings.get("brand_hue", 250)) if city else 250.0
    response = HttpResponse(f":root{{--brand-hue:{hue % 360:g}}}\n", content_type="text/css")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Show the letters that went out, where no mail server is set: the demo's catch-all."""
    if settings.EMAIL_HOST or not settings.OMBUD_DEMO:
        raise NotFound(N_("There is no mailbox here."))
    chosen = request.GET.get("letter", "")
    letters = post.letters(limit=100)
    return render(
        request,
        "public/mailbox.html",
        {"letters": letters, "open": next((letter for letter in letters if letter.key == chosen), None)},
    )


@require_safe
def style_guide(request: HttpRequest) -> HttpResponse:
    """Show every part of the pages in every state; only where the demo runs."""
    if not settings.OMBUD_DEMO:
        raise NotFound(N_("There is no such page."))
    return parts.style_guide(request)
