"""Erase a resident's contact data: said first what goes and what stays, then done and written down."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ombud.conversation import commands as conversation
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound
from ombud.people import queries as people
from ombud.people.commands import ERASURE_REASONS
from ombud.people.rules.permissions import Verb
from ombud.service_requests import queries as requests
from ombud.web.desk import rows
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest

REASONS = {
    "asked": gettext_lazy("The person asked for it"),
    "mistake": gettext_lazy("It belongs to somebody else, or was taken down by mistake"),
    "law": gettext_lazy("A law or a court asks for it"),
    "not_needed": gettext_lazy("It is needed no longer"),
}


class EraseForm(forms.Form):
    """Why, and that it is meant."""

    use_required_attribute = False
    reason = forms.ChoiceField(
        label=gettext_lazy("Why it is erased"),
        widget=forms.RadioSelect,
        choices=[(code, REASONS[code]) for code in ERASURE_REASONS],
        error_messages={"required": gettext_lazy("Choose why it is erased.")},
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I know that nobody can bring it back"),
        error_messages={"required": gettext_lazy("Tick this to go on: what is erased is gone.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.ERASE)
def erase(request: CityRequest, number: str) -> HttpResponse:
    """Say what is erased and what stays; erase it where that is confirmed."""
    city, now = request.city, clock.now()
    row = requests.by_number(city.id, number[:60])
    reporter = requests.reporter_of(row)
    contact = people.contact_point(city.id, reporter.contact_point_id or 0) if reporter else None
    if contact is None or contact.erased_at:
        raise NotFound(N_("There is no contact data to erase here."))
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        conversation.erase_person(
            jurisdiction_id=city.id,
            contact_point_id=contact.pk,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            at=now,
        )
        messages.success(request, _("Name, telephone and mail address are erased, and what was written to them."))
        return redirect("desk_request", row.number)
    same = {contact.pk, *people.same_person(city.id, email=contact.email, phone=contact.phone, limit=None)}
    context = {
        **rail(request, None, now=now),
        "row": row,
        "form": form,
        "concerned": [rows.row_of(city, each, now=now) for each in requests.of_contact_points(city.id, sorted(same))],
        "n": len(same),
    }
    return render(request, "desk/erase.html", context, status=422 if form.errors else 200)
