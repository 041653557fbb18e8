"""Storm mode: one switch for the whole city, what it says, who switched it, and the storms there were."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.service_requests.models import Storm
from ombud.service_requests.storms import commands, queries
from ombud.service_requests.storms.rules.plan import StormPlan, kept_order, read_plan
from ombud.service_requests.storms.rules.terms import WHY_LIMIT, WORDS_LIMIT, Terms
from ombud.web.desk import filters
from ombud.web.desk.entry import staff_page
from ombud.web.desk.queue import areas_of, rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on

DONE = {
    "began": gettext_lazy("switched on"),
    "prolonged": gettext_lazy("prolonged"),
    "ended": gettext_lazy("switched off"),
    "ran_out": gettext_lazy("its time was over"),
}


class StormForm(forms.Form):
    """What happened, in each language of the city; over what and where; for how long, and why."""

    use_required_attribute = False
    hours = forms.IntegerField(
        label=gettext_lazy("Hours, at most"),
        help_text=gettext_lazy("Then it ends by itself. You can end it before, or let it last longer."),
    )
    why = forms.CharField(label=gettext_lazy("Why it is switched on"), max_length=WHY_LIMIT)

    def __init__(self, *args: Any, city: City, plan: StormPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.city = city
        for code in city.languages:
            self.fields[f"words_{code}"] = forms.CharField(
                label=_("What we tell people: %(language)s")
                % {"language": translation.get_language_info(code)["name_local"]},
                help_text=_("What happened, and what people can expect. One or two plain sentences."),
                required=code == city.default_language,
                max_length=WORDS_LIMIT,
                widget=forms.Textarea({"rows": 3, "lang": code}),
                initial=plan.words.get(code, ""),
            )
        self.fields["areas"] = _many(_("Areas"), [pair for _group, pairs in areas_of(city) for pair in pairs])
        self.fields["services"] = _many(_("Services"), _services(city))
        self.fields["services"].initial = list(plan.services)
        self.fields["hours"].initial = plan.hours
        for field in self.fields.values():
            field.error_messages["required"] = _("This is needed.")

    @property
    def words(self) -> list[forms.BoundField]:
        """The words, one field a language."""
        return [self[f"words_{code}"] for code in self.city.languages]

    @property
    def shelves(self) -> list[dict[str, Any]]:
        """The services by group, each with how many of it are ticked."""
        chosen = set(self["services"].value() or ())
        found = []
        for group in self.city.groups:
            boxes = [(code, name) for code, name in _services(self.city) if self.city.service(code).group == group.code]
            ticked = [(code, name, code in chosen) for code, name in boxes]
            n = sum(on for *_, on in ticked)
            found.append({"name": self.city.text(group.name), "boxes": ticked, "n": n})
        return [shelf for shelf in found if shelf["boxes"]]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The areas by layer, each with how many of it are ticked."""
        chosen = set(self["areas"].value() or ())
        return [
            {"name": name, "boxes": [(t, n, t in chosen) for t, n in pairs], "n": sum(t in chosen for t, _n in pairs)}
            for name, pairs in areas_of(self.city)
        ]

    def terms(self) -> Terms:
        """Return what was said; call it on a valid form."""
        told: Mapping[str, Any] = self.cleaned_data
        return Terms(
            words={code: told[f"words_{code}"] for code in self.city.languages},
            services=told["services"],
            areas=told["areas"],
            hours=told["hours"],
            why=told["why"],
        )


class ChangeForm(forms.Form):
    """Why a storm that is on is ended, or lasts longer."""

    use_required_attribute = False
    why = forms.CharField(label=gettext_lazy("Why"), max_length=WHY_LIMIT)


class LongerForm(ChangeForm):
    """For how long it lasts from now on."""

    hours = forms.IntegerField(label=gettext_lazy("Hours from now on"))
    field_order = ("hours", "why")


def _many(label: str, choices: list[tuple[str, str]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple)


def _services(city: City) -> list[tuple[str, str]]:
    return [(s.code, city.text(s.name)) for s in city.offered() if s.kind.value != "handoff"]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page()
def page(request: CityRequest) -> HttpResponse:
    """Show whether a storm is on, and the switch; those who may not switch see the same without it."""
    city = request.city
    plan = read_plan(city.settings)
    form = StormForm(request.POST or None, city=city, plan=plan)
    if request.method == "POST":
        _require(request)
        if form.is_valid():
            try:
                commands.begin(jurisdiction_id=city.id, terms=form.terms(), actor=request.actor, at=clock.now())
            except OmbudError as refused:
                put_on(form, refused)
            else:
                messages.success(request, _("Storm mode is on. Residents see it from now on."))
                return redirect("desk_storm")
    return _drawn(request, form=form, plan=plan)


@require_POST
@staff_page(Verb.SWITCH_STORM)
def end(request: CityRequest, storm_id: int) -> HttpResponse:
    """Switch it off."""
    form = ChangeForm(request.POST, auto_id="end_%s")
    if form.is_valid():
        try:
            commands.end(
                jurisdiction_id=request.city.id,
                storm_id=storm_id,
                why=form.cleaned_data["why"],
                actor=request.actor,
                at=clock.now(),
            )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("Storm mode is off. The dates are counted again, and residents are told."))
            return redirect("desk_storm")
    return _drawn(request, end_form=form)


@require_POST
@staff_page(Verb.SWITCH_STORM)
def longer(request: CityRequest, storm_id: int) -> HttpResponse:
    """Let it last longer, or shorter."""
    form = LongerForm(request.POST, auto_id="longer_%s")
    if form.is_valid():
        try:
            commands.prolong(
                jurisdiction_id=request.city.id,
                storm_id=storm_id,
                **form.cleaned_data,
                actor=request.actor,
                at=clock.now(),
            )
        except OmbudError as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("The end is moved."))
            return redirect("desk_storm")
    return _drawn(request, longer_form=form)


def _require(request: CityRequest) -> None:
    request.actor.require(Verb.SWITCH_STORM, agency="")


def _drawn(
    request: CityRequest,
    *,
    form: StormForm | None = None,
    plan: StormPlan | None = None,
    end_form: forms.Form | None = None,
    longer_form: forms.Form | None = None,
) -> HttpResponse:
    city, now = request.city, clock.now()
    plan = plan or read_plan(city.settings)
    on = queries.current(city, now)
    there_were = queries.storms(city.id)
    log = _log(city, there_were)
    context = {
        **rail(request, None, now=now),
        "on": _shown(city, on) if on else None,
        "may_switch": request.actor.may(Verb.SWITCH_STORM),
        "form": form or StormForm(city=city, plan=plan),
        "end_form": end_form or ChangeForm(auto_id="end_%s"),
        "longer_form": longer_form or LongerForm(auto_id="longer_%s", initial={"hours": plan.hours}),
        "order": [city.text(line.title) for line in (kept_order(on.order) if on else plan.order)],
        "earlier": [{**_shown(city, storm), "log": log.get(storm.pk, [])} for storm in there_were if storm != on],
        "log": log.get(on.pk, []) if on else [],
    }
    refused = any(shown is not None and shown.errors for shown in (form, end_form, longer_form))
    return render(request, "desk/storm.html", context, status=422 if refused else 200)


def _shown(city: City, storm: Storm) -> dict[str, Any]:
    """Return a storm in words."""
    names = {tag: name for _layer, pairs in areas_of(city) for tag, name in pairs}
    n = queries.reports(city.id, storm.pk)
    return {
        "storm": storm,
        "words": city.text(storm.words),
        "services": [city.text(city.services[c].name) if c in city.services else c for c in storm.services],
        "areas": [names.get(tag, tag) for tag in storm.areas],
        "n": n,
        "reports": ngettext("%(n)d report", "%(n)d reports", n) % {"n": n},
        "queue": filters.Chosen(view="open", storm=str(storm.pk)).address(),
    }


def _log(city: City, storms: list[Storm]) -> dict[int, list[dict[str, Any]]]:
    entries = queries.entries(city.id, [storm.pk for storm in storms])
    names = people.names_of(entry.by_id for entry in entries)
    found: dict[int, list[dict[str, Any]]] = {}
    for entry in entries:
        line = {"entry": entry, "what": DONE[entry.what], "who": names.get(entry.by_id or 0, "")}
        found.setdefault(entry.storm_id, []).append(line)
    return found
