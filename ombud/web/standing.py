"""How a request stands, as pages and maps show it: one meaning, its shape and its word."""

from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Meaning = Literal["waiting", "booked", "fixed", "ended", "late", "note"]
Words = str | Promise

STATUSES: dict[str, tuple[Meaning, Words]] = {
    "received": ("waiting", _("Received")),
    "accepted": ("waiting", _("Accepted")),
    "scheduled": ("booked", _("Booked")),
    "on_list": ("waiting", _("On a waiting list")),
    "withdrawn": ("ended", _("Withdrawn")),
    "closed": ("ended", _("Closed")),
}
# Closed is not fixed: only one outcome is green.
OUTCOMES: dict[str, tuple[Meaning, Words]] = {
    "fixed": ("fixed", _("Fixed")),
    "made_safe": ("ended", _("Made safe")),
    "nothing_found": ("ended", _("Closed: nothing found")),
    "not_eligible": ("ended", _("Closed: not covered")),
    "duplicate_of": ("ended", _("Joined to an earlier report")),
    "referred_to": ("ended", _("Closed: sent to who owns it")),
    "waiting_list": ("waiting", _("On a waiting list")),
    "unstated": ("ended", _("Closed, no reason given")),
}
MEANINGS: dict[Meaning, Words] = {
    "waiting": _("Waiting"),
    "booked": _("Booked"),
    "fixed": _("Fixed"),
    "ended": _("Closed without a fix"),
    "late": _("Late"),
    "note": _("Private note"),
}


def standing_of(status: str, outcome: str = "", *, late: bool = False) -> tuple[Meaning, Words]:
    """
    Return the meaning and the word of a request's state.

    A closed request is told by its outcome; lateness is only said of what is still open.
    """
    if status == "closed":
        return OUTCOMES.get(outcome, OUTCOMES["unstated"])
    meaning, words = STATUSES.get(status, STATUSES["received"])
    return ("late", _("Late")) if late and status != "withdrawn" else (meaning, words)
