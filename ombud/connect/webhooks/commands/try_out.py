"""Try an endpoint out: a letter that tells of nothing, while whoever asked for it waits."""

import secrets
from datetime import datetime

from django.db import transaction

from ombud.connect.webhooks import queries
from ombud.connect.webhooks.commands.deliver import attempt
from ombud.connect.webhooks.letters import Reply, letter, post
from ombud.connect.webhooks.models import Progress, WebhookDelivery
from ombud.connect.webhooks.rules.trying import Taken
from ombud.opendata.rules.public_event import SCHEMA_VERSION
from ombud.people.rules.permissions import Verb
from ombud.plumbing.outgoing import Client
from ombud.service_requests.timeline import Actor

TEST = "test"


def try_out(*, jurisdiction_id: str, endpoint_id: int, actor: Actor, at: datetime) -> Reply:
    """Send an endpoint a test and return what came back. It counts neither for nor against it, and may be paused."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    endpoint = queries.endpoint(jurisdiction_id, endpoint_id)
    body = {
        "id": f"test_{secrets.token_urlsafe(18)}",
        "type": TEST,
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "schema_version": SCHEMA_VERSION,
        "data": {"jurisdiction_id": jurisdiction_id},
    }
    with Client(endpoint.url) as client:
        reply = post(client, letter(endpoint, body, now=at), now=at)
    with transaction.atomic():
        sent = WebhookDelivery.objects.create(
            jurisdiction_id=jurisdiction_id,
            endpoint=endpoint,
            name=TEST,
            progress=Progress.DELIVERED if isinstance(reply.verdict, Taken) else Progress.GIVEN_UP,
            created_at=at,
            next_try_at=at,
            ended_at=at,
        )
        attempt(sent, reply, at).save()
    return reply
