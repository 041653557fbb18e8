"""What happens, as strangers are told of it: one event, or all of them one after the other."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.crypto import salted_hmac

from ombud.catalog import queries as catalog
from ombud.catalog.rules.definition import Visibility
from ombud.kernel.errors import N_, BadInput
from ombud.opendata.queries import public_view, rules_of
from ombud.opendata.rules.privacy import LISTED
from ombud.opendata.rules.public_event import MAY_UPDATE, TOLD, PublicEvent, name_told, said_by
from ombud.opendata.rules.rule_set import Rule
from ombud.service_requests import feed
from ombud.service_requests import queries as requests
from ombud.service_requests.feed import Position

if TYPE_CHECKING:
    import hmac

    from ombud.service_requests.models import RequestEvent


NO_CURSOR = N_("This is no cursor of ours. Begin without one, or with “now”.")
FROM_NOW_ON = "now"


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some events in the order in which they are read, and the cursor that reads on behind them."""

    events: list[PublicEvent]
    cursor: str
    more: bool


def read_on(jurisdiction_id: str, cursor: str, *, limit: int) -> FeedPage:
    """
    Return the next events behind a cursor; without one the first there are, with "now" none but where it goes on.

    Raises BadInput for what is no cursor. At the end the cursor comes back as it was.
    """
    if cursor == FROM_NOW_ON:
        return FeedPage([], _written(feed.end()), more=False)
    position = _read(cursor) if cursor else Position()
    stretch = feed.read_on(jurisdiction_id, position, kinds=[*TOLD, *MAY_UPDATE], visibilities=LISTED, limit=limit)
    told = [event for event in map(public_event, stretch.events) if event]
    return FeedPage(told, _written(stretch.position), stretch.more)


def _written(position: Position) -> str:
    return urlsafe_b64encode(f"1.{position.written_in}.{position.event_id}".encode()).decode().rstrip("=")


def _read(cursor: str) -> Position:
    try:
        form, written_in, event_id = urlsafe_b64decode(cursor[:80] + "==").decode().split(".")
        position = Position(int(written_in), int(event_id))
    except ValueError:
        raise BadInput(NO_CURSOR, field="after") from None
    possible = all(0 <= number < 2**63 for number in (position.written_in, position.event_id))
    if form != "1" or not possible or _written(position) != cursor:
        raise BadInput(NO_CURSOR, field="after")
    return position


def public_event(event: "RequestEvent") -> PublicEvent | None:
    """Return what strangers are told of an event, with its request as it stands now; None where they are told none."""
    row = event.request
    went_out_of_sight = row.visibility not in LISTED and "visibility" in event.changes
    was = requests.visibility_before(event) if went_out_of_sight else ""
    name = name_told(
        event.kind, audience=event.audience, changed=event.changes.keys(), visibility=row.visibility, was=was
    )
    rule = rules_of(catalog.city(row.jurisdiction_id)).rule_for(row.service_code, Visibility(was or row.visibility))
    if name is None or _was_held_back(event, rule):
        return None
    own_name = name == event.kind
    return PublicEvent(
        id=event_id(event.jurisdiction_id, event.pk),
        name=name,
        at=event.at,
        jurisdiction_id=event.jurisdiction_id,
        request=public_view(row),
        url=f"{settings.OMBUD_PUBLIC_URL}/{event.jurisdiction_id}/r/{row.number}/",
        said=said_by(event.kind, event.changes, event.facts) if own_name else {},
    )


def _was_held_back(event: "RequestEvent", rule: Rule) -> bool:
    """Whether an event happened while its request was in no list; it is not told later either, as in the record."""
    return bool(rule.delay_days) and event.at < rule.listed_from(event.request.requested_at)


def event_id(jurisdiction_id: str, event_key: int) -> str:
    """Return the id that strangers know an event by. The one of the row would tell how many they are not told of."""
    digest = _signature(settings.SECRET_KEY).copy()
    digest.update(f"{jurisdiction_id}:{event_key}".encode())
    return f"evt_{urlsafe_b64encode(digest.digest()[:18]).decode()}"


@lru_cache(maxsize=2)
def _signature(_secret: str) -> "hmac.HMAC":
    # Publishing signs by the ten thousand, and what comes first is the same each time.
    return salted_hmac("ombud.public-event", "", algorithm="sha256")
