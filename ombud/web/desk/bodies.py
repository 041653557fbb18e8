"""The outside bodies that residents are led to: how they are called, how to reach them, what they do."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ombud.catalog import commands as catalog
from ombud.catalog import queries
from ombud.catalog.rules.edited import Body, read_body
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.people.rules.permissions import Verb
from ombud.web.desk import edited
from ombud.web.desk.edited import EditedForm, Text
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import said

KIND = "outside_body"


class BodyForm(EditedForm):
    """An outside body."""

    texts = (
        Text("name", gettext_lazy("Name")),
        Text("what", gettext_lazy("What they take care of"), long=True),
        Text("next", gettext_lazy("What people do next"), long=True),
    )
    phone = forms.CharField(label=gettext_lazy("Telephone"), required=False, max_length=200)
    url = forms.CharField(label=gettext_lazy("Web address"), required=False, max_length=500)


@require_safe
@staff_page(Verb.EDIT_CATALOGUE)
def bodies(request: CityRequest) -> HttpResponse:
    """List the outside bodies, retired ones too."""
    city = request.city
    lines = [
        {
            "code": body.code,
            "name": city.text(body.name),
            "phone": body.phone,
            "what": city.text(body.what),
            "active": body.active,
        }
        for body in queries.outside_bodies(city.id)
    ]
    return render(request, "desk/bodies.html", {**rail(request, None, now=clock.now()), "lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.EDIT_CATALOGUE)
def body(request: CityRequest, code: str = "") -> HttpResponse:
    """Edit an outside body, or add one."""
    city = request.city
    row = _row(city.id, code) if code else None
    version = edited.version_of(city, KIND, code)
    if request.method != "POST":
        form = edited.begin_with(BodyForm, row, city=city, version=version)
    else:
        form = BodyForm(request.POST, city=city)
        if form.is_valid():
            try:
                told = read_body(form.raw(_texts(row)), language=city.default_language)
                return _keep(request, form, told, row)
            except OmbudError as refused:
                edited.refuse(request, form, refused, version=version)
    more = {"name": city.text(row.name) if row else "", "active": row.active if row else True}
    return edited.page(request, "desk/body.html", form, kind=KIND, code=code, **more)


def _keep(request: CityRequest, form: EditedForm, told: Body, row: Any) -> HttpResponse:
    city = request.city
    taken = {body.code for body in queries.outside_bodies(city.id)}
    code = row.code if row else edited.free_code(city.text(told.name), taken)
    changed = catalog.save_body(
        jurisdiction_id=city.id,
        code=code,
        body=told,
        edit=edited.edit_of(request, form, new=row is None),
        active=row.active if row else True,
    )
    return edited.kept(request, "desk_body", code, changed=changed)


@require_POST
@staff_page(Verb.EDIT_CATALOGUE)
def offer(request: CityRequest, code: str) -> HttpResponse:
    """Retire an outside body, or bring it back. Requests handed over to it keep its name."""
    city = request.city
    row = _row(city.id, code)
    active = request.POST.get("active") == "yes"
    told = Body(row.name, row.phone, row.url, row.what, row.next)
    try:
        catalog.save_body(
            jurisdiction_id=city.id,
            code=row.code,
            body=told,
            edit=catalog.Edit(clock.now(), own_account(request), _("brought back") if active else _("retired")),
            active=active,
        )
    except OmbudError as refused:
        messages.error(request, said(refused))
    else:
        messages.success(
            request,
            _("It may be chosen again.") if active else _("It is retired. What was handed over to it keeps its name."),
        )
    return redirect("desk_body", row.code)


def _row(city_id: str, code: str) -> Any:
    row = next((body for body in queries.outside_bodies(city_id) if body.code == code), None)
    if row is None:
        raise NotFound(N_("There is no outside body “%(code)s” here."), code=code[:40])
    return row


def _texts(row: Any) -> dict[str, Any]:
    return {"name": row.name, "what": row.what, "next": row.next} if row else {}
