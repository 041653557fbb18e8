"""What happened, in a few words that everybody may read."""

from django.utils.translation import gettext_lazy as _

from ombud.conversation.templatetags.wording import OUTCOMES, STATUSES
from ombud.service_requests.models import RequestEvent
from ombud.service_requests.rules.lifecycle import Kind, Status

# What moves no status. Of what only the reporter and staff may know, nothing more is said than that it happened.
_HAPPENED = {
    Kind.INSPECTED: _("somebody went to look"),
    Kind.SERVICE_CHANGED: _("the kind of service was corrected"),
    Kind.TRANSFERRED: _("handed to another agency of the city"),
    Kind.PROMISE_MOVED: _("the expected time has changed"),
    Kind.PAUSED: _("the city's clock stands still while it waits for somebody else"),
    Kind.RESUMED: _("the city's clock goes on"),
    Kind.PLACE_CORRECTED: _("the place was corrected"),
    Kind.QUESTION_ASKED: _("the city asked the reporter a question"),
    Kind.ANSWERED: _("the reporter answered"),
    Kind.COMMENTED: _("a comment was added"),
    Kind.REPLIED: _("the city wrote to the reporter"),
    Kind.JOINED: _("joined with other reports of the same thing"),
    Kind.LEFT: _("parted from other reports again"),
    Kind.PHOTO_SHOWN: _("a photo was added"),
    Kind.REOPENED: _("open again"),
    Kind.SUBMITTED: STATUSES[Status.RECEIVED],
    Kind.IMPORTED: STATUSES[Status.RECEIVED],
}
_NOTE_TYPES = {
    Kind.SUBMITTED: "submitted",
    Kind.IMPORTED: "submitted",
    Kind.ACCEPTED: "opened",
    Kind.REOPENED: "opened",
    Kind.CLOSED: "closed",
    Kind.WITHDRAWN: "closed",
}


def words(event: RequestEvent) -> str:
    """Return what happened: for a closing its outcome, else how the request stands since then."""
    kind, status, outcome = Kind(event.kind), event.changes.get("status"), event.changes.get("outcome")
    if status == Status.CLOSED and outcome:
        told = str(OUTCOMES[outcome])
    elif kind in _HAPPENED:
        told = str(_HAPPENED[kind])
    else:
        told = str(STATUSES.get(status or "", status or ""))
    return told[:1].upper() + told[1:]


def note_type(event: RequestEvent) -> str:
    """Return the type of a note of the public history."""
    return _NOTE_TYPES.get(Kind(event.kind), "activity")
