"""A call as it comes: which data set of which city, which parameters, by whom and how often."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ombud.catalog.city import City
from ombud.kernel.errors import NotFound
from ombud.opendata import saved
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.engines.budget import ANONYMOUS, WITH_TOKEN, Budget
from ombud.opendata.soql.asked import PARAMETERS_AT_MOST
from ombud.opendata.soql.faults import MALFORMED, SoqlError
from ombud.people import api_keys
from ombud.plumbing import limits, walls
from ombud.web.data.soda_answering import Refusal

FOUR_BY_FOUR = "[a-z0-9]{4}-[a-z0-9]{4}"
ADDRESS_AT_MOST = 20 * 1024
BODY_AT_MOST = 64 * 1024
_HOUR = 3600.0
Pairs = list[tuple[str, str]]
# Where an id was found last: with many cities looking through all of them takes a while.
_found_in: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a program with a token, or an address."""

    key: str
    budget: Budget
    has_token: bool


@contextmanager
def opened(request: HttpRequest, dataset_id: str) -> Iterator[tuple[City, DataSet]]:
    """Enter the city that has a data set, or the one that a saved view is of. Raises NotFound."""
    if not re.fullmatch(FOUR_BY_FOUR, dataset_id):
        raise NotFound(registry.NO_SUCH, id=dataset_id[:40])
    here: City | None = request.city  # type: ignore[attr-defined]
    city, dataset = _find(dataset_id, here.id if here else "")
    with walls.inside(city.id), timezone.override(city.zone):
        yield city, dataset


def _find(dataset_id: str, jurisdiction_id: str) -> tuple[City, DataSet]:
    if not jurisdiction_id and (before := _found_in.get(dataset_id)):
        try:
            return registry.by_id(dataset_id, jurisdiction_id=before)
        except NotFound:
            del _found_in[dataset_id]
    try:
        city, dataset = registry.by_id(dataset_id, jurisdiction_id=jurisdiction_id)
    except NotFound:
        return saved.data_set_of(dataset_id, jurisdiction_id=jurisdiction_id)
    _found_in[dataset_id] = city.id
    return city, dataset


def parameters(request: HttpRequest) -> Pairs:
    """Return the parameters of the address and of a body, in order. Raises SoqlError and Refusal."""
    if len(request.get_full_path()) > ADDRESS_AT_MOST:
        raise Refusal(414, "uri_too_long", f"An address has {ADDRESS_AT_MOST:,} characters at most; send a POST.")
    found = _read(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))
    if request.method == "POST":
        found += _of_body(request)
    return found


def _read(encoded: bytes) -> Pairs:
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=PARAMETERS_AT_MOST)
        return [(name.decode(), value.decode()) for name, value in pairs]
    except UnicodeDecodeError:
        raise SoqlError(MALFORMED, "The address holds bytes that are no UTF-8.") from None
    except ValueError:
        raise SoqlError(MALFORMED, f"A call has {PARAMETERS_AT_MOST} parameters at most.") from None


def _of_body(request: HttpRequest) -> Pairs:
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_AT_MOST:
        raise Refusal(413, "body_too_large", f"A body has {BODY_AT_MOST:,} bytes at most.")
    body = request.read(BODY_AT_MOST + 1)
    if request.content_type == "application/json":
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict) or not all(isinstance(value, str | int | float) for value in told.values()):
            raise SoqlError(MALFORMED, "The body is no JSON object of parameters.")
        return [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in told.items()]
    if request.content_type == "application/x-www-form-urlencoded":
        return _read(body)
    raise Refusal(415, "unsupported_media_type", "A body is a form or a JSON object of parameters.")


def caller(request: HttpRequest, city: City | None, pairs: Pairs) -> Caller:
    """
    Return who asks, and count it. Raises Refusal once it has been too often.

    A token that nobody has is no token: whoever sends an old one is served like anybody.
    """
    told = [value for name, value in pairs if name.lower() == "$$app_token"]
    token = request.headers.get("X-App-Token", "") or (told[-1] if told else "")
    program = api_keys.program(city.id, token) if token and city else None
    if program and city:
        who = Caller(f"soda:{city.id}:{program.id}", WITH_TOKEN, has_token=True)
        verdict = limits.allow(who.key, settings.OMBUD_SODA_TOKEN_CALLS_PER_HOUR, _HOUR)
    else:
        address = limits.client_address(request.META, settings.OMBUD_TRUSTED_PROXIES)
        who = Caller(f"soda:{address}", ANONYMOUS, has_token=False)
        verdict = limits.allow(who.key, settings.OMBUD_SODA_CALLS_PER_HOUR, _HOUR)
    if isinstance(verdict, limits.Wait):
        hint = "" if program else " An app token gets more."
        raise Refusal(
            429, "too_many_requests", f"So many calls came that we ask you to wait.{hint}", wait=verdict.seconds
        )
    return who


def asof(said: str) -> int | datetime | None:
    """Return the version that `$$asof` names: a number, or a moment. Raises SoqlError."""
    if not said:
        return None
    if re.fullmatch(r"[0-9]{1,9}", said):
        return int(said)
    try:
        moment = parse_datetime(said)
    except ValueError:
        moment = None
    if moment is None:
        raise SoqlError(MALFORMED, "$$asof is the number of a version, or a time such as 2026-01-31T08:05:00Z.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
