"""How every call to SODA is answered: CORS for everybody, a number for each call, refusals as clients read them."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from ombud.kernel.errors import NotFound, OmbudError
from ombud.opendata.engines.budget import Busy, TookTooLong
from ombud.opendata.soql.faults import MALFORMED, SoqlError

log = logging.getLogger(__name__)
READS = ("GET", "HEAD", "POST")
_ALLOWED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "X-App-Token, Content-Type, Accept, If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Access-Control-Expose-Headers": (
        "ETag, X-SODA2-Fields, X-SODA2-Types, X-SODA2-Legacy-Types, X-Socrata-RequestId, X-Data-Version, Retry-After"
    ),
}


class Refusal(OmbudError):
    """A call that is refused for another reason than its query."""

    def __init__(self, status: int, code: str, sentence: str, *, wait: float = 0) -> None:
        self.status = status
        self.code = code
        self.wait = wait
        super().__init__(sentence)


def answered(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer a call in SODA's form, whatever happens."""

    @csrf_exempt
    def answer(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        number = secrets.token_hex(12)
        if request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204)
        elif request.method not in READS:
            response = _refused(
                Refusal(405, "method_not_allowed", "The record is read by GET or POST, and by no other.")
            )
        else:
            try:
                response = view(request, **parts)
            except (OmbudError, Http404, BadRequest, SuspiciousOperation, UnreadablePostError) as refused:
                response = _refused(refused)
            except Exception:
                log.exception("SODA call failed: %s %s", number, request.path)
                response = _refused(
                    Refusal(500, "server.error", f"Something went wrong on our side. Say {number} to us.")
                )
        for name, value in _ALLOWED.items():
            response.headers[name] = value
        response.headers["X-Socrata-RequestId"] = number
        response.headers.setdefault("Vary", "Accept, Accept-Encoding")
        return response

    return answer


def _refused(refused: Exception) -> JsonResponse:
    status, code, wait = _kind_of(refused)
    message = refused.message if isinstance(refused, OmbudError) else "This cannot be read."
    body: dict[str, Any] = {"code": code, "errorCode": code, "error": True, "message": message, "data": {}}
    if isinstance(refused, SoqlError):
        body["data"] = dict(refused.about)
        if position := refused.position:
            body["data"] |= {"position": position, "query": refused.text[:2_000]}
    response = JsonResponse(body, status=status, content_type="application/json;charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    if wait:
        response.headers["Retry-After"] = str(int(wait) + 1)
    return response


def _kind_of(refused: Exception) -> tuple[int, str, float]:
    match refused:
        case Refusal(status=status, code=code, wait=wait):
            return status, code, wait
        case SoqlError(code=code):
            return 400, code, 0
        case Busy(seconds=seconds):
            return 429, "too_many_requests", seconds
        case TookTooLong():
            return 408, "query.timeout", 0
        case NotFound() | Http404():
            return 404, "dataset.missing", 0
        case _:
            return 400, MALFORMED, 0
