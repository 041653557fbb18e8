"""
Open311 Inquiry v1: what the city offers and whom one can turn to, as far as the catalogue knows.

Another API than GeoReport, with some of its names; so it has an address of its own. Source: open311.org, Inquiry v1.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Kind, ServiceDefinition
from ombud.connect.open311.answering import answered, limit_reads, written
from ombud.connect.open311.caller import Call, find_city
from ombud.connect.open311.faults import Fault
from ombud.connect.open311.rules.asked import Parameters
from ombud.connect.open311.rules.writing import Format

Tree = dict[str, Any]
ALL = "all"
NOTHING_SENT = Parameters({})
OUTSIDE_BODY = "outside body"


@csrf_exempt
def inquiry(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer a call for services or facilities."""
    return answered(request, path, lambda bare, form: _answer(request, bare, form))


def _answer(request: HttpRequest, path: str, form: Format) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        raise Fault(405, "method: this API is only read.")
    limit_reads(request)
    city = find_city(request.city, Parameters.of(request.GET.lists(), ()))  # type: ignore[attr-defined]
    kind, _, which = path.partition("/")
    match kind:
        case "services":
            return written("services", _services(request, city, which or ALL), form)
        case "facilities":
            return written("facilities", _facilities(city, which or ALL), form)
    raise Fault(404, "path: ask for services or facilities.")


def _services(request: HttpRequest, city: City, which: str) -> list[Tree]:
    offered = city.offered()
    shelves = {group.code: city.text(group.name) for group in city.groups}
    if which in city.services:
        return [_service_whole(request, city, city.service(which), shelves)]
    if which == ALL:
        return [_service(city, service) for service in offered]
    if which == "web":  # those that the first page offers
        return [_service(city, service) for service in offered if service.popular]
    found = [s for s in offered if which in (s.group, shelves.get(s.group))]
    if not found:
        raise Fault(404, "service: there is no such service, nor a category of that name.")
    return [_service(city, service) for service in found]


def _service(city: City, service: ServiceDefinition) -> Tree:
    return {
        "id": service.code,
        "service_name": city.text(service.name),
        "expiration": None,
        "brief_description": city.text(service.description) or None,
    }


def _service_whole(request: HttpRequest, city: City, service: ServiceDefinition, shelves: dict[str, str]) -> Tree:
    url = f"{Call(request, city, NOTHING_SENT).home}/report/service/{service.code}/"
    eligible = city.text(service.eligibility)
    words = " ".join(part for part in (city.text(service.description), eligible) if part)
    can_be_asked = service.code not in city.inactive and service.kind is not Kind.HAND_OFF
    return {
        **_service(city, service),
        "categories": [{"category_name": shelves.get(service.group, service.group)}],
        "url": url,
        "description": words or None,
        "web_actions": [{"type": "Service Request", "label": city.text(service.name), "url": url}]
        if can_be_asked
        else [],
    }


def _facilities(city: City, which: str) -> list[Tree]:
    ours = [
        {
            "id": agency.code,
            "facility_name": agency.name,
            "expiration": None,
            "type": "agency",
            "brief_description": None,
            "phone": agency.phone or None,
            "url": agency.url or None,
        }
        for agency in city.agencies()
    ]
    others = [
        {
            "id": body.code,
            "facility_name": body.name,
            "expiration": None,
            "type": OUTSIDE_BODY,
            "brief_description": body.what or None,
            "phone": body.phone or None,
            "url": body.url or None,
        }
        for body in city.bodies()
    ]
    found = [one for one in (*ours, *others) if which in (ALL, one["id"], one["type"])]
    if not found and which != ALL:
        raise Fault(404, "facility: there is no such facility, nor a category of that name.")
    return found
