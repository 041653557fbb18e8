"""What the public may know of a city's links: that they are there, what they translate, and what is joined lately."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from ombud.catalog import queries as catalog
from ombud.connect.bridge.models import Held, Link, Mode, Twin
from ombud.connect.bridge.opening import mapping_of
from ombud.connect.bridge.rules.words import JOIN
from ombud.kernel import clock
from ombud.kernel.errors import BadInput
from ombud.opendata import queries as public_record
from ombud.opendata.rules.privacy import PublicRequest
from ombud.service_requests import queries as requests

# Among so many that were joined last, those that the public may see and that changed last are looked for.
LATELY = 200


@dataclass(frozen=True, slots=True)
class Joined:
    """A public request and the number that it has in the other system."""

    view: PublicRequest
    number_there: str


@dataclass(frozen=True, slots=True)
class ToldLink:
    """One link: how many requests it joins, when it was last read, and its words for each of our states."""

    code: str
    name: str
    joined: int
    waiting: int
    read_at: datetime | None
    words: dict[str, list[str]]
    newest: list[Joined]


def is_joined(jurisdiction_id: str) -> bool:
    """Whether a city's record is joined with any other system."""
    return _links_of(jurisdiction_id).exists()


def links(jurisdiction_id: str, *, newest: int = 2) -> list[ToldLink]:
    """Return the links of a city, those that join most first."""
    found = [_told(link, newest=newest) for link in _links_of(jurisdiction_id)]
    return sorted(found, key=lambda one: (-one.joined, one.code))


def _links_of(jurisdiction_id: str) -> QuerySet[Link]:
    return Link.objects.filter(jurisdiction_id=jurisdiction_id, loaded_at__isnull=False).exclude(mode=Mode.OFF)


def _told(link: Link, *, newest: int) -> ToldLink:
    twins = Twin.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link)
    return ToldLink(
        code=link.code,
        name=link.name,
        joined=twins.exclude(far_id=None).count(),
        waiting=Held.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link).count(),
        read_at=link.succeeded_at,
        words=_words(link),
        newest=_newest(link, newest),
    )


def _words(link: Link) -> dict[str, list[str]]:
    """Return their words for each of our states, as their mapping has them."""
    try:
        rule = mapping_of(link, catalog.city(link.jurisdiction_id)).fields["status"]
    except BadInput:  # the link's page says what is wrong with it
        return {}
    found: dict[str, list[str]] = {}
    for theirs, ours in rule.in_.items():
        found.setdefault(ours, []).append(" ".join(part for part in theirs.split(JOIN) if part))
    return found


def _newest(link: Link, at_most: int) -> list[Joined]:
    twins = Twin.objects.filter(jurisdiction_id=link.jurisdiction_id, link=link, gone_at=None).exclude(far_id=None)
    numbers = dict(twins.order_by("-pk").values_list("request_id", "far_id")[:LATELY])
    standings = requests.standings(link.jurisdiction_id, request_ids=list(numbers)) if numbers else []
    listed = [standing.request for standing in standings if public_record.is_listed(standing.request, now=clock.now())]
    listed.sort(key=lambda row: row.updated_at, reverse=True)
    return [Joined(public_record.public_view(row), str(numbers[row.pk])) for row in listed[:at_most]]
