"""Who may hear the live events of a city: its staff, while they are signed in with their second factor."""

from collections.abc import Mapping
from functools import partial
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb, may
from ombud.plumbing import walls
from ombud.plumbing.live import Grant
from ombud.service_requests import feed
from ombud.web.accounts import has_second_factor

STAFF_HEAR = frozenset({"queue", "request:*"})
# More than that in the moments between a page and its stream is a storm, and the list is better read anew.
MOST_MISSED = 50


def authorise(scope: Mapping[str, Any]) -> Grant | None:
    """Return what the visitor behind an ASGI scope may hear, or None. Raises nothing a stranger can cause."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
    city = _city_of(str(scope.get("path", "")), headers.get("host", ""))
    if city is None:
        return None
    with walls.inside(city.id):
        visit = _visit_of(headers.get("cookie", ""))
        if visit is None or not visit.user.is_active or not has_second_factor(visit):
            return None
        if not may(people.grants_of(city.id, visit.user.pk), Verb.VIEW):
            return None
    asked = parse_qs(bytes(scope.get("query_string", b"")).decode("latin-1")).get("since", [""])[0]
    since = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= 18 else None
    return Grant(city.id, STAFF_HEAR, partial(_changed, city.id, since))


def _changed(city_id: str, since: int | None) -> list[dict[str, object]] | None:
    """Return what was announced to the queue since a page was made, or None where it is much."""
    if since is None:
        return []
    with walls.inside(city_id):
        found = feed.changed_since(city_id, since, most=MOST_MISSED + 1)
    if len(found) > MOST_MISSED:
        return None
    return [{"city": city_id, "topic": "queue", "request_id": request, "kind": kind} for request, kind in found]


def _city_of(path: str, host: str) -> City | None:
    first = path.strip("/").split("/")[0]
    if first and len(first) <= 32 and (city := catalog.jurisdiction_by(slug=first)):
        return city
    return catalog.jurisdiction_by(host=host.partition(":")[0]) if host else None


def _visit_of(cookies: str) -> HttpRequest | None:
    try:
        read = SimpleCookie(cookies)
    except CookieError:
        return None
    key = read[settings.SESSION_COOKIE_NAME].value if settings.SESSION_COOKIE_NAME in read else ""
    if not key:
        return None
    visit = HttpRequest()
    visit.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    # Checks the session's mark of the password too: who was signed out everywhere hears nothing more.
    visit.user = get_user(visit)
    return visit if visit.user.is_authenticated else None
