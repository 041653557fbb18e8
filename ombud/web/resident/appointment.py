"""The day that was chosen for a pick-up: shown on the reporter's page, moved and cancelled there until the cut-off."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, OmbudError
from ombud.service_requests.commands import act
from ombud.service_requests.commands.act import On
from ombud.service_requests.rules.lifecycle import ENDED
from ombud.service_requests.timeline import REPORTER
from ombud.triage.routing import serving
from ombud.web.limiting import limited
from ombud.web.middleware import CityRequest
from ombud.web.resident import track
from ombud.web.saying import said


@limited("day", times=lambda: 30)
@require_POST
def change(request: CityRequest, number: str, key: str) -> HttpResponse:
    """Move the day, or cancel the pick-up; after the cut-off neither."""
    row = track.mine_by_key(request, number, key)
    try:
        _change(request, row)
    except OmbudError as refused:
        return track.my_page(request, number, key, refused=said(refused), at="day")
    return redirect("track_secret", number, key)


def _change(request: CityRequest, row: Any) -> None:
    city, now = request.city, clock.now()
    kept = serving.chosen(city, row)
    if kept is None or row.status in ENDED:
        raise BadInput(N_("No day was chosen for this request."))
    if not serving.may_change(city, kept.scheme, kept.on, now=now):
        raise BadInput(N_("It is too late to change this day: the list of the crew is made."))
    if "cancel" in request.POST:
        act.withdraw(On(city.id, row.pk, REPORTER, now))
        return
    serving.book(
        jurisdiction_id=city.id,
        request_id=row.pk,
        scheme=kept.scheme,
        at_place=kept.at_place,
        on=_day(request.POST.get("day", "")),
        actor=REPORTER,
        at=now,
    )


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise BadInput(N_("Choose one of these days."), field="day") from None
