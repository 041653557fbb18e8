"""What happens, as strangers are told of it."""

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.crypto import salted_hmac

from ombud.opendata.queries import public_view
from ombud.opendata.rules.public_event import PublicEvent, name_told, said_by
from ombud.service_requests import queries as requests

if TYPE_CHECKING:
    from ombud.service_requests.models import RequestEvent


def public_event(event: "RequestEvent") -> PublicEvent | None:
    """Return what strangers are told of an event, with its request as it stands now; None where they are told none."""
    row = event.request
    was = requests.visibility_before(event) if "visibility" in event.changes else ""
    name = name_told(
        event.kind, audience=event.audience, changed=event.changes.keys(), visibility=row.visibility, was=was
    )
    if name is None:
        return None
    own_name = name == event.kind
    return PublicEvent(
        id=event_id(event),
        name=name,
        at=event.at,
        jurisdiction_id=event.jurisdiction_id,
        request=public_view(row),
        url=f"{settings.OMBUD_PUBLIC_URL}/{event.jurisdiction_id}/r/{row.number}/",
        said=said_by(event.kind, event.changes, event.facts) if own_name else {},
    )


def event_id(event: "RequestEvent") -> str:
    """Return the id that strangers know an event by. The one of the row would tell how many they are not told of."""
    digest = salted_hmac("ombud.public-event", f"{event.jurisdiction_id}:{event.pk}", algorithm="sha256").digest()
    return f"evt_{urlsafe_b64encode(digest[:18]).decode()}"
