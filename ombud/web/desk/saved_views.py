"""The views that readers of the public record saved: list them for everybody, or hide them with a reason."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.opendata import saved
from ombud.opendata.commands import views
from ombud.people.rules.permissions import Verb
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import said


@require_safe
@staff_page(Verb.EDIT_CATALOGUE)
def page(request: CityRequest) -> HttpResponse:
    """Show every view that was saved, newest first."""
    found = saved.all_of(request.city.id)
    return render(request, "desk/saved_views.html", {**rail(request, None, now=clock.now()), "saved": found})


@require_POST
@staff_page(Verb.EDIT_CATALOGUE)
def judge(request: CityRequest, view_id: str) -> HttpResponse:
    """List a view, take it off the list, or hide it."""
    city_id, actor = request.city.id, request.actor
    try:
        match request.POST.get("do"):
            case "list":
                views.list_view(jurisdiction_id=city_id, view_id=view_id, actor=actor, at=clock.now())
                messages.success(request, _("The view is listed for everybody."))
            case "unlist":
                views.unlist_view(jurisdiction_id=city_id, view_id=view_id, actor=actor)
                messages.success(request, _("The view is off the list. Whoever has its address still sees it."))
            case _other:
                reason = request.POST.get("reason", "")
                views.hide_view(jurisdiction_id=city_id, view_id=view_id, actor=actor, reason=reason, at=clock.now())
                messages.success(request, _("The view is hidden. Its addresses say why."))
    except OmbudError as refused:
        messages.error(request, said(refused))
    return redirect("desk_saved_views")
