"""Views of the queue that a person keeps: save, rename, delete."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ombud.kernel.errors import BadInput
from ombud.triage import commands as triage
from ombud.web.desk import filters
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.middleware import CityRequest
from ombud.web.saying import said


@require_POST
@staff_page()
def save(request: CityRequest) -> HttpResponse:
    """Keep what the queue shows now under a name."""
    address = request.POST.get("address", "")[:1000]
    try:
        triage.save_filter(
            jurisdiction_id=request.city.id,
            account_id=own_account(request),
            name=request.POST.get("name", ""),
            address=address,
            known=filters.KNOWN,
        )
    except BadInput as refused:
        messages.error(request, said(refused))
    else:
        messages.success(request, _("The view is kept. Only you see it."))
    return redirect(queue_at(address))


@require_POST
@staff_page()
def change(request: CityRequest, filter_id: int) -> HttpResponse:
    """Rename a view of one's own, or delete it."""
    mine: dict[str, Any] = {
        "jurisdiction_id": request.city.id,
        "account_id": own_account(request),
        "filter_id": filter_id,
    }
    try:
        if request.POST.get("do") == "delete":
            triage.delete_filter(**mine)
            messages.success(request, _("The view is deleted. The requests are as they were."))
        else:
            triage.rename_filter(**mine, name=request.POST.get("name", ""))
            messages.success(request, _("The view has its new name."))
    except BadInput as refused:
        messages.error(request, said(refused))
    return redirect(queue_at(request.POST.get("address", "")[:1000]))


def queue_at(address: str) -> str:
    """Return the queue at an address, whatever was sent: only its words count."""
    words = urlencode([(k, v) for k, v in parse_qsl(address, keep_blank_values=True) if k in filters.KNOWN])
    return f"{reverse('desk_queue')}?{words}" if words else reverse("desk_queue")
