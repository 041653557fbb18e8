"""What the endpoint answers to those who read: services, definitions, requests, tokens."""

from collections.abc import Sequence
from typing import Any

from ombud.catalog.rules.definition import Kind, ServiceDefinition
from ombud.connect.open311 import shapes, telling, tokens
from ombud.connect.open311.caller import Call
from ombud.connect.open311.faults import Fault
from ombud.connect.open311.rules import asked, form
from ombud.connect.open311.rules.asked import Asked
from ombud.connect.open311.rules.instants import written
from ombud.kernel import clock
from ombud.kernel.numbers import read_number
from ombud.service_requests import queries as requests
from ombud.service_requests import spans
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.spans import Span

Tree = dict[str, Any]


def offered(call: Call) -> list[ServiceDefinition]:
    """Return what can be asked for by Open311: what the web offers, but for what is handed over."""
    return [service for service in call.city.offered() if service.kind is not Kind.HAND_OFF]


def services(call: Call) -> list[Tree]:
    """Answer the list of services."""
    return [shapes.service(call.city, service) for service in offered(call)]


def definition(call: Call, code: str) -> Tree:
    """Answer the definition of a service."""
    for service in offered(call):
        if service.code == code:
            return {"service_code": code, "attributes": form.attributes(service, call.city.text)}
    raise Fault(404, "service_code: there is no such service here.")


def requests_list(call: Call) -> list[Tree]:
    """Answer a list of requests."""
    wanted = asked.read_asked(call.sent, zone=call.city.zone, now=clock.now())
    return trees(call, spans.page(call.city.id, span_of(call, wanted), call.eyes))


def page(call: Call, number: int) -> list[ServiceRequest]:
    """Return a page of all requests that match, as large as pages can be, for those who take the whole."""
    wanted = asked.read_asked(call.sent, zone=call.city.zone, now=clock.now())
    return spans.page(call.city.id, span_of(call, wanted, page=number), call.eyes)


def request(call: Call, number: str) -> list[Tree]:
    """Answer one request: a list of one."""
    number = read_number(number, prefix=call.city.number_prefix) or number
    rows = spans.page(call.city.id, Span(numbers=(number,)), call.eyes)
    if not rows:
        raise Fault(404, "service_request_id: we have no such request.")
    return trees(call, rows)


def token(call: Call, given: str) -> list[Tree]:
    """Answer which request a token became; while it is none, the token alone."""
    found = tokens.read(call.city, given)
    if found is None:
        raise Fault(404, "token: we have given no such token.")
    row = requests.by_number(call.city.id, found)
    ready = clock.now() >= row.requested_at + tokens.waits(call.city)
    return [{"service_request_id": row.number if ready else None, "token": given}]


def span_of(call: Call, wanted: Asked, *, page: int | None = None) -> Span:
    """Return the span of the record that a client asks for."""
    around = wanted.around
    return Span(
        numbers=None if wanted.numbers is None else tuple(_read(call, number) for number in wanted.numbers),
        services=wanted.services,
        is_open=None if len(wanted.statuses) == 2 else "open" in wanted.statuses,
        since=wanted.since,
        until=wanted.until,
        updated_since=wanted.updated_since,
        updated_until=wanted.updated_until,
        centre=around.centre if around else None,
        radius=around.radius if around else None,
        words=wanted.words,
        services_called_so=tuple(s.code for s in call.city.search(wanted.words, limit=20)) if wanted.words else (),
        skip=wanted.skip if page is None else (page - 1) * asked.MOST,
        size=wanted.size if page is None else asked.MOST,
    )


def _read(call: Call, number: str) -> str:
    return read_number(number, prefix=call.city.number_prefix) or number


def trees(call: Call, rows: Sequence[ServiceRequest], *, extensions: bool | None = None) -> list[Tree]:
    """Return requests as the reader may see them; with the extensions where the call asks for them."""
    if extensions is None:
        extensions = call.sent.switched_on("extensions")
    names = shapes.Names(call.city)
    photos = spans.photos_of(rows)
    happened = spans.happened(rows) if extensions else {}
    return [
        shapes.request(
            names,
            shapes.seen(
                row,
                call.eyes,
                photos=photos.get(row.pk, ()),
                link=call.link,
                notes=tuple(_note(call, event) for event in happened.get(row.pk, ())),
            ),
            extensions=extensions,
        )
        for row in rows
    ]


def _note(call: Call, event: RequestEvent) -> Tree:
    return {"datetime": written(event.at), "description": telling.words(event), "type": telling.note_type(event)}
