"""What goes wrong with routing: rules that fail, and rules whose requests come back."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ombud.kernel import clock
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.service_requests import queries as requests
from ombud.triage.routing import commands, queries
from ombud.triage.routing.words import fault_words
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import rail
from ombud.web.desk.triage.rule_words import title_of
from ombud.web.middleware import CityRequest

DAYS = 92


@require_safe
@staff_page(Verb.SEE_ROUTING)
def alarms(request: CityRequest) -> HttpResponse:
    """Show the rules that could not be followed, and what lies in the triage queue because of them."""
    city = request.city
    listed = queries.alarms(city.id)
    numbers = requests.numbers_of(city.id, {i for one in listed for i in one["request_ids"]})
    names = people.names_of(one["alarm"].seen_by_id for one in listed)
    titles = _titles(request)
    lines = [
        {
            **one,
            "title": titles.get(one["alarm"].rule, one["alarm"].rule) or _("The catalogue itself"),
            "is_there": one["alarm"].rule in titles,
            "why": fault_words(one["alarm"].fault, one["alarm"].what),
            "examples": [numbers[i] for i in one["request_ids"] if i in numbers],
            "seen_by": names.get(one["alarm"].seen_by_id or 0, ""),
        }
        for one in listed
    ]
    return render(request, "desk/routing_alarms.html", {**rail(request, None, now=clock.now()), "lines": lines})


def _titles(request: CityRequest) -> dict[str, str]:
    edited = queries.edited(request.city.id)
    return {rule.code: title_of(request.city, rule) for rule in edited.rules}


@require_POST
@staff_page(Verb.SEE_ROUTING)
def seen(request: CityRequest, alarm_id: int) -> HttpResponse:
    """Write down that somebody has seen to an alarm."""
    commands.see_alarm(jurisdiction_id=request.city.id, alarm_id=alarm_id, actor=request.actor, at=clock.now())
    messages.success(request, _("It is seen to. Should the rule fail again tomorrow, it comes back."))
    return redirect("desk_routing_alarms")


@require_safe
@staff_page(Verb.SEE_ROUTING)
def bounces(request: CityRequest) -> HttpResponse:
    """Show how often what a rule sent somewhere did not stay there."""
    city = request.city
    listed = queries.bounces(city.id, since=clock.now() - timedelta(days=DAYS))
    numbers = requests.numbers_of(city.id, {i for one in listed for i in one.examples})
    titles = _titles(request)
    lines: list[dict[str, Any]] = [
        {
            "rule": one,
            "title": titles.get(one.rule, one.rule) or _("The catalogue itself"),
            "share": round(one.share * 100),
            "examples": [numbers[i] for i in one.examples if i in numbers],
        }
        for one in listed
    ]
    context = {**rail(request, None, now=clock.now()), "lines": lines, "days": DAYS}
    return render(request, "desk/routing_bounces.html", context)
