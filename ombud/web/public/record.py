"""What everybody may see: the city's first page, the list and the map of requests."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.connect.bridge import told as bridge
from ombud.insight import queries as insight
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound
from ombud.kernel.texts import cleaned
from ombud.opendata import queries as public_record
from ombud.opendata.rules.privacy import PublicRequest
from ombud.places import queries as places
from ombud.service_requests.listing import Filter
from ombud.web import storming
from ombud.web.mapping import marks
from ombud.web.middleware import CityRequest
from ombud.web.public.periods import Span, span_of
from ombud.web.resident.telling import closing, is_late


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the public list, told."""

    view: PublicRequest
    service: str
    place: str
    how: str
    late: bool


TOLD_AT_HOME = {"received": "received", "median": "median_days", "on_time": "on_time"}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The city's first page; without a city, the cities of this installation."""
    city = request.city  # type: ignore[attr-defined]
    if city is None:
        found = [catalog.city(row.id) for row in catalog.jurisdictions()]
        cities = [city for city in found if not city.is_sandbox]
        sandboxes = [city for city in found if city.is_sandbox]
        return render(request, "public/cities.html", {"cities": cities, "sandboxes": sandboxes})
    now = clock.now()
    newest = public_record.page(city.id, Filter(), now=now, size=6)
    span = span_of({}, city, now)
    period = span.period(city, now)
    popular = [s for s in city.offered() if s.popular][:5] or city.offered()[:5]
    icons = {g.code: g.icon for g in city.groups}
    return render(
        request,
        "public/home.html",
        {
            "popular": [(city.text(s.name), s.code, s.icon or icons.get(s.group, "list")) for s in popular],
            "newest": [told(city, view, now) for view in newest.rows],
            **{name: insight.first_of(insight.shown(code, period)[0]) for name, code in TOLD_AT_HOME.items()},
            "period": span,
            "joined": bridge.is_joined(city.id),
            "storm": storming.banner(city),
        },
    )


def told(city: City, view: PublicRequest, now: datetime) -> Listed:
    """Return a public request in words."""
    service = city.services.get(view.service_code)
    late = is_late(view, now)
    return Listed(
        view=view,
        service=city.text(service.name) if service else view.service_code,
        place=view.address or ", ".join(area_names(city, view)),
        how=closing(city, _Closed(view)) if view.status == "closed" else "",
        late=late,
    )


@dataclass(frozen=True, slots=True)
class _Closed:
    view: PublicRequest
    referred_to: str = ""

    @property
    def outcome(self) -> str:
        return self.view.outcome

    @property
    def closed_at(self) -> datetime | None:
        return self.view.closed_at


def area_names(city: City, view: PublicRequest) -> list[str]:
    """Return the names of the areas that a public request lies in, of the city's own layer."""
    layer = str(city.settings.get("promise_layer", ""))
    index = places.layer_index(city.id)
    codes = [tag.partition(":")[2] for tag in view.area_tags if tag.startswith(f"{layer}:")]
    return [places.area_label(index[layer], code, get_language() or "en") for code in codes if layer in index]


def read_filter(request: CityRequest, span: Span) -> Filter:
    """Return what the address bar asks for; what it says wrongly is left out."""
    asked, area = request.GET, request.GET.get("area", "")
    known = {"open", "ended", "received", "accepted", "scheduled", "on_list", "closed", "withdrawn"}
    return Filter(
        service=asked.get("service", "") if asked.get("service", "") in request.city.services else "",
        agency=cleaned(asked.get("agency", ""))[:40],
        status=asked.get("status", "") if asked.get("status", "") in known else "",
        outcome=cleaned(asked.get("outcome", ""))[:16],
        late=asked.get("late") == "1",
        area=area if any(area == known.tag for known in places.atlas(request.city.id).areas) else "",
        since=span.since,
        until=span.until,
        bbox=_box(asked.get("bbox", "")),
    )


def _box(text: str) -> tuple[float, float, float, float] | None:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (west, south, east, north) if -180 <= west <= east <= 180 and -90 <= south <= north <= 90 else None


def _listing_context(request: CityRequest) -> dict[str, Any]:
    city, now = request.city, clock.now()
    span = span_of(request.GET, city, now)
    chosen = read_filter(request, span)
    layer = str(city.settings.get("promise_layer", ""))
    index = places.layer_index(city.id)
    atlas = places.atlas(city.id)
    areas = [
        (area.tag, places.area_label(index[layer], area.name, request.LANGUAGE_CODE))
        for area, _shape in atlas.layer(layer)
        if layer in index
    ]
    kept = {k: v for k, v in request.GET.items() if v and k not in ("after", "lang")}
    return {
        "chosen": chosen,
        "span": span,
        "services": sorted(
            (
                (s.code, city.text(s.name))
                for s in city.services.values()
                if s.visibility.value.startswith("public") and s.visibility.value != "public_count_only"
            ),
            key=lambda p: p[1],
        ),
        "areas": sorted(areas, key=lambda p: (len(p[1]), p[1])),
        "query": urlencode(kept),
        "filtered": any(getattr(chosen, f.name) for f in fields(chosen) if f.name not in ("since", "until")),
        "now": now,
    }


@require_safe
def request_list(request: CityRequest) -> HttpResponse:
    """The list: the same that the map shows, newest first."""
    context = _listing_context(request)
    page = public_record.page(
        request.city.id, context["chosen"], now=context["now"], after=request.GET.get("after", "")
    )
    rows = [told(request.city, view, context["now"]) for view in page.rows]
    return render(request, "public/request_list.html", {**context, "rows": rows, "next_after": page.next_after})


@require_safe
def request_map(request: CityRequest) -> HttpResponse:
    """The map, with the newest of the list beside it."""
    context = _listing_context(request)
    page = public_record.page(request.city.id, context["chosen"], now=context["now"], size=20)
    rows = [told(request.city, view, context["now"]) for view in page.rows]
    return render(request, "public/request_map.html", {**context, "rows": rows})


@require_safe
def points(request: CityRequest) -> JsonResponse:
    """The newest points of what is asked for, as GeoJSON."""
    now = clock.now()
    chosen = read_filter(request, span_of(request.GET, request.city, now))
    views = public_record.newest(request.city.id, chosen, now=now)
    return JsonResponse(marks(request.city, views, now=now), content_type="application/geo+json")


@require_safe
def cells(request: CityRequest) -> JsonResponse:
    """Counts by hexagon of what is asked for, as GeoJSON."""
    now = clock.now()
    chosen = read_filter(request, span_of(request.GET, request.city, now))
    return JsonResponse(public_record.cells(request.city.id, chosen, now=now), content_type="application/geo+json")


@require_safe
def boundaries(request: CityRequest, layer: str) -> HttpResponse:
    """One layer of boundaries, as GeoJSON."""
    if layer != places.OUTLINE and layer not in places.layer_index(request.city.id):
        raise NotFound(N_("There is no such layer here."))
    response = HttpResponse(places.geojson(request.city.id, layer), content_type="application/geo+json")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
