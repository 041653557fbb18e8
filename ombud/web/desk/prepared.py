"""Texts prepared for writing to residents, with fields that the desk fills for each request."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.catalog.city import City
from ombud.catalog.commands import Edit
from ombud.conversation import commands as conversation
from ombud.conversation import queries
from ombud.conversation.commands import PREPARED as KIND
from ombud.conversation.rules.wording import FIELDS, Prepared, read_prepared
from ombud.conversation.templatetags import wording
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.people.rules.permissions import Verb
from ombud.service_requests.queries import allowed_outcomes
from ombud.web.desk import edited
from ombud.web.desk.edited import EditedForm, Text
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest

MEANS = {
    "name": gettext_lazy("what to call the resident"),
    "number": gettext_lazy("the request's number"),
    "service": gettext_lazy("what they asked for"),
    "agency": gettext_lazy("the agency that has it"),
    "place": gettext_lazy("the address"),
    "city": gettext_lazy("the city"),
    "link": gettext_lazy("the resident's own page of it"),
    "phone": gettext_lazy("the city's telephone number"),
    "booked": gettext_lazy("the booked day and time"),
    "expected": gettext_lazy("when it is expected to be done"),
    "target": gettext_lazy("the target"),
}


class PreparedForm(EditedForm):
    """A prepared text."""

    texts = (Text("title", gettext_lazy("Title")), Text("body", gettext_lazy("Text"), long=True))
    service_code = forms.ChoiceField(label=gettext_lazy("For the service"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("For closing with"), required=False)

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        super().__init__(*args, city=city, **kwargs)
        services = sorted(((s.code, city.text(s.name)) for s in city.services.values()), key=lambda pair: pair[1])
        outcomes = [(o.value, wording.outcome_words(o.value)) for o in allowed_outcomes(())]
        self.fields["service_code"].choices = [("", _("every service")), *services]  # type: ignore[attr-defined]
        self.fields["outcome"].choices = [("", _("no particular outcome")), *outcomes]  # type: ignore[attr-defined]


@require_safe
@staff_page(Verb.EDIT_CATALOGUE)
def texts(request: CityRequest) -> HttpResponse:
    """List the prepared texts, retired ones too."""
    city = request.city
    lines = [
        {
            "code": text.code,
            "title": city.text(text.title),
            "body": city.text(text.body),
            "service": _service_name(city, text.service_code),
            "languages": ", ".join(sorted(text.body)),
            "active": text.active,
        }
        for text in queries.all_templates(city.id)
    ]
    return render(request, "desk/texts.html", {**rail(request, None, now=clock.now()), "lines": lines})


def _service_name(city: City, code: str) -> str:
    service = city.services.get(code)
    return city.text(service.name) if service else code


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.EDIT_CATALOGUE)
def text(request: CityRequest, code: str = "") -> HttpResponse:
    """Edit a prepared text, or add one."""
    city = request.city
    row = _row(city.id, code) if code else None
    version = edited.version_of(city, KIND, code)
    if request.method != "POST":
        form = edited.begin_with(PreparedForm, row, city=city, version=version)
    else:
        form = PreparedForm(request.POST, city=city)
        if form.is_valid():
            try:
                kept = {"title": row.title, "body": row.body} if row else {}
                told = read_prepared(form.raw(kept), language=city.default_language, services=city.services)
                return _keep(request, form, told, row)
            except OmbudError as refused:
                edited.refuse(request, form, refused, version=version)
    more = {
        "name": city.text(row.title) if row else "",
        "active": row.active if row else True,
        "fields_known": [(name, MEANS[name]) for name in FIELDS],
    }
    return edited.page(request, "desk/text.html", form, kind=KIND, code=code, **more)


def _keep(request: CityRequest, form: EditedForm, told: Prepared, row: Any) -> HttpResponse:
    city = request.city
    taken = {text.code for text in queries.all_templates(city.id)}
    code = row.code if row else edited.free_code(city.text(told.title), taken).lower()
    changed = conversation.save_template(
        jurisdiction_id=city.id,
        code=code,
        text=told,
        edit=edited.edit_of(request, form, new=row is None),
        active=row.active if row else True,
    )
    return edited.kept(request, "desk_text", code, changed=changed)


@require_POST
@staff_page(Verb.EDIT_CATALOGUE)
def offer(request: CityRequest, code: str) -> HttpResponse:
    """Retire a prepared text, or bring it back."""
    row = _row(request.city.id, code)
    active = request.POST.get("active") == "yes"
    conversation.save_template(
        jurisdiction_id=request.city.id,
        code=row.code,
        text=Prepared(row.title, row.body, row.service_code, row.outcome),
        edit=Edit(clock.now(), own_account(request), _("brought back") if active else _("retired")),
        active=active,
    )
    messages.success(request, _("It may be chosen again.") if active else _("It is retired. Nobody can choose it."))
    return redirect("desk_text", row.code)


def _row(city_id: str, code: str) -> Any:
    row = queries.template(city_id, code.replace("\x00", ""))
    if row is None:
        raise NotFound(N_("There is no such prepared text."))
    return row
