"""Alerts: what runs late or is dangerous, who was told, and who has said that they know."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from ombud.kernel import clock
from ombud.people.rules.permissions import Verb
from ombud.triage.clocks import commands, queries
from ombud.triage.clocks.queries import Standing
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest

SAID = {
    "called": gettext_lazy("written to"),
    "trying": gettext_lazy("a letter is being sent"),
    "unclear": gettext_lazy("nobody knows whether the letter went out; it is not sent again"),
    "sent": gettext_lazy("the letter went out"),
    "failed": gettext_lazy("the letter did not go out; it is tried again"),
    "acknowledged": gettext_lazy("knows"),
    "nobody": gettext_lazy("there is nobody to tell"),
    "everybody": gettext_lazy("everybody on the roster was called; the administrators are told"),
}


@require_safe
@staff_page(Verb.WORK)
def alerts(request: CityRequest) -> HttpResponse:
    """List the alerts, those that nobody has answered first."""
    city = request.city
    plan = queries.plan_of(city.id)
    lines = [
        {
            "alert": one.alert,
            "number": one.request.number,
            "service": city.text(city.service(one.request.service_code).name),
            "agency": city.agency(one.request.agency).short_name,
            "why": _why(one),
            "is_open": one.is_open,
            "log": [{"at": told.entry.at, "name": told.name, "said": SAID[told.entry.what]} for told in one.log],
        }
        for one in queries.standing(city.id)
    ]
    context = {"lines": lines, "has_plan": queries.has_plan(city.id), "plan": plan}
    return render(request, "desk/alerts.html", {**rail(request, None, now=clock.now()), **context})


def _why(one: Standing) -> str:
    if one.alert.kind == "danger":
        return _("Danger, and nobody was at work")
    return _("%(share)d %% of its time has gone by") % {"share": round(100 * (one.alert.share or 0))}


@require_POST
@staff_page(Verb.WORK)
def known(request: CityRequest, alert_id: int) -> HttpResponse:
    """Write down that whoever is signed in knows."""
    commands.acknowledge(
        jurisdiction_id=request.city.id, alert_id=alert_id, account_id=own_account(request), at=clock.now()
    )
    messages.success(request, _("It is written down that you know."))
    return redirect("desk_alerts")
