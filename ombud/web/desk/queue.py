"""The queue: views, filters, rows, and the request that is open beside them. All of it is in the address."""

import time
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.conversation.templatetags import wording
from ombud.kernel import clock
from ombud.kernel.errors import NotFound
from ombud.opendata.analyses import queries as analyses
from ombud.people.rules.permissions import Verb
from ombud.places import queries as places
from ombud.service_requests import listing
from ombud.service_requests import queries as requests
from ombud.service_requests.storms import queries as storms
from ombud.service_requests.storms.rules.plan import kept_order
from ombud.triage import queries as triage
from ombud.triage.rules.saved_filters import read_address
from ombud.web.desk import filters, rows
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.region import region
from ombud.web.middleware import CityRequest
from ombud.web.standing import standing_of

# Enough marks to see where the work lies; the list beside the map goes on.
MARKS = 500


@require_safe
@staff_page()
def queue(request: CityRequest) -> HttpResponse:
    """Show the queue, and the open request beside it."""
    chosen = chosen_by(request)
    now, account = clock.now(), own_account(request)
    page = listing.page(
        request.city.id,
        chosen.filter(account),
        now=now,
        after=request.GET.get("after", "")[:60],
        for_staff=True,
    )
    if chosen.q and len(page.rows) == 1 and page.rows[0].number == chosen.q and "open" not in request.GET:
        return redirect("desk_request", chosen.q)
    saved = triage.saved_filters(request.city.id, account)
    context: dict[str, Any] = {
        **rail(request, chosen, now=now, saved=saved),
        "rows": [rows.row_of(request.city, row, now=now, lines=storm_lines(request.city, chosen)) for row in page.rows],
        "next": f"{chosen.address()}&{urlencode({'after': page.next_after})}" if page.next_after else "",
        "is_first_page": not request.GET.get("after"),
        "chips": chips(request.city, chosen),
        "options": options(request.city),
        "saved_here": next((s for s in saved if s.address == kept_address(chosen)), None),
        "points": f"{reverse('desk_points')}?{chosen.address()}",
        "plain": filters.Chosen(view=chosen.view, agency=chosen.agency, show=chosen.show).address(),
        "without_map": chosen.address(show=""),
        "live_url": f"{reverse('home')}live?topics=queue&since={page.written_in}",
        "open_number": "",
    }
    if number := request.GET.get("open", "")[:40]:
        try:
            context |= region(request, requests.by_number(request.city.id, number), now=now)
            context["open_number"] = context["row"].number
        except NotFound:
            context["open_missing"] = number
    context["wide"] = not context["open_number"] and chosen.show != "map"
    return render(request, "desk/queue.html", context)


@require_safe
@staff_page()
def points(request: CityRequest) -> HttpResponse:
    """Return the places of what the queue shows, for the map beside it."""
    chosen, now = chosen_by(request), clock.now()
    found = listing.page(request.city.id, chosen.filter(own_account(request)), now=now, size=MARKS, for_staff=True)
    shown = [rows.row_of(request.city, row, now=now) for row in found.rows if row.lon is not None]
    return JsonResponse(
        {"type": "FeatureCollection", "features": [feature(chosen, row) for row in shown]},
        content_type="application/geo+json",
    )


def feature(chosen: filters.Chosen, row: rows.Row) -> dict[str, Any]:
    """Return a request as a mark on the map."""
    meaning, words = standing_of(row.status, row.outcome, late=row.is_late)
    return {
        "type": "Feature",
        "id": row.id,
        "geometry": {"type": "Point", "coordinates": [row.lon, row.lat]},
        "properties": {
            "id": row.id,
            "number": row.number,
            "meaning": meaning,
            "words": str(words),
            "title": f"{row.service}, {row.place}" if row.place else row.service,
            "href": f"{reverse('desk_queue')}?{chosen.address()}&open={row.number}",
        },
    }


def chosen_by(request: CityRequest) -> filters.Chosen:
    """Return what the address of this visit asks the queue for."""
    return filters.read(request.GET, city=request.city, own_agency=request.actor.agency)


def kept_address(chosen: filters.Chosen) -> str:
    """Return the address as it is kept with a view of one's own."""
    return read_address(chosen.address(), known=filters.KNOWN)


def rail(request: CityRequest, chosen: filters.Chosen | None, *, now: datetime, saved: Any = None) -> dict[str, Any]:
    """Return what the rail beside every page of the desk shows."""
    account = own_account(request)
    here = chosen or filters.read({}, city=request.city, own_agency=request.actor.agency)
    counted = listing.counts(
        request.city.id,
        listing.Filter(agency=here.agency),
        now=now,
        soon=filters.SOON,
        account_id=account,
    )
    views = [
        {
            "name": name,
            "words": words,
            "href": filters.Chosen(view=name, agency=here.agency, show=here.show).address(),
            "count": counted.get(counts_as) if counts_as else None,
            "meaning": "late" if counts_as in ("late", "reopened", "triage") and counted.get(counts_as) else "",
            "here": chosen is not None and chosen.view == name and not chosen.storm,
        }
        for name, (words, counts_as) in filters.VIEWS.items()
    ]
    title = str(filters.VIEWS[here.view][0]) if not here.storm else _("Storm")
    views = storm_view(request.city, chosen, here, now) + views
    return {
        "chosen": here,
        "here": here.address(),
        "views": views,
        "most": listing.BADGE,
        "title": title,
        "saved": triage.saved_filters(request.city.id, account) if saved is None else saved,
        "ways": ways(request),
    }


def ways(request: HttpRequest) -> list[dict[str, str]]:
    """Return the other pages of the desk that this person may open."""
    actor = request.actor  # type: ignore[attr-defined]
    here = request.resolver_match.url_name if request.resolver_match else ""
    offered = (
        ("desk_new", _("New request"), "phone", Verb.CREATE),
        ("desk_alerts", _("Alerts"), "siren", Verb.WORK),
        ("desk_rosters", _("Who is called"), "users", Verb.WORK),
        ("desk_contacts", _("Contacts"), "message-square", Verb.CREATE),
        ("desk_storm", _("Storm mode"), "cloud-rain", Verb.VIEW),
        ("desk_repeats", _("Same thing?"), "merge", Verb.NOTE),
        ("desk_places", _("Places that come back"), "map-pin", Verb.VIEW),
        ("desk_catalogue", _("Services"), "list", Verb.EDIT_CATALOGUE),
        ("desk_texts", _("Prepared texts"), "file-text", Verb.EDIT_CATALOGUE),
        ("desk_bodies", _("Outside bodies"), "signpost", Verb.EDIT_CATALOGUE),
        ("desk_routing", _("Routing"), "split", Verb.SEE_ROUTING),
        ("desk_routing_alarms", _("Routing alarms"), "bell", Verb.SEE_ROUTING),
        ("desk_suggestions", _("Suggestions"), "lightbulb", Verb.SEE_LOG),
        ("desk_bridges", _("Other systems"), "link", Verb.MANAGE_LINKS),
        ("desk_public_record", _("Public record"), "eye", Verb.PUBLISH),
        ("desk_staff", _("Staff and roles"), "users", Verb.MANAGE_STAFF),
        ("desk_keys", _("Keys of programs"), "lock", Verb.MANAGE_STAFF),
        ("desk_saved_views", _("Saved views"), "star", Verb.EDIT_CATALOGUE),
        ("desk_analyses", _("Analyses"), "scale", Verb.REVIEW),
        ("desk_webhooks", _("Webhooks"), "send", Verb.MANAGE_LINKS),
        ("desk_log", _("Who looked at whom"), "eye", Verb.SEE_LOG),
    )
    # Told to administrators and supervisors; dispatchers see what it leaves to them, and every page asks for it.
    told = actor.may(Verb.SEE_ROUTING) and actor.may(Verb.SEE_LOG, agency=actor.agency)
    waiting = triage.waiting(request.city.id) if told else {}  # type: ignore[attr-defined]
    counts = {"desk_routing_alarms": waiting.get("alarms"), "desk_alerts": waiting.get("alerts")}
    if actor.may(Verb.PUBLISH):
        counts["desk_analyses"] = analyses.waiting(request.city.id)  # type: ignore[attr-defined]
    return [
        {
            "href": reverse(name),
            "words": words,
            "icon": icon,
            "here": "yes" if here == name else "",
            "count": str(counts.get(name) or ""),
        }
        for name, words, icon, verb in offered
        if actor.may(verb)
    ]


def chips(city: City, chosen: filters.Chosen) -> list[dict[str, str]]:
    """Return what narrows the list, each as words with the address that takes it away."""
    said = {
        "service": _service_name(city, chosen.service),
        "status": {"open": _("open"), "ended": _("ended")}.get(chosen.status, wording.status_words(chosen.status)),
        "outcome": wording.outcome_words(chosen.outcome),
        "area": dict(pair for _g, pairs in areas_of(city) for pair in pairs).get(chosen.area, chosen.area),
        "age": _("older than %(n)s days") % {"n": chosen.age},
        "channel": wording.channel_words(chosen.channel),
        "priority": _("priority: %(priority)s") % {"priority": wording.priority_words(chosen.priority)},
        "storm": _storm_name(city, chosen.storm) if chosen.storm else "",
        "q": f"“{chosen.q}”",
    }
    return [
        {"words": words, "href": chosen.address(**{name: ""})} for name, words in said.items() if getattr(chosen, name)
    ]


def storm_lines(city: City, chosen: filters.Chosen) -> list[str]:
    """Return what comes first in the storm that is looked at, in words."""
    on = storms.current(city, clock.now()) if chosen.storm else None
    if on is None or str(on.pk) != chosen.storm:
        return []
    return [city.text(line.title) for line in kept_order(on.order)]


def storm_view(city: City, chosen: filters.Chosen | None, here: filters.Chosen, now: datetime) -> list[dict[str, Any]]:
    """Return the view of the storm that is on, which stands above all others while it is."""
    storm = storms.current(city, now)
    if storm is None:
        return []
    view = filters.Chosen(view="open", agency=here.agency, storm=str(storm.pk), show=here.show)
    n = listing.count(city.id, view.filter(0), now=now, at_most=listing.BADGE + 1)
    is_here = chosen is not None and chosen.storm == view.storm
    return [
        {"name": "storm", "words": _("Storm"), "href": view.address(), "count": n, "meaning": "late", "here": is_here}
    ]


def _storm_name(city: City, storm_id: str) -> str:
    try:
        storm = storms.storm(city.id, int(storm_id))
    except NotFound:
        return _("no such storm")
    return _("storm of %(day)s") % {"day": formats.date_format(timezone.localtime(storm.began_at), "SHORT_DATE_FORMAT")}


def _service_name(city: City, code: str) -> str:
    service = city.services.get(code)
    return city.text(service.name) if service else code


def options(city: City) -> dict[str, Any]:
    """Return the choices of the filters."""
    services = sorted(((city.text(s.name), code) for code, s in city.services.items()), key=lambda p: p[0])
    return {
        "agencies": [(a.code, a.name) for a in city.agencies()],
        "services": [(code, name) for name, code in services],
        "statuses": [
            ("open", _("open")),
            ("ended", _("ended")),
            *((code, str(words)) for code, words in wording.STATUSES.items()),
        ],
        "outcomes": [(code, str(words)) for code, words in wording.OUTCOMES.items()],
        "ages": [(str(n), _("older than %(n)s days") % {"n": n}) for n in filters.AGES],
        "channels": [(code, str(wording.CHANNELS[code])) for code in filters.CHANNELS],
        "priorities": [(code, str(wording.PRIORITIES[code])) for code in filters.PRIORITIES],
        "areas": areas_of(city),
    }


def areas_of(city: City) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the city's areas by layer, as choices. Read every ten minutes: boundaries change once a year."""
    return _areas(city.id, get_language() or city.default_language, int(time.monotonic() // 600))


@lru_cache(maxsize=64)
def _areas(city_id: str, language: str, _turn: int) -> list[tuple[str, list[tuple[str, str]]]]:
    atlas = places.atlas(city_id)
    groups = []
    for layer in places.layers(city_id):
        found = [(area.tag, places.area_label(layer, area.name, language)) for area, _s in atlas.layer(layer.code)]
        name = layer.name.get(language) or layer.name.get("en") or layer.code
        groups.append((str(name), sorted(found, key=lambda pair: (len(pair[1]), pair[1]))))
    return groups
