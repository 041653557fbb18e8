"""Which one is it? The lamps, trees or hydrants near the place, by distance; or by the number on it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ombud.kernel.texts import cleaned
from ombud.places.assets import AssetView
from ombud.web.middleware import CityRequest
from ombud.web.resident import choosing, steps
from ombud.web.resident.frame import drafts_of, frame


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: CityRequest, draft_id: UUID) -> HttpResponse:
    """Offer what lies near. Not being sure is an answer too; what is not the city's is told with whose it is."""
    city = request.city
    draft = drafts_of(request).get(draft_id)
    offered = choosing.near(city, draft)
    trouble, typed, elsewhere = "", cleaned(request.POST.get("number", ""))[:60], None
    if request.method == "POST":
        chosen = next((one for one in offered if one.tag == request.POST.get("asset")), None)
        if typed:
            chosen = choosing.by_number(city, draft, typed)
            if chosen is None:
                trouble = _("We know no such number here. Look once more, or leave it empty.")
        elsewhere = choosing.body_of(city, chosen)
        if not trouble and elsewhere is None:
            draft = drafts_of(request).keep(draft, asset=chosen.tag if chosen else "")
            return redirect(steps.after(request, draft, "report_asset"), draft.id)
    elif not offered:
        return redirect(steps.after(request, draft, "report_asset"), draft.id)
    language = get_language() or city.default_language
    context: dict[str, Any] = {
        **frame(request, draft, step=2, back=reverse("report_place", args=[draft.id])),
        "offered": [(one, one.called(language)) for one in offered],
        "marks": _marks(offered, language),
        "trouble": trouble,
        "typed": typed,
        "elsewhere": elsewhere,
    }
    return render(request, "resident/asset.html", context, status=422 if trouble else 200)


def _marks(offered: list[AssetView], language: str) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [one.point.lon, one.point.lat]},
                "properties": {
                    "id": one.code,
                    "meaning": "waiting",
                    "title": one.called(language),
                    "words": one.code,
                    "href": f"#asset-{n}",
                },
            }
            for n, one in enumerate(offered, start=1)
        ],
    }
