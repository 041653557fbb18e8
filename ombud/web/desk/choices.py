"""What may be chosen in the forms of the acts, in the reader's words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ombud.catalog.city import City
from ombud.conversation.templatetags import wording
from ombud.service_requests import queries as requests
from ombud.service_requests.rules.decisions import SENT_BACK_FOR, TRIAGE_UNIT
from ombud.triage.routing.words import sent_back_words
from ombud.web.desk.detail import colleagues
from ombud.web.desk.filters import PRIORITIES

Choices = dict[str, list[tuple[str, str]]]


def assign(city: City, row: Any) -> Choices:
    """Return who may work on it."""
    people = [(str(pk), name) for pk, name in colleagues(city, row.agency)]
    units = list(city.agency(row.agency).units)
    if row.unit and row.unit not in dict(units):
        called = _("Triage queue") if row.unit == TRIAGE_UNIT else row.unit
        units.append((row.unit, called))  # from an older catalogue, or the system it came from
    return {"assignee": [("", _("Nobody")), *people], "unit": [("", _("None")), *units]}


def programme(city: City, row: Any) -> Choices:
    """Return the programmes whose list it may go on."""
    return {"programme": [("", _("Choose a programme")), *city.agency(row.agency).programmes]}


def pause(city: City, row: Any) -> Choices:
    """Return why the clock may stand still, each with its longest time."""
    reasons = [
        (
            reason.code,
            ngettext("%(why)s, %(n)d day at most", "%(why)s, %(n)d days at most", reason.days)
            % {"why": wording.pause_words(city, reason.code), "n": reason.days},
        )
        for reason in city.pause_reasons().values()
    ]
    return {"reason": [("", _("Choose a reason")), *reasons]}


def service(city: City, row: Any) -> Choices:
    """Return the services it may really be."""
    offered = sorted(
        ((s.code, city.text(s.name)) for s in city.services.values() if s.kind.value != "handoff"),
        key=lambda pair: pair[1],
    )
    return {"service": [("", _("Choose a service")), *offered]}


def agency(city: City, row: Any) -> Choices:
    """Return the agencies it may go to."""
    others = [(a.code, a.name) for a in city.agencies() if a.code != row.agency]
    return {"agency": [("", _("Choose an agency")), *others]}


def sent_back(city: City, row: Any) -> Choices:
    """Return why something goes back to the triage queue."""
    return {"reason": [(code, sent_back_words(code)) for code in SENT_BACK_FOR]}


def outcomes(city: City, codes: list[str]) -> list[tuple[str, str]]:
    """Return the outcomes that may be chosen, in plain words."""
    return [(o.value, wording.outcome_words(o.value)) for o in requests.allowed_outcomes(codes)]


def bodies(city: City) -> list[tuple[str, str]]:
    """Return the outside bodies that something may be handed over to."""
    return [("", _("Choose who owns it")), *((b.code, b.name) for b in city.bodies())]


def close(city: City, row: Any) -> Choices:
    """Return how it may end, to whom it may be handed over, and which reports end with it."""
    service = city.services.get(row.service_code)
    members = [m for m in requests.incident_members(row) if m.closed_at is None]
    n = len(members)
    which: list[tuple[str, str]] = []
    if n > 1:
        which = [
            ("yes", _("All %(n)d reports of this incident") % {"n": n}),
            ("no", _("Only this report")),
        ]
    return {
        "outcome": outcomes(city, list(service.outcomes) if service else []),
        "referred_to": bodies(city),
        "whole_incident": which,
    }


def priority(city: City, row: Any) -> Choices:
    """Return the priorities, most urgent first."""
    return {"priority": [(code, str(wording.PRIORITIES[code])) for code in PRIORITIES]}
