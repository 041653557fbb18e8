"""Contacts that needed no request: written down, and counted for the day."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ombud.conversation import commands as conversation
from ombud.conversation import queries as said_before
from ombud.conversation.templatetags import wording
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.web.desk.call_forms import ContactForm
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.CREATE)
def contacts(request: CityRequest) -> HttpResponse:
    """Write down a contact that needed no request, and see today's."""
    city, now = request.city, clock.now()
    form = ContactForm(request.POST or None, city=city, initial={"channel": "phone", "language": city.default_language})
    if request.method == "POST" and form.is_valid():
        try:
            conversation.log_contact(
                jurisdiction_id=city.id, request_id=None, actor=request.actor, at=now, **form.cleaned_data
            )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("The contact is written down."))
            return redirect("desk_contacts")
    since = start_of_today(now)
    counted = said_before.wrap_ups(city.id, since=since)
    today = said_before.recent_contacts(city.id, since=since, limit=100)
    names = people.names_of(c.account_id for c in today)
    context = {
        **rail(request, None, now=now),
        "form": form,
        "today": [{"contact": c, "who": names.get(c.account_id, "")} for c in today],
        "counted": sorted(((wording.wrap_up_words(code), n) for code, n in counted.items()), key=lambda pair: -pair[1]),
        "total": sum(counted.values()),
    }
    return render(request, "desk/contacts.html", context, status=422 if form.errors else 200)


def start_of_today(now: datetime) -> datetime:
    """Return the midnight before, in the city's own time."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
