"""What happens to every visit before a page sees it: which city, which language, how errors answer."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils import timezone, translation
from django.utils.translation.trans_real import parse_accept_lang_header
from requests import RequestException

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel.errors import NotAllowed, NotFound, OmbudError, Unavailable
from ombud.people import queries as people
from ombud.plumbing import visit, walls
from ombud.service_requests.timeline import Actor, Conflict
from ombud.web.refusing import NO_PROVIDER, no_such_way, refused

GetResponse = Callable[[HttpRequest], HttpResponseBase]
LANGUAGE_COOKIE = "ombud_language"
# Paths that belong to the installation, not to a city.
NO_CITY = ("/static/", "/healthz", "/accounts/", "/mailbox/")
# One endpoint for all cities, which finds the city itself, and answers in its own form whatever happens.
OPEN311 = "/open311/"
# So does the public record for programs.
SODA = ("/resource/", "/api/views/", "/api/catalog/", "/d/")
OWN_FORM = (OPEN311, *SODA)
# Pages that a city has and the installation too.
WITHOUT_CITY = frozenset(
    {"home", "brand_css", "dcat_us", "dcat_us_3", "data_packages", "data_csvw", "ckan", "soda_old_link"}
)


class CityRequest(HttpRequest):
    """A visit within a city."""

    city: City
    actor: Actor
    LANGUAGE_CODE: str


class CityMiddleware:
    """
    Find the city by its own host name or by the first part of the path, and enter its walls.

    The city's part of the path becomes the script prefix, so that every link made on the page stays in the city.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the visit inside the walls of its city."""
        with visit.begun():
            return self._serve(request)

    def _serve(self, request: HttpRequest) -> HttpResponseBase:
        city, prefix = self._city_of(request)
        request.city = city  # type: ignore[attr-defined]
        before = get_script_prefix()
        try:
            if city and prefix:
                request.path_info = request.path_info[len(prefix) :] or "/"
                set_script_prefix(f"{prefix}/")
            if city is None:
                return self.get_response(request)
            with walls.inside(city.id), timezone.override(city.zone):
                return self.get_response(request)
        finally:
            set_script_prefix(before)

    def process_view(self, request: HttpRequest, view: object, args: Any, kwargs: Any) -> None:
        """Keep the pages of a city from being asked for outside of any."""
        name = request.resolver_match.url_name if request.resolver_match else ""
        if (
            request.city is None  # type: ignore[attr-defined]
            and name not in WITHOUT_CITY
            and not request.path_info.startswith((*NO_CITY, *OWN_FORM))
        ):
            raise Http404

    def _city_of(self, request: HttpRequest) -> tuple[City | None, str]:
        if request.path_info.startswith(NO_CITY):
            return None, ""
        first = request.path_info.split("/", 2)[1]
        if first and len(first) <= 32 and (city := catalog.jurisdiction_by(slug=first)):
            return city, f"/{first}"
        host = request.get_host().partition(":")[0]
        return catalog.jurisdiction_by(host=host), ""


class LanguageMiddleware:
    """The person's language: chosen on the page, else the browser's, among those the city has."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the visit in its language; `?lang=` chooses and is remembered."""
        city: City | None = request.city  # type: ignore[attr-defined]
        offered = [*(city.languages if city else ("en", "es")), "ar-xb"]
        chosen = request.GET.get("lang") or request.COOKIES.get(LANGUAGE_COOKIE, "")
        language = chosen if chosen in offered else self._asked_for(request, offered, city)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        if request.GET.get("lang") in offered and not request.path_info.startswith(OWN_FORM):
            response.set_cookie(
                LANGUAGE_COOKIE,
                language,
                max_age=31_536_000,
                secure=settings.HTTPS,
                httponly=True,
                samesite="Lax",
            )
        response.headers.setdefault("Content-Language", language)
        return response

    def _asked_for(self, request: HttpRequest, offered: list[str], city: City | None) -> str:
        for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
            main = str(code).split("-")[0]
            if main in offered:
                return main
        return city.default_language if city else "en"


class AnswerClearly:
    """A refusal is an answer with a sentence, never a trace; a bug is logged and says sorry."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the visit; a wrong method is told in a sentence too."""
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not request.path_info.startswith(OWN_FORM):
            return no_such_way(request, allowed=response.headers.get("Allow", ""))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a refusal that no page caught into a page of its own."""
        match exception:
            case NotFound() | Http404():
                status = 404
            case NotAllowed():
                status = 403
            case Conflict():
                status = 409
            case Unavailable():
                status = 503
            case OmbudError():
                status = 422
            case RequestException():  # of the provider that staff sign in at: the only one a page waits for
                return refused(request, OmbudError(NO_PROVIDER), status=502)
            case _:
                return None
        return refused(request, exception, status=status)


class SecondFactorMiddleware:
    """Staff pages need a second factor: whoever has none is sent to set one up before anything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the visit through, or send it to the set-up page."""
        if request.path_info.startswith(SODA):
            return self.get_response(request)  # whoever asks is a stranger, and no cookie of theirs is looked at
        request.actor = actor_of(request)  # type: ignore[attr-defined]
        if request.path_info.startswith("/desk") and request.user.is_authenticated:
            from ombud.web.accounts import has_second_factor

            if not has_second_factor(request):
                return redirect(reverse("mfa_index"))
        return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    """Return who this is to the commands: staff with their roles in this city, or a resident."""
    city: City | None = request.city  # type: ignore[attr-defined]
    user = request.user
    if city and user.is_authenticated and user.is_active:
        return Actor("staff", account_id=user.pk, grants=people.grants_of(city.id, user.pk))
    return Actor("reporter")
