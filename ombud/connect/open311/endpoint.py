"""The endpoint: one address that reads the rest of the path itself, so that every answer has the form asked for."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ombud.catalog.city import City
from ombud.connect.open311 import bulk, discovery, reading, receiving, updates
from ombud.connect.open311.answering import HOUR, answered, limit_reads, wait_if, written
from ombud.connect.open311.caller import Call, find_city
from ombud.connect.open311.faults import Fault, fault_of
from ombud.connect.open311.rules.asked import Parameters, Wrong
from ombud.connect.open311.rules.writing import Format
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.people import api_keys
from ombud.plumbing import limits, walls

log = logging.getLogger(__name__)

READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Operation:
    """What a path and a method ask for: the root of the answer in XML, and who makes it."""

    root: str
    answer: Callable[..., Any]
    status: int = 200
    right: str = ""


_LISTS = {
    ("services", "GET"): Operation("services", reading.services),
    ("requests", "GET"): Operation("service_requests", reading.requests_list),
    ("requests", "POST"): Operation("service_requests", receiving.create, 201, "report"),
    ("servicerequestupdates", "GET"): Operation("service_request_updates", updates.listed),
    ("servicerequestupdates", "POST"): Operation("service_request_updates", updates.take, 201, "update"),
}
_ITEMS = {
    "services": Operation("service_definition", reading.definition),
    "requests": Operation("service_requests", reading.request),
    "tokens": Operation("service_requests", reading.token),
}


@csrf_exempt
def endpoint(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer a call to the endpoint, whatever it asks for."""
    return answered(request, path, lambda bare, form: _answer(request, bare, form))


def _answer(request: HttpRequest, path: str, form: Format) -> HttpResponseBase:
    here: City | None = request.city  # type: ignore[attr-defined]
    sent = Parameters.of(request.GET.lists(), request.POST.lists() if request.method == "POST" else ())
    if path == "discovery":
        _only_read(request)
        return written("discovery", discovery.discovery(request, here), form)
    name, _, item = path.partition("/")
    operation = _operation(name, item, request.method or "")
    city = find_city(here, sent)
    call = Call(request, city, sent)
    with nullcontext() if here else walls.inside(city.id), timezone.override(city.zone):
        limit_reads(request) if not operation.right else _limit_writes(call, operation.right)
        try:
            if name in bulk.PATHS:
                return bulk.answer(call, name)
            tree = operation.answer(call, item) if item else operation.answer(call)
        except Wrong as wrong:
            raise Fault(400, str(wrong)) from wrong
        except OmbudError as refused:
            _log_refusal(call, operation.right, fault_of(refused))
            raise
    return written(operation.root, tree, form, operation.status)


def _operation(name: str, item: str, method: str) -> Operation:
    method = "GET" if method == "HEAD" else method
    methods = {m for (n, m) in _LISTS if n == name} if not item else {"GET"} if name in _ITEMS else set()
    if name in bulk.PATHS and not item:
        methods = {"GET"}
    if not methods:
        raise Fault(404, "path: there is nothing at this address.")
    if method not in methods:
        raise Fault(405, f"method: {method[:10]} is not taken here.")
    if name in bulk.PATHS:
        return Operation("", bulk.answer)
    return _ITEMS[name] if item else _LISTS[name, method]


def _only_read(request: HttpRequest) -> None:
    if request.method not in READS:
        raise Fault(405, "method: discovery is only read.")


def _limit_writes(call: Call, right: str) -> None:
    program = call.writer(right)
    wait_if(limits.allow(f"open311:{call.city.id}:{program.id}", program.writes_per_hour, HOUR))


def _log_refusal(call: Call, right: str, fault: Fault) -> None:
    if right and call.program:
        what = "report" if right == "report" else "update"
        api_keys.log_call(
            jurisdiction_id=call.city.id,
            key_id=call.program.id,
            what=what,
            status=fault.status,
            about=fault.sentences[0],
            at=clock.now(),
        )
