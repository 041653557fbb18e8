"""What would happen to a report of this here? Both lists of rules asked, each rule with what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Kind
from ombud.conversation.templatetags import wording
from ombud.intake import commands as intake
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, OmbudError
from ombud.kernel.geo import LonLat
from ombud.kernel.numbers import read_number
from ombud.kernel.texts import cleaned
from ombud.people.rules.permissions import Verb
from ombud.places import queries as places
from ombud.service_requests import past
from ombud.service_requests import queries as requests
from ombud.service_requests.ports import Routable
from ombud.triage.routing import live, queries, replaying
from ombud.triage.routing.rules.engine import Decision, Step
from ombud.triage.routing.rules.rule import AnyRule
from ombud.triage.routing.words import fault_words, reason_words
from ombud.web.desk.entry import staff_page
from ombud.web.desk.filters import CHANNELS
from ombud.web.desk.queue import rail
from ombud.web.desk.triage import rule_words
from ombud.web.desk.triage.rule_form import lines_of
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on


class TryForm(forms.Form):
    """A report that nobody made."""

    use_required_attribute = False
    number = forms.CharField(
        label=gettext_lazy("A request that there is"),
        help_text=gettext_lazy("Its number; then nothing else is asked."),
        required=False,
        max_length=60,
    )
    service = forms.ChoiceField(label=gettext_lazy("Service"), required=False)
    place = forms.CharField(
        label=gettext_lazy("Where"),
        help_text=gettext_lazy("An address or crossing, or latitude and longitude with a comma."),
        required=False,
        max_length=200,
    )
    answers = forms.CharField(
        label=gettext_lazy("Answers"),
        help_text=gettext_lazy("A line for each question: its code, a colon, the answers with commas."),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )
    channel = forms.ChoiceField(label=gettext_lazy("How it came"), required=False)
    when = forms.DateTimeField(
        label=gettext_lazy("When"), required=False, widget=forms.DateTimeInput({"type": "datetime-local"})
    )
    asset = forms.CharField(
        label=gettext_lazy("Asset"),
        help_text=gettext_lazy("Layer and code: lights:4711"),
        required=False,
        max_length=100,
    )
    danger = forms.BooleanField(label=gettext_lazy("With words of danger"), required=False)

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = [(c, city.text(s.name)) for c, s in city.services.items() if s.kind is not Kind.HAND_OFF]
        self.fields["service"].choices = [("", _("Choose a service")), *sorted(services, key=lambda p: p[1])]  # type: ignore[attr-defined]
        self.fields["channel"].choices = [(c, str(wording.CHANNELS[c])) for c in CHANNELS]  # type: ignore[attr-defined]


@require_safe
@staff_page(Verb.SEE_ROUTING)
def page(request: CityRequest) -> HttpResponse:
    """Ask the rules about a report, one that is there or one that is made up."""
    city = request.city
    form = TryForm(request.GET or None, city=city)
    outcome: dict[str, Any] = {}
    if request.GET and form.is_valid():
        try:
            outcome = _tried(city, form.cleaned_data)
        except OmbudError as refused:
            put_on(form, refused)
    context = {**rail(request, None, now=clock.now()), "form": form, **outcome}
    return render(request, "desk/routing_try.html", context, status=422 if form.errors else 200)


def _tried(city: City, told: dict[str, Any]) -> dict[str, Any]:
    if typed := told["number"].strip():
        row = requests.by_number(city.id, read_number(typed, prefix=city.number_prefix) or typed)
        new = replaying.routable(city, past.of([row])[0])
        said = row.number
    else:
        new, said = _made_up(city, told), ""
    if new is None:
        return {}
    kept = live.current(city)
    edited = queries.edited(city.id)
    asked = [(_("By the rules that count"), kept.rules)]
    if edited.is_draft:
        asked.insert(0, (_("By the draft"), edited.rules))
    return {
        "tried": said or city.text(new.service.name),
        "is_request": bool(said),
        "results": [{"title": title, **_answer(city, rules, new)} for title, rules in asked],
    }


def _made_up(city: City, told: dict[str, Any]) -> Routable:
    if not told["service"]:
        raise BadInput(N_("Choose a service."), field="service")
    service = city.service(told["service"])
    located = _located(city, cleaned(told["place"]))
    place, problems = intake.place_of(city, service, located)
    if problems and not located.is_empty:
        raise BadInput(problems[0].msgid, field="place", **problems[0].params)
    answers = [{"code": code, "value": values} for code, values in lines_of(told["answers"]).items()]
    at: datetime = told["when"] or clock.now()
    at = at if timezone.is_aware(at) else timezone.make_aware(at, city.zone)
    asset, danger = cleaned(told["asset"]), told["danger"]
    return intake.routable(service, told["channel"] or "web", at, answers, place, asset=asset, danger=danger)


def _located(city: City, typed: str) -> Located:
    lat, _sep, lon = typed.partition(",")
    if point := LonLat.read(lon.strip(), lat.strip()):
        return Located(method="pin", point=point)
    found = places.find_addresses(city.id, typed) if typed else []
    if typed and not found:
        raise BadInput(N_("We do not know this address. Write the point instead."), field="place")
    return Located(method="address", point=found[0].point, address=found[0].label) if found else Located()


def _answer(city: City, rules: Sequence[AnyRule], new: Routable) -> dict[str, Any]:
    kept = live.Kept.of(0, rules)
    decision = live.Ground.of(city, kept).decide(kept, new, live.looked_up(city.id, kept, new))
    titles = {rule.code: rule_words.title_of(city, rule) for rule in rules}
    return {"outcome": _outcome(city, decision, titles), "steps": [_step(step, titles) for step in decision.steps]}


def _outcome(city: City, decision: Decision, titles: dict[str, str]) -> list[dict[str, str]]:
    answers = {
        "where": rule_words.where_words(city, decision.agency, decision.unit, decision.person),
        "priority": str(wording.priority_words(decision.priority)),
        "target": rule_words.target_words(
            replaying.worded(decision, next(a for a in decision.by if a.value == "target"))
        ),
    }
    by = {aspect.value: titles.get(code, code) for aspect, code in decision.by.items()}
    return [
        {"about": words, "answer": answers[aspect], "by": by[aspect] or _("the catalogue")}
        for aspect, words in rule_words.aspects().items()
    ]


def _step(step: Step, titles: dict[str, str]) -> dict[str, Any]:
    if step.failure:
        words, meaning = fault_words(step.failure.fault, step.failure.what), "late"
    elif step.because:
        words, meaning = reason_words(step.because), "ended"
    elif step.decides:
        said = rule_words.several(rule_words.aspects()[aspect.value] for aspect in sorted(step.decides))
        words, meaning = _("fits, and decides %(what)s") % {"what": said}, "fixed"
    else:
        words, meaning = _("fits, but all it says was said before"), "waiting"
    return {"title": titles.get(step.rule, step.rule), "code": step.rule, "words": words, "meaning": meaning}
