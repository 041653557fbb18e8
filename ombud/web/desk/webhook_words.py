"""Webhooks in words: how one stands, what it wants, what came back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ombud.catalog.city import City
from ombud.connect.webhooks.queries import Sent
from ombud.kernel.errors import OmbudError
from ombud.web.saying import said

NAMES = {
    "submitted": gettext_lazy("a request was made"),
    "accepted": gettext_lazy("an agency took it on"),
    "scheduled": gettext_lazy("a time was booked"),
    "listed": gettext_lazy("it was put on a waiting list"),
    "inspected": gettext_lazy("somebody went to look"),
    "paused": gettext_lazy("the city's clock stands still"),
    "resumed": gettext_lazy("the city's clock goes on"),
    "service_changed": gettext_lazy("it became another service"),
    "transferred": gettext_lazy("another agency has it"),
    "promise_moved": gettext_lazy("the expected date moved"),
    "closed": gettext_lazy("it was closed"),
    "reopened": gettext_lazy("it was opened again"),
    "withdrawn": gettext_lazy("it was taken back"),
    "updated": gettext_lazy("something else that everybody can see changed"),
    "hidden": gettext_lazy("it is not public any more"),
}
PROGRESS = {
    "waiting": gettext_lazy("Waiting"),
    "delivered": gettext_lazy("Delivered"),
    "given_up": gettext_lazy("Given up"),
}
_MEANING = {"waiting": "waiting", "delivered": "fixed", "given_up": "late"}
_WHY = {
    "late": gettext_lazy("Given up after three days"),
    "off": gettext_lazy("Given up: the webhook was off"),
    "hidden": gettext_lazy("Not sent: the request is not public any more"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """Something in words, with what it means."""

    words: str
    meaning: str

    @property
    def is_fine(self) -> bool:
        """Whether it is good news."""
        return self.meaning == "fixed"


def standing(endpoint: Any) -> Said:
    """Return how an endpoint stands."""
    match endpoint.state, endpoint.off_because:
        case "paused", _because:
            return Said(_("Paused"), "waiting")
        case "off", "gone":
            return Said(_("Off: it said that it is gone"), "ended")
        case "off", _because:
            return Said(_("Off: it took nothing for three days"), "late")
        case _ if endpoint.failing_since:
            return Said(_("On, but takes nothing since %(when)s") % {"when": _when(endpoint.failing_since)}, "late")
        case _:
            return Said(_("On"), "fixed")


def wanted(city: City, endpoint: Any) -> list[str]:
    """Return what an endpoint wants, each limit in a line; one line where it wants everything."""
    agencies = {agency.code: agency.name for agency in city.agencies()}
    services = {code: city.text(service.name) for code, service in city.services.items()}
    when = [str(words) for name, words in NAMES.items() if name in endpoint.names]
    limits = (
        _("only when %(what)s") % {"what": ", ".join(when)} if when else "",
        _shortened([agencies.get(code, code) for code in endpoint.agencies]),
        _shortened([services.get(code, code) for code in endpoint.services]),
    )
    return [limit for limit in limits if limit] or [_("Everything that is public")]


def _shortened(names: list[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    if len(names) <= most:
        return shown
    return _("%(names)s and %(n)d more") % {"names": shown, "n": len(names) - most}


def line(sent: Sent, *, host: str) -> dict[str, Any]:
    """Return a line of the log."""
    row = sent.delivery
    tries = [
        {"at": one.at, "took": one.took_ms, "said": one.said, "came": came_back(one, host=host)}
        for one in sent.attempts
    ]
    return {
        "row": row,
        "what": NAMES.get(row.name, _("a test")),
        "progress": Said(str(_WHY.get(row.why) or PROGRESS[row.progress]), _MEANING[row.progress]),
        "last": tries[0] if tries else None,
        "tries": tries[1:],
        "again": row.progress != "waiting" and row.event_id is not None,
    }


def came_back(one: Any, *, host: str) -> Said:
    """Return what came back from an endpoint, of a line of the log or of a test."""
    if one.status is None:
        return Said(said(OmbudError(one.trouble, host=host)), "late")
    took = _("%(n)d ms") % {"n": one.took_ms}
    fine = 200 <= one.status < 300
    words = _("It took it: %(status)d in %(took)s") if fine else _("It answered %(status)d in %(took)s")
    return Said(words % {"status": one.status, "took": took}, "fixed" if fine else "late")


def host_of(endpoint: Any) -> str:
    """Return the name of the machine that an endpoint is on."""
    return urlsplit(endpoint.url).hostname or ""


def _when(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")
