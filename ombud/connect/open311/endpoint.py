"""
The endpoint: one address that reads the rest of the path itself, so that every answer has the form asked for.

Whatever goes wrong is answered in that form too, with the headers that a page in a browser needs to read it.
"""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ombud.catalog.queries import City
from ombud.connect.open311 import bulk, discovery, reading, receiving, updates
from ombud.connect.open311.caller import Call, find_city
from ombud.connect.open311.faults import Fault, fault_of
from ombud.connect.open311.rules.asked import Parameters, Wrong
from ombud.connect.open311.rules.writing import CONTENT_TYPES, Format, write
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.people import api_keys
from ombud.plumbing import limits, walls

log = logging.getLogger(__name__)

READS = ("GET", "HEAD")
HOUR = 3600.0


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
    path, form = _form(request, path.strip("/"))
    if request.method == "OPTIONS":
        return _with_cors(HttpResponse(status=204))
    response: HttpResponseBase
    try:
        response = _answer(request, path, form)
    except OmbudError as refused:
        response = _refuse(fault_of(refused), form)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as unreadable:
        status = 413 if isinstance(unreadable, RequestDataTooBig) else 400
        response = _refuse(Fault(status, "request: what was sent cannot be read."), form)
    except Exception:
        log.exception("Open311 call failed: %s %s", request.method, request.path)
        response = _refuse(Fault(500, "Something went wrong on our side. Nothing of this call was kept."), form)
    return _with_cors(response)


def _form(request: HttpRequest, path: str) -> tuple[str, Format | None]:
    """Return the path without its suffix, and the form: by suffix, else by Accept. None: a suffix that is not ours."""
    bare, dot, suffix = path.rpartition(".")
    if dot and "/" not in suffix:
        known: dict[str, Format] = {"json": "json", "xml": "xml", "csv": "json"}
        return (path if suffix == "csv" else bare), known.get(suffix)
    accepted = request.headers.get("Accept", "").lower()
    xml = [at for kind in ("text/xml", "application/xml") if (at := accepted.find(kind)) >= 0]
    json_at = accepted.find("application/json")
    return path, "xml" if xml and (json_at < 0 or min(xml) < json_at) else "json"


def _answer(request: HttpRequest, path: str, form: Format | None) -> HttpResponseBase:
    if form is None:
        raise Fault(404, "format: this endpoint answers as .json and .xml.")
    here: City | None = request.city  # type: ignore[attr-defined]
    sent = Parameters.of(request.GET.lists(), request.POST.lists() if request.method == "POST" else ())
    if path == "discovery":
        _only_read(request)
        return _written("discovery", discovery.discovery(request, here), form)
    name, _, item = path.partition("/")
    operation = _operation(name, item, request.method or "")
    city = find_city(here, sent)
    call = Call(request, city, sent)
    with nullcontext() if here else walls.inside(city.id), timezone.override(city.zone):
        _limit_reads(request) if not operation.right else _limit_writes(call, operation.right)
        try:
            if name in bulk.PATHS:
                return bulk.answer(call, name)
            tree = operation.answer(call, item) if item else operation.answer(call)
        except Wrong as wrong:
            raise Fault(400, str(wrong)) from wrong
        except OmbudError as refused:
            _log_refusal(call, operation.right, fault_of(refused))
            raise
    return _written(operation.root, tree, form, operation.status)


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


def _limit_reads(request: HttpRequest) -> None:
    address = limits.client_address(request.META, settings.OMBUD_TRUSTED_PROXIES)
    _wait_if(limits.allow(f"open311:{address}", settings.OMBUD_OPEN311_READS_PER_HOUR, HOUR))


def _limit_writes(call: Call, right: str) -> None:
    program = call.writer(right)
    _wait_if(limits.allow(f"open311:{call.city.id}:{program.id}", program.writes_per_hour, HOUR))


def _wait_if(verdict: limits.Allowed | limits.Wait) -> None:
    if isinstance(verdict, limits.Wait):
        raise Fault(429, "limit: so many calls came that we ask you to wait.", wait_seconds=verdict.seconds)


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


def _written(root: str, tree: Any, form: Format, status: int = 200) -> HttpResponse:
    return HttpResponse(write(root, tree, form), status=status, content_type=CONTENT_TYPES[form])


def _refuse(fault: Fault, form: Format | None) -> HttpResponse:
    errors = [{"code": fault.status, "description": sentence} for sentence in fault.sentences]
    response = _written("errors", errors, form or "json", fault.status)
    if fault.wait_seconds is not None:
        response.headers["Retry-After"] = str(int(fault.wait_seconds) + 1)
    return response


def _with_cors(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization, Accept, Idempotency-Key"
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response
