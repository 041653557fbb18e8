"""Where the same thing keeps happening, for everybody: exactly, by area or not at all, as the rules of privacy say."""

from collections import Counter
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Visibility
from ombud.kernel import clock
from ombud.opendata import queries as public_record
from ombud.opendata.rules.privacy import PublicRequest
from ombud.opendata.rules.rule_set import Place, Rule
from ombud.triage.likeness import queries
from ombud.triage.likeness.models import RecurringPlace
from ombud.triage.likeness.recurring import Thresholds
from ombud.web.middleware import CityRequest
from ombud.web.public.record import area_names


@dataclass(frozen=True, slots=True)
class Shown:
    """A place that everybody may know exactly."""

    place: RecurringPlace
    view: PublicRequest
    service: str
    where: str


@require_safe
def page(request: CityRequest) -> HttpResponse:
    """List the places, the most frequent first, and count by area those that are told only roughly."""
    city, now = request.city, clock.now()
    service = request.GET.get("service", "")[:40]
    service = service if service in city.services else ""
    shown: list[Shown] = []
    roughly: Counter[tuple[str, str]] = Counter()
    for place in queries.recurring(city.id, service=service):
        view = public_record.public_view(place.latest)
        if view.is_hidden or not is_listed(city, place) or not public_record.is_listed(place.latest, now=now):
            continue
        name = city.text(city.services[place.service_code].name)
        where = ", ".join(area_names(city, view))
        if view.precision == "exact" and is_exact(city, place):
            shown.append(Shown(place, view, name, view.address or where))
        elif where:
            roughly[name, where] += 1
    context = {
        "places": shown,
        "roughly": [(name, where, n) for (name, where), n in roughly.most_common()],
        "told": Thresholds.of(city),
        "service": service,
        "service_name": city.text(city.services[service].name) if service else "",
    }
    return render(request, "public/places.html", context)


def is_listed(city: City, place: RecurringPlace) -> bool:
    """Whether rows of this service are public at all, by what the service says now and said when it was worked out."""
    return all(rule.rows for rule in _rules(city, place))


def is_exact(city: City, place: RecurringPlace) -> bool:
    """Whether its places are told exactly."""
    return all(rule.place is Place.EXACT for rule in _rules(city, place))


def _rules(city: City, place: RecurringPlace) -> list[Rule]:
    service = city.services.get(place.service_code)
    said = {Visibility(place.visibility), service.visibility if service else Visibility.PRIVATE}
    return [public_record.rules_of(city).rule_for(place.service_code, visibility) for visibility in said]
