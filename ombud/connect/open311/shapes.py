"""Records as Open311 has them: services, definitions, requests. Trees that `rules.writing` turns into either form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.connect.open311.rules import form, statuses
from ombud.connect.open311.rules.instants import written
from ombud.conversation.templatetags.wording import OUTCOMES, STATUSES
from ombud.opendata import queries as public_record
from ombud.opendata.rules.privacy import LISTED, PublicRequest
from ombud.service_requests.models import RequestPhoto, ServiceRequest
from ombud.service_requests.rules.lifecycle import Status
from ombud.service_requests.spans import Reader
from ombud.triage.words import keeping

Tree = dict[str, Any]


def service(city: City, definition: ServiceDefinition) -> Tree:
    """Return a line of the service list."""
    words = sorted({word for words in definition.keywords.values() for word in words})
    # FixMyStreet keeps reports of services with this word to itself.
    hidden = [] if definition.visibility.value in LISTED else ["private"]
    return {
        "service_code": definition.code,
        "service_name": city.text(definition.name),
        "description": city.text(definition.description) or None,
        "metadata": form.has_attributes(definition),
        "type": definition.open311,
        "keywords": ", ".join([*hidden, *words]) or None,
        "group": next((city.text(group.name) for group in city.groups if group.code == definition.group), ""),
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """A request with all that a reader is shown of it."""

    row: ServiceRequest
    view: PublicRequest
    reads_texts: bool
    media_urls: tuple[str, ...]
    closing_words: str = ""
    notes: tuple[Tree, ...] = ()
    owns: bool = False


LinkTo = Callable[[RequestPhoto], str]


def seen(row: ServiceRequest, eyes: Reader, *, photos: Sequence[RequestPhoto], link: LinkTo, **told: Any) -> Shown:
    """Return what a reader is shown of a request: pictures of ours, else those that were sent as links."""
    view, reads_texts = public_record.seen_by(row, eyes), public_record.texts_seen_by(row, eyes)
    ours = [
        link(photo) for photo in photos if eyes.owns(row) or (photo.shown and photo.public_key and view.shows_photos)
    ]
    sent = (row.form.sent or {}).get("media_urls", []) if reads_texts else []
    return Shown(row, view, reads_texts, tuple(ours or sent), owns=eyes.owns(row), **told)


class Names:
    """What services and agencies of a city are called, looked up once for a whole list."""

    def __init__(self, city: City) -> None:
        self.service = cache(lambda code: city.text(city.services[code].name) if code in city.services else code)
        self.agency = cache(lambda code: city.agency(code).name)


def request(names: Names, shown: Shown, *, extensions: bool) -> Tree:
    """Return a request with its 17 fields, and with the extensions where they were asked for."""
    row, view = shown.row, shown.view
    tree: Tree = {
        "service_request_id": row.number,
        "status": statuses.projected(row.status),
        "status_notes": _notes(shown),
        "service_name": names.service(view.service_code),
        "service_code": view.service_code,
        "description": (_description(shown) or None) if shown.reads_texts else None,
        "agency_responsible": names.agency(view.agency),
        "service_notice": None,
        "requested_datetime": written(row.requested_at),
        "updated_datetime": written(told_at(row)),
        "expected_datetime": _instant(view.expected_to if view.expected_from else view.target_at),
        "address": _address(view),
        "address_id": row.place.address_id if row.place and view.precision != "coarse" else None,
        "zipcode": next((tag.partition(":")[2] for tag in view.area_tags if tag.startswith("zip")), None),
        "lat": round(view.point.lat, 6) if view.point else None,
        "long": round(view.point.lon, 6) if view.point else None,
        "media_url": shown.media_urls[0] if shown.media_urls else None,
    }
    return tree | _extended(shown) if extensions else tree


def _description(shown: Shown) -> str:
    """Return the description as it was sent to who sent it; in a sandbox others read it with personal data masked."""
    row = shown.row
    words: str = row.form.description
    return words if shown.owns else keeping.masked(row.jurisdiction_id, words)


def told_at(row: ServiceRequest) -> datetime:
    """Return when a request was last changed, as Open311 means it: for a closed one, when it was closed."""
    return max(row.requested_at, row.closed_at or row.updated_at)


def _extended(shown: Shown) -> Tree:
    row, view = shown.row, shown.view
    return {
        "extended_attributes": {
            "channel": row.channel,
            "detailed_status": statuses.finer(row.status, row.outcome or ""),
            "outcome": row.outcome,
            "areas": list(view.area_tags),
            "place_precision": view.precision,
            "expected_from": _instant(view.expected_from),
            "target_datetime": _instant(view.target_at),
            "reopened": view.reopened,
            "media_urls": list(shown.media_urls),
        },
        "attributes": [
            {"code": a["code"], "label": a["question"], "name": a["text"], "value": form.as_text(a["value"])}
            for a in (row.form.answers if shown.reads_texts else ())
        ],
        "notes": list(shown.notes),
    }


def _notes(shown: Shown) -> str:
    row = shown.row
    words = str(OUTCOMES[row.outcome] if row.status == Status.CLOSED and row.outcome else STATUSES[row.status])
    words = words[:1].upper() + words[1:]
    return (
        f"{words}. {keeping.masked(shown.row.jurisdiction_id, shown.closing_words)}" if shown.closing_words else words
    )


def _address(view: PublicRequest) -> str | None:
    if view.address or view.point is None:
        return view.address or None
    # Typed clients break without an address, so a point is told in words.
    return f"{view.point.lat:.6f}, {view.point.lon:.6f}"


def _instant(at: datetime | None) -> str | None:
    return written(at) if at else None
