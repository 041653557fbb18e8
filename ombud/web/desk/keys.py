"""The keys of programs: who has one, what it did, what it may do."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.people import api_keys
from ombud.people.rules.permissions import Verb
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import said

RIGHTS = (
    ("report", gettext_lazy("send reports")),
    ("update", gettext_lazy("add comments of residents")),
    ("status", gettext_lazy("say what was done, and move requests")),
)


@require_safe
@staff_page(Verb.MANAGE_STAFF)
def keys(request: CityRequest) -> HttpResponse:
    """List the keys, newest first."""
    return render(
        request,
        "desk/keys.html",
        {**rail(request, None, now=clock.now()), "keys": api_keys.listed(request.city.id)},
    )


@require_safe
@staff_page(Verb.MANAGE_STAFF)
def key(request: CityRequest, key_id: int) -> HttpResponse:
    """Show one key with what it did."""
    row = api_keys.by_id(request.city.id, key_id)
    return render(
        request,
        "desk/key.html",
        {**rail(request, None, now=clock.now()), "key": row, "calls": api_keys.calls(row), "rights": RIGHTS},
    )


@require_POST
@staff_page(Verb.MANAGE_STAFF)
def change(request: CityRequest, key_id: int) -> HttpResponse:
    """Change what a key may do, or revoke it."""
    try:
        if request.POST.get("do") == "revoke":
            api_keys.revoke(jurisdiction_id=request.city.id, key_id=key_id, at=clock.now())
            messages.success(request, _("The key does not work any more."))
        else:
            per_hour = request.POST.get("writes_per_hour", "")
            api_keys.allow(
                jurisdiction_id=request.city.id,
                key_id=key_id,
                rights=request.POST.getlist("rights"),
                writes_per_hour=int(per_hour) if per_hour.isascii() and per_hour.isdigit() else 0,
            )
            messages.success(request, _("Kept. It counts from the program's next call."))
    except OmbudError as refused:
        messages.error(request, said(refused))
    return redirect("desk_key", key_id)
