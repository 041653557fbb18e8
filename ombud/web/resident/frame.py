"""What every page of a report shares: the draft, the step, the way back."""

from typing import Any

from ombud.web.middleware import CityRequest
from ombud.web.resident.drafts import Draft, Drafts

OF = 5


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
    }
