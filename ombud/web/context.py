"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def city(request: HttpRequest) -> dict[str, object]:
    """Return the city, its languages by their own names, and who is here."""
    found = getattr(request, "city", None)
    codes = found.languages if found else ("en", "es")
    return {
        "city": found,
        "languages": [(code, translation.get_language_info(code)["name_local"]) for code in codes],
        "is_demo": settings.OMBUD_DEMO,
        # Said by the pages where people begin and report; see `web.storming`.
        "storm": None,
        "actor": getattr(request, "actor", None),
    }
