"""
How every call is answered: in the form asked for, whatever happens, with the headers that a page in a browser needs.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from ombud.connect.open311.faults import Fault, fault_of
from ombud.connect.open311.rules.writing import CONTENT_TYPES, Format, writable, write
from ombud.kernel.errors import OmbudError
from ombud.plumbing import limits

log = logging.getLogger(__name__)

HOUR = 3600.0
Answer = Callable[[str, Format], HttpResponseBase]


def answered(request: HttpRequest, path: str, answer: Answer) -> HttpResponseBase:
    """Return what `answer` makes of a path without its suffix and a form; a refusal or a bug of ours is told too."""
    path, form = form_of(request, writable(path).strip("/"))
    if request.method == "OPTIONS":
        return _with_cors(HttpResponse(status=204))
    response: HttpResponseBase
    try:
        if form is None:
            raise Fault(404, "format: this endpoint answers as .json and .xml.")
        response = answer(path, form)
    except OmbudError as refused:
        response = _refuse(fault_of(refused), form)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as unreadable:
        status = 413 if isinstance(unreadable, RequestDataTooBig) else 400
        response = _refuse(Fault(status, "request: what was sent cannot be read."), form)
    except Exception:
        log.exception("Open311 call failed: %s %s", request.method, request.path)
        response = _refuse(Fault(500, "Something went wrong on our side. Nothing of this call was kept."), form)
    return _with_cors(response)


def form_of(request: HttpRequest, path: str) -> tuple[str, Format | None]:
    """Return the path without its suffix, and the form: by suffix, else by Accept. None: a suffix that is not ours."""
    bare, dot, suffix = path.rpartition(".")
    if dot and "/" not in suffix:
        known: dict[str, Format] = {"json": "json", "xml": "xml", "csv": "json"}
        return (path if suffix == "csv" else bare), known.get(suffix)
    accepted = request.headers.get("Accept", "").lower()
    xml = [at for kind in ("text/xml", "application/xml") if (at := accepted.find(kind)) >= 0]
    json_at = accepted.find("application/json")
    return path, "xml" if xml and (json_at < 0 or min(xml) < json_at) else "json"


def limit_reads(request: HttpRequest) -> None:
    """Count a call that only reads. Raises Fault once an address made too many."""
    address = limits.client_address(request.META, settings.OMBUD_TRUSTED_PROXIES)
    wait_if(limits.allow(f"open311:{address}", settings.OMBUD_OPEN311_READS_PER_HOUR, HOUR))


def wait_if(verdict: limits.Allowed | limits.Wait) -> None:
    """Raise Fault where a limit says to wait."""
    if isinstance(verdict, limits.Wait):
        raise Fault(429, "limit: so many calls came that we ask you to wait.", wait_seconds=verdict.seconds)


def written(root: str, tree: Any, form: Format, status: int = 200) -> HttpResponse:
    """Return an answer."""
    return HttpResponse(write(root, tree, form), status=status, content_type=CONTENT_TYPES[form])


def _refuse(fault: Fault, form: Format | None) -> HttpResponse:
    errors = [{"code": fault.status, "description": sentence} for sentence in fault.sentences]
    response = written("errors", errors, form or "json", fault.status)
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
