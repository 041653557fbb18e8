"""The words for codes of routing, in the reader's language."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from ombud.triage.routing.rules.engine import Because, Fault

_FAULTS: dict[str, Callable[[], str]] = {
    Fault.UNREADABLE: lambda: _("The rule cannot be read any more."),
    Fault.LAYER_UNKNOWN: lambda: _("It asks for areas of “%(what)s”, which is not loaded."),
    Fault.ASSET_LAYER_UNKNOWN: lambda: _("It asks for assets of “%(what)s”, which is not loaded."),
    Fault.AGENCY_GONE: lambda: _("The agency “%(what)s” does not work for the city any more."),
    Fault.UNIT_GONE: lambda: _("The agency has no unit “%(what)s” any more."),
    Fault.PERSON_GONE: lambda: _("The person it names cannot work for that agency any more."),
}
_REASONS: dict[str, Callable[[], str]] = {
    Because.OFF: lambda: _("it is switched off"),
    Because.SERVICE: lambda: _("it is for other services"),
    Because.CRITICALITY: lambda: _("it is for another criticality"),
    Because.ANSWER: lambda: _("another answer was given"),
    Because.AREA: lambda: _("it is for other areas"),
    Because.ASSET: lambda: _("it is for other assets or owners"),
    Because.CHANNEL: lambda: _("it is for other channels"),
    Because.WEEKDAY: lambda: _("it is for other days of the week"),
    Because.HOURS: lambda: _("it is for another time of day"),
    Because.SEASON: lambda: _("it is for another season"),
    Because.DANGER: lambda: _("it is about danger, or the lack of it"),
}
_SENT_BACK: dict[str, Callable[[], str]] = {
    "other_agency": lambda: _("another agency does this"),
    "other_area": lambda: _("it is in another area"),
    "wrong_service": lambda: _("it is another kind of request"),
    "not_our_asset": lambda: _("it is not our asset"),
    "not_city": lambda: _("it is no matter of the city"),
    "cannot_tell": lambda: _("one cannot tell what is meant"),
}


def fault_words(fault: str, what: str) -> str:
    """Return why a rule fails, as a sentence."""
    say = _FAULTS.get(fault)
    return say() % {"what": what} if say else fault


def reason_words(because: str) -> str:
    """Return why a rule does not fit."""
    say = _REASONS.get(because)
    return say() if say else because


def sent_back_words(reason: str) -> str:
    """Return why something was sent back."""
    say = _SENT_BACK.get(reason)
    return say() if say else reason
