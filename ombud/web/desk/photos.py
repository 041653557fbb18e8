"""Photos at the desk: the original for staff, taking one with a closing, letting the public see one."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound
from ombud.people.rules.permissions import Verb
from ombud.plumbing import media
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import attach
from ombud.web.desk.entry import staff_page
from ombud.web.middleware import CityRequest


@require_safe
@staff_page()
def photo(request: CityRequest, photo_id: int, size: str) -> FileResponse:
    """Return a photo to staff, also one the public may not see; the original only to who may see contact data."""
    found = requests.photo(request.city.id, photo_id)
    keys = {"thumb": found.thumb_key, "view": found.view_key}
    if request.actor.may(Verb.VIEW_CONTACT, agency=found.request.agency):
        keys["original"] = found.original_key
    if size not in keys:
        raise NotFound(N_("There is no such photo here."))
    kind = "application/octet-stream" if size == "original" else "image/jpeg"
    return FileResponse(
        media.MediaStore(request.city.id).open(keys[size]), content_type=kind, as_attachment=size == "original"
    )


@require_POST
@staff_page()
def show_photo(request: CityRequest, photo_id: int) -> HttpResponse:
    """Let the public see a photo, or not any more."""
    shown = request.POST.get("shown") == "yes"
    found = requests.photo(request.city.id, photo_id)
    attach.show_photo(
        jurisdiction_id=request.city.id, photo_id=photo_id, shown=shown, actor=request.actor, at=clock.now()
    )
    messages.success(request, _("The public can see the photo now.") if shown else _("The photo is private again."))
    return redirect("desk_request", found.request.number)
