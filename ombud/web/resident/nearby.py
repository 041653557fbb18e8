"""Is it one of these? Open reports of the same thing close by, as far as strangers may know of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ombud.catalog.rules.definition import Visibility
from ombud.kernel import clock
from ombud.kernel.geo import Metres
from ombud.opendata import queries as public_record
from ombud.places import queries as places
from ombud.service_requests import open_here
from ombud.service_requests import queries as requests
from ombud.triage.likeness import queries as likeness
from ombud.web.middleware import CityRequest
from ombud.web.public.record import Listed, told
from ombud.web.resident.drafts import Draft
from ombud.web.resident.frame import drafts_of, frame


@dataclass(frozen=True, slots=True)
class Offer:
    """An open report as the public list tells it; how far and how many only where its place is public."""

    listed: Listed
    distance: Metres | None = None
    reports: int = 1
    photos: tuple[Any, ...] = ()

    @property
    def number(self) -> str:
        """The number that "me too" names."""
        return self.listed.view.number


def offers(request: CityRequest, draft: Draft) -> list[Offer]:
    """
    Return the open reports that a stranger may be asked about.

    What is shown by its cell only is offered by its cell only: offered within metres, it could be found by asking
    again and again from a little further on. What is only counted, or private, is never offered; what is in no list yet
    is not either, for whoever asks at every corner would have a list.
    """
    city, now = request.city, clock.now()
    chosen = city.service(draft.service)
    if draft.point is None or chosen.duplicate_radius_m <= 0:
        return []
    delays = public_record.rules_of(city).delays
    exact = open_here.nearby(
        city.id,
        service_code=chosen.code,
        point=draft.point,
        within=Metres(chosen.duplicate_radius_m),
        visibilities=(Visibility.PUBLIC.value,),
        delays=delays,
    )
    coarse = open_here.in_cell(
        city.id,
        service_code=chosen.code,
        cell=places.cell_of(draft.point),
        visibilities=(Visibility.COARSE.value,),
        delays=delays,
    )
    likeliest = likeness.ranked(
        city,
        [near.request for near in exact],
        service_code=chosen.code,
        point=draft.point,
        at=now,
    )
    by_request = {near.request.pk: near for near in exact}
    return [
        Offer(
            told(city, public_record.public_view(near.request), now),
            near.distance,
            near.reports,
            tuple(requests.photos(near.request, only_shown=True)[:1]),
        )
        for near in (by_request[row.pk] for row in likeliest)
    ] + [Offer(told(city, public_record.public_view(row), now)) for row in coarse]


@require_http_methods(["GET", "HEAD", "POST"])
def nearby(request: CityRequest, draft_id: UUID) -> HttpResponse:
    """Is it one of these? Saying "me too" is a report of its own, with its own time."""
    draft = drafts_of(request).get(draft_id)
    near = offers(request, draft)
    if request.method == "POST":
        chosen = request.POST.get("same_as", "")
        same = chosen if chosen in {offer.number for offer in near} else ""
        drafts_of(request).keep(draft, same_as=same, alone=not same)
        return redirect("report_details", draft.id)
    if not near:
        return redirect("report_details", draft.id)
    context = {**frame(request, draft, step=2, back=reverse("report_place", args=[draft.id])), "near": near}
    return render(request, "resident/nearby.html", context)
