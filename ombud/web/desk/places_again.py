"""Where the same thing keeps happening: the list for those who plan, with counts and dates."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.triage.likeness import queries
from ombud.triage.likeness.models import RecurringPlace
from ombud.triage.likeness.recurring import Thresholds
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest


@dataclass(frozen=True, slots=True)
class Shown:
    """One place of the list."""

    place: RecurringPlace
    service: str
    where: str
    dates: list[datetime]


@require_safe
@staff_page()
def places(request: CityRequest) -> HttpResponse:
    """List the places, the most frequent first; of one service, or only the chronic ones."""
    city = request.city
    service = request.GET.get("service", "")[:40]
    service = service if service in city.services else ""
    only_chronic = request.GET.get("chronic") == "yes"
    found = queries.recurring(city.id, service=service, only_chronic=only_chronic)
    shares = queries.share_recurring(city.id)
    context = {
        **rail(request, None, now=clock.now()),
        "places": [_shown(city, place) for place in found],
        "shares": [(code, _name(city, code), n, of, round(100 * n / of)) for code, (n, of) in shares.items() if of],
        "service": service,
        "service_name": _name(city, service) if service else "",
        "only_chronic": only_chronic,
        "told": Thresholds.of(city),
    }
    return render(request, "desk/places.html", context)


def _shown(city: City, place: RecurringPlace) -> Shown:
    where = place.address or f"{place.lat:.5f}, {place.lon:.5f}"
    return Shown(place, _name(city, place.service_code), where, [datetime.fromisoformat(at) for at in place.times])


def _name(city: City, code: str) -> str:
    service = city.services.get(code)
    return city.text(service.name) if service else code
