"""The words for statuses and outcomes, the same in messages and pages."""

from django import template
from django.utils.translation import gettext_lazy as _

from ombud.catalog.city import City
from ombud.kernel.texts import one_stop
from ombud.service_requests.rules.lifecycle import WORDS

register = template.Library()
register.filter("one_stop", one_stop, is_safe=True)

OUTCOMES = {
    "fixed": _("fixed"),
    "made_safe": _("made safe"),
    "nothing_found": _("nothing found"),
    "not_eligible": _("not something we may do"),
    "duplicate_of": _("reported before"),
    "referred_to": _("handed over"),
    "waiting_list": _("on a waiting list"),
    "unstated": _("the other system did not say"),
}
STATUSES = {status.value: _(words) for status, words in WORDS.items()}
CHANNELS = {
    "web": _("web"),
    "phone": _("telephone"),
    "app": _("app"),
    "email": _("mail"),
    "counter": _("counter"),
    "crew": _("crew"),
    "letter": _("letter"),
    "social": _("social media"),
    "council_office": _("council office"),
    "api": _("another program"),
    "other": _("other"),
}
WRAP_UPS = {
    "request_made": _("request made"),
    "information_given": _("information given"),
    "status_given": _("told how a request stands"),
    "transferred": _("put through to somebody else"),
    "could_not_help": _("could not help"),
    "escalated": _("passed to a supervisor"),
    "wrong_number": _("wrong number"),
    "hang_up": _("hung up"),
}
# Why the city's clock stands still; reasons of a city's own bring their names.
PAUSES = {
    "resident": _("waiting for an answer of the resident"),
    "owner": _("waiting for the owner"),
    "permit": _("waiting for a permit"),
    "weather": _("waiting for the weather"),
    "parts": _("waiting for parts"),
}
PRIORITIES = {"low": _("low"), "normal": _("normal"), "high": _("high"), "urgent": _("urgent")}


@register.filter
def outcome_words(outcome: object) -> str:
    """Return an outcome class in plain words."""
    return str(OUTCOMES.get(str(outcome or ""), outcome or ""))


@register.filter
def status_words(status: object) -> str:
    """Return a status in plain words."""
    return str(STATUSES.get(str(status or ""), status or ""))


@register.filter
def channel_words(channel: object) -> str:
    """Return a channel in plain words."""
    return str(CHANNELS.get(str(channel or ""), channel or ""))


def pause_words(city: City, code: str) -> str:
    """Return why a clock stands still, in plain words."""
    reason = city.pause_reasons().get(code)
    return city.text(reason.name) if reason and reason.name else str(PAUSES.get(code, code))


@register.filter
def priority_words(priority: object) -> str:
    """Return a priority in plain words."""
    return str(PRIORITIES.get(str(priority or ""), priority or ""))


@register.filter
def wrap_up_words(wrap_up: object) -> str:
    """Return how a contact ended, in plain words."""
    return str(WRAP_UPS.get(str(wrap_up or ""), wrap_up or ""))
