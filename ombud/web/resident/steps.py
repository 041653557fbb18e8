"""The pages between the place and the questions: each only where it has something to ask."""

from collections.abc import Callable

from ombud.web.middleware import CityRequest
from ombud.web.resident import choosing, nearby, serving
from ombud.web.resident.drafts import Draft

# In their order, each with whether it has something to ask.
BETWEEN: dict[str, Callable[[CityRequest, Draft], bool]] = {
    "report_served": lambda request, draft: serving.look(request.city, draft) is not None,
    "report_asset": lambda request, draft: choosing.offers(request.city, draft),
    "report_nearby": lambda request, draft: bool(nearby.offers(request, draft)),
}


def after(request: CityRequest, draft: Draft, done: str) -> str:
    """Return the name of the next page of a report after the one that is done."""
    names = list(BETWEEN)
    later = names[names.index(done) + 1 :] if done in names else names
    return next((name for name in later if BETWEEN[name](request, draft)), "report_details")
