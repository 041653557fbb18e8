"""The public record as its publisher sees it: the newest versions, and taking something back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.opendata import privacy_told
from ombud.opendata.commands.take_back import take_back
from ombud.opendata.datasets import registry
from ombud.opendata.lake import versions
from ombud.people.rules.permissions import Verb
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import said


@require_safe
@staff_page(Verb.PUBLISH)
def page(request: CityRequest) -> HttpResponse:
    """Show the newest version of each data set, and what was taken back."""
    found = registry.of_city(request.city).values()
    told = {
        "sets": [(_(one.title), versions.newest(request.city.id, one.code)) for one in found],
        "taken_back": privacy_told.taken_back(request.city.id),
        "number": request.GET.get("number", ""),
    }
    return render(request, "desk/public_record.html", {**rail(request, None, now=clock.now()), **told})


@require_POST
@staff_page(Verb.PUBLISH)
def take(request: CityRequest) -> HttpResponse:
    """Take a request back out of every version."""
    number, why = request.POST.get("number", "").strip(), request.POST.get("why", "")
    try:
        cut = take_back(request.city, number, said=why, actor=request.actor, now=clock.now())
        told = ngettext("It is out of %(n)d version.", "It is out of %(n)d versions.", len(cut)) % {"n": len(cut)}
        messages.success(request, told)
    except OmbudError as refused:
        messages.error(request, said(refused))
    return redirect("desk_public_record")
