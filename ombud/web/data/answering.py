"""How the doors answer: to any page of any site, with the version told, and a refusal in the form of the door."""

import hashlib
import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext

from ombud.catalog.city import City
from ombud.kernel.errors import N_, BadInput, NotFound, OmbudError, Unavailable
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet, id_of
from ombud.opendata.lake.versions import Snapshot
from ombud.web.limiting import Waiting
from ombud.web.saying import said

log = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]
Refusal = Callable[[int, str, str], dict[str, Any]]
READS = ("GET", "HEAD")
# Those of the installation itself, which mean the same everywhere.
EVERYWHERE = frozenset({"lang"})
UNKNOWN = N_("There is no parameter “%(name)s” here; there are: %(known)s.")
NOT_A_VERSION = N_("“%(said)s” is no version: write its number, or a time such as 2026-11-21T08:00:00Z.")
NOT_A_NUMBER = N_("%(name)s: write a whole number from %(least)s to %(most)s.")
NOT_HERE = N_("There is nothing at this address.")
READS_ONLY = N_("This address is for reading only.")
WENT_WRONG = N_("Something went wrong on our side.")
_SHOWN = "X-Data-Version, X-Data-SHA256, ETag, Link, Content-Location, Content-Range, Retry-After"
_FOR_EVER = "public, max-age=31536000, immutable"
_A_WHILE = "public, max-age=60, stale-while-revalidate=600"


def plainly(status: int, code: str, message: str) -> dict[str, Any]:
    """Return a refusal as JSON has it where a door has no form of its own."""
    return {"code": code, "description": message}


def door(refusal: Refusal = plainly, *, methods: Collection[str] = READS) -> Callable[[View], View]:
    """Make a view a door: it only reads, any page may read its answer, and its refusals are JSON."""

    def around(view: View) -> View:
        @wraps(view)
        def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _opened(_answer(lambda: view(request, *args, **kwargs), request, refusal, methods))

        answering.csrf_exempt = True  # type: ignore[attr-defined]
        return answering

    return around


def _answer(
    answer: Callable[[], HttpResponseBase], request: HttpRequest, refusal: Refusal, methods: Collection[str]
) -> HttpResponseBase:
    allowed = ", ".join((*methods, "OPTIONS"))
    if request.method == "OPTIONS":
        headers = {"Access-Control-Allow-Methods": allowed, "Access-Control-Allow-Headers": "Content-Type"}
        return HttpResponse(status=204, headers=headers)
    if request.method not in methods:
        return written(refusal(405, "method_not_allowed", word(READS_ONLY)), status=405, headers={"Allow": allowed})
    try:
        if any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            raise BadRequest
        return answer()
    except Waiting as waiting:
        headers = {"Retry-After": str(int(waiting.seconds) + 1)}
        return written(refusal(429, "too_many_requests", said(waiting)), status=429, headers=headers)
    except (NotFound, Http404) as lost:
        return written(refusal(404, "not_found", _said(lost)), status=404)
    except Unavailable as later:
        return written(refusal(503, "unavailable", said(later)), status=503, headers={"Retry-After": "5"})
    except OmbudError as refused:
        return written(refusal(400, "bad_request", said(refused)), status=400)
    except (BadRequest, SuspiciousOperation):
        return written(refusal(400, "bad_request", "The request cannot be read."), status=400)
    except Exception:
        log.exception("A door of the record failed: %s", request.path)
        return written(refusal(500, "server_error", word(WENT_WRONG)), status=500)


def _said(lost: NotFound | Http404) -> str:
    return said(lost) if isinstance(lost, NotFound) else word(NOT_HERE)


def word(text: str) -> str:
    """Return a text of ours in the reader's language."""
    return gettext(text) if text else ""


def _opened(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = _SHOWN
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


def written(
    tree: Any, *, media_type: str = "application/json", status: int = 200, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Return JSON."""
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False)
    return HttpResponse(text, content_type=media_type, status=status, headers=headers)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visit asks for: a version of a data set of a city, and whether it names the version."""

    request: HttpRequest
    city: City
    dataset: DataSet
    snapshot: Snapshot
    named: bool

    @property
    def id(self) -> str:
        """The four-by-four of the data set."""
        return id_of(self.city, self.dataset)

    @property
    def base(self) -> str:
        """The absolute address under which everything of the data set lies."""
        return f"{home_of(self.request, self.city)}/data/{self.id}"

    def etag(self, form: str = "") -> str:
        """Return what tells this answer from all others."""
        parts = (
            self.snapshot.sha256,
            str(self.snapshot.version),
            self.request.get_full_path(),
            form,
            language(self.request),
        )
        return f'"{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:32]}"'

    def unless_known(self, form: str, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        """Return an answer with its version, or say that the reader has it already."""
        etag = self.etag(form)
        response = get_conditional_response(self.request, etag=etag) or make()
        response.headers.setdefault("ETag", etag)
        response.headers["X-Data-Version"] = str(self.snapshot.version)
        response.headers["Cache-Control"] = _FOR_EVER if self.named else _A_WHILE
        return response


def named(request: HttpRequest, name: str) -> tuple[City, DataSet]:
    """Return the data set of the visit's city that a four-by-four means, or a name. Raises NotFound."""
    city: City = request.city  # type: ignore[attr-defined]
    for code, dataset in registry.of_city(city).items():
        if name in (code, id_of(city, dataset)):
            return city, dataset
    raise NotFound(registry.NO_SUCH, id=name[:40])


def wanted(request: HttpRequest, name: str) -> Wanted:
    """Return what `?version=` or `?asof=` asks for: a number or a time, else the newest. Raises NotFound, BadInput."""
    city, dataset = named(request, name)
    asof = asof_of(request)
    return Wanted(request, city, dataset, registry.snapshot(city, dataset, asof=asof), isinstance(asof, int))


def asof_of(request: HttpRequest) -> int | datetime | None:
    """Return which version `?version=` or `?asof=` names, if one does. Raises BadInput."""
    told = request.GET.get("version", request.GET.get("asof", ""))
    return version_of(told) if told else None


def version_of(told: str) -> int | datetime:
    """Return a version's number, or a moment. Raises BadInput."""
    if told.isascii() and told.isdigit() and len(told) < 10:
        return int(told)
    try:
        at = datetime.fromisoformat(told.replace(" ", "+"))
        if at.tzinfo is None:
            raise BadInput(NOT_A_VERSION, said=told[:40])
        # PostgreSQL knows fewer zones than Python.
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(NOT_A_VERSION, said=told[:40]) from None


def only(request: HttpRequest, *known: str) -> None:
    """Hold a visit to these parameters: one that we would drop could make the answer wrong. Raises BadInput."""
    for name in request.GET:
        if name not in known and name not in EVERYWHERE:
            raise BadInput(UNKNOWN, name=name[:40], known=", ".join(known) or "-")


def number(request: HttpRequest, name: str, default: int, *, most: int, least: int = 0) -> int:
    """Return a whole number between two ends. Raises BadInput."""
    told = request.GET.get(name, str(default))
    if not (told.isascii() and told.isdigit() and len(told) < 12 and least <= int(told) <= most):
        raise BadInput(NOT_A_NUMBER, name=name, least=least, most=most)
    return int(told)


def home_of(request: HttpRequest, city: City) -> str:
    """Return the absolute address of a city's pages, without a slash at its end."""
    origin = request.build_absolute_uri("/").rstrip("/")
    return origin if request.get_host().partition(":")[0] in city.hosts else f"{origin}/{city.id}"


def language(request: HttpRequest) -> str:
    """Return the language of the visit."""
    return str(getattr(request, "LANGUAGE_CODE", ""))


def chosen(told: str, among: Collection[str], name: str) -> str:
    """Return a word that is one of several. Raises BadInput."""
    if told not in among:
        raise BadInput(N_("%(name)s: it is one of %(known)s."), name=name, known=", ".join(among))
    return told
