"""What the editor of a service offers to choose from, in words."""

from typing import Any

from django.utils.translation import gettext as _

from ombud.catalog.city import City
from ombud.conversation.templatetags import wording
from ombud.service_requests.rules.lifecycle import Outcome
from ombud.web.desk import editor_duplicates


def visibilities() -> dict[str, str]:
    """Return how precisely the public may see requests, in words."""
    return {
        "public": _("everybody sees it"),
        "public_coarse": _("seen without its exact place"),
        "public_count_only": _("only counted"),
        "private": _("private"),
    }


def choices(city: City, code: str) -> dict[str, Any]:
    """Return what the editor of a service offers to choose from."""
    return {
        "agencies": [(a.code, a.name) for a in city.agencies()],
        "groups": [(g.code, city.text(g.name)) for g in city.groups],
        "visibilities": list(visibilities().items()),
        "needs": [
            ("name", _("a name")),
            ("email", _("a mail address")),
            ("phone", _("a telephone number")),
            ("email_or_phone", _("a mail address or telephone number")),
        ],
        "photo_words": [
            ("none", _("no photo")),
            ("optional", _("if they like")),
            ("recommended", _("it helps")),
            ("encouraged", _("please")),
            ("required", _("needed")),
            ("not_published", _("taken, never shown")),
        ],
        "places": [
            ("address_or_pin", _("address or a pin")),
            ("service_address", _("the address that is served")),
            ("asset_or_pin", _("a thing of ours, or a pin")),
            ("intersection", _("a crossing")),
            ("street_segment", _("a stretch of street")),
            ("park_facility", _("a park")),
            ("optional", _("if they like")),
            ("none", _("no place")),
        ],
        "units": [
            ("hours", _("hours")),
            ("calendar_days", _("calendar days")),
            ("working_days", _("working days")),
        ],
        "outcome_words": [(o.value, wording.outcome_words(o.value)) for o in Outcome if o is not Outcome.UNSTATED],
        "priorities": [(code, str(words)) for code, words in wording.PRIORITIES.items()],
        "merges": editor_duplicates.merges(),
        "other_services": [(other, city.text(s.name)) for other, s in city.services.items() if other != code],
        "types": list(_types().items()),
        "stop_kinds": [
            ("emergency", _("an emergency")),
            ("not_city", _("not the city's")),
            ("other_service", _("another service")),
        ],
    }


def _types() -> dict[str, str]:
    return {
        "text": _("a line of words"),
        "longtext": _("several lines"),
        "select": _("one of several"),
        "multiselect": _("some of several"),
        "yesno": _("yes or no"),
        "number": _("a number"),
        "date": _("a day"),
        "time": _("a time"),
        "datetime": _("a day and a time"),
        "tel": _("a telephone number"),
        "email": _("a mail address"),
        "checkbox": _("a box to tick"),
        "file": _("a file"),
        "asset": _("the number of a thing of ours"),
        "lookup": _("something looked up"),
    }
