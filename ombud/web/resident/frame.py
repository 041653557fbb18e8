"""What every page of a report shares: the draft, the step, the way back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase

from ombud.web import storming
from ombud.web.middleware import CityRequest
from ombud.web.resident.drafts import Draft, Drafts

OF = 5
Page = Callable[..., HttpResponseBase]


def kept_by_nobody(view: Page) -> Page:
    """Keep a page with somebody's own words, or reached by a secret link, out of every cache and search engine."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return guarded


def drafts_of(request: CityRequest) -> Drafts:
    """Return the visitor's drafts in this city."""
    return Drafts(request.session, request.city.id)


def frame(request: CityRequest, draft: Draft, *, step: int, back: str) -> dict[str, Any]:
    """Return what the frame of a page shows."""
    chosen = request.city.service(draft.service)
    return {
        "draft": draft,
        "service": chosen,
        "service_name": request.city.text(chosen.name),
        "step": step,
        "of": OF,
        "back": back,
        "point": draft.point,
        "record": draft.record.partition(" ")[2].partition(" ")[2],
        "storm": storming.banner_of(request.city, chosen, draft.point, is_brief=True),
    }
