"""One message to all who reported the same thing: each gets it on their own request, and learns of nobody else."""

from django.db import transaction

from ombud.kernel.errors import N_, BadInput
from ombud.people.rules.permissions import Verb
from ombud.service_requests import timeline
from ombud.service_requests.commands.act import On, read_text
from ombud.service_requests.commands.incidents import held
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.rules.decisions import Decision
from ombud.service_requests.rules.lifecycle import Kind, Status


def reply_to_all(on: On, *, text: str, language: str = "en") -> list[RequestEvent]:
    """
    Write to the reporters of all reports of a request's incident; all of them or none.

    Each report keeps the message in its own timeline. Who took theirs back is left in peace.
    """
    text = read_text(text, needed=N_("Write the message first."))
    with transaction.atomic():
        (row,) = held(on.jurisdiction_id, on.request_id)
        timeline.check_seen(row, on.seen)
        if row.incident_id is None:
            raise BadInput(N_("It belongs to no incident."))
        members = ServiceRequest.objects.in_city(on.jurisdiction_id).filter(incident_id=row.incident_id)
        written = []
        for pk in members.exclude(status=Status.WITHDRAWN).order_by("pk").values_list("pk", flat=True):
            member = timeline.load(on.jurisdiction_id, pk)
            on.actor.require(Verb.REPLY, agency=member.agency)
            decision = Decision(Kind.REPLIED, facts={"with_incident": True})
            written.append(timeline.record(member, decision, actor=on.actor, at=on.at, text=text, language=language))
        return written
