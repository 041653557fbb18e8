"""A rule as a form: what was typed, as plain data of a rule, and back. Whether it is a rule, its own rules decide."""

from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Kind
from ombud.conversation.templatetags import wording
from ombud.kernel.texts import cleaned
from ombud.people import queries as people
from ombud.places import assets
from ombud.places import queries as places
from ombud.triage.routing.rules.rule import CURRENT
from ombud.web.desk.filters import CHANNELS, PRIORITIES
from ombud.web.desk.triage.rule_words import units, weekdays

Raw = dict[str, Any]
YES, NO = "yes", "no"


class RuleForm(forms.Form):
    """One rule: when, and what then."""

    use_required_attribute = False
    seen = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)
    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services"), required=False, widget=forms.CheckboxSelectMultiple
    )
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("All services of a shelf"), required=False, widget=forms.CheckboxSelectMultiple
    )
    criticality = forms.CharField(
        label=gettext_lazy("Criticality"),
        help_text=gettext_lazy("Codes with commas: C1, C2."),
        required=False,
        max_length=200,
    )
    answers = forms.CharField(
        label=gettext_lazy("Answers"),
        help_text=gettext_lazy(
            "A line for each question: its code, a colon, the answers with commas. size: large, huge"
        ),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
    )
    old_areas = forms.CharField(
        label=gettext_lazy("Areas of a former vintage"),
        help_text=gettext_lazy("A line for each layer: council_district@2012: 1, 2"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
    )
    asset_layer = forms.ChoiceField(label=gettext_lazy("Kind of asset"), required=False)
    owners = forms.CharField(
        label=gettext_lazy("Owner of the asset"),
        help_text=gettext_lazy("Codes of agencies or outside bodies, with commas."),
        required=False,
        max_length=400,
    )
    attributes = forms.CharField(
        label=gettext_lazy("Attributes of the asset"),
        help_text=gettext_lazy("A line for each: its name, a colon, the values with commas. status: Alive, Stump"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("How it came"), required=False, widget=forms.CheckboxSelectMultiple
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Day of the week"), required=False, widget=forms.CheckboxSelectMultiple
    )
    hours_from = forms.CharField(
        label=gettext_lazy("Time of day, from"), required=False, max_length=8, widget=forms.TextInput({"type": "time"})
    )
    hours_to = forms.CharField(
        label=gettext_lazy("Time of day, to"), required=False, max_length=8, widget=forms.TextInput({"type": "time"})
    )
    season_from = forms.CharField(
        label=gettext_lazy("Season, from"),
        help_text=gettext_lazy("Month-day, such as 10-15."),
        required=False,
        max_length=5,
    )
    season_to = forms.CharField(
        label=gettext_lazy("Season, to"), help_text=gettext_lazy("That day included."), required=False, max_length=5
    )
    danger = forms.ChoiceField(label=gettext_lazy("Words of danger"), required=False)
    where = forms.ChoiceField(label=gettext_lazy("Goes to"), required=False)
    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), required=False)
    target_value = forms.CharField(label=gettext_lazy("Target"), required=False, max_length=8)
    target_unit = forms.ChoiceField(label=gettext_lazy("Target in"), required=False)
    off = forms.BooleanField(label=gettext_lazy("Switched off"), required=False)

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.city = city
        for code in city.languages:
            called = translation.get_language_info(code)["name_local"]
            self.fields[f"title.{code}"] = forms.CharField(
                label=f"{_('Title')} ({called})", required=False, max_length=120, widget=forms.TextInput({"lang": code})
            )
        self.layers = [layer.code for layer in places.layers(city.id)]
        for layer in places.layers(city.id):
            language = translation.get_language() or city.default_language
            areas = places.atlas(city.id).layer(layer.code)
            named = [(a.code, places.area_label(layer, a.name, language)) for a, _shape in areas]
            self.fields[f"area.{layer.code}"] = forms.MultipleChoiceField(
                label=str(layer.name.get(language) or layer.code),
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=self._with_lost(f"area.{layer.code}", sorted(named, key=lambda p: (len(p[1]), p[1]))),
            )
        for name, choices in self._choices().items():
            self.fields[name].choices = self._with_lost(name, choices)  # type: ignore[attr-defined]

    def _choices(self) -> dict[str, list[tuple[str, str]]]:
        city = self.city
        services = [(c, city.text(s.name)) for c, s in city.services.items() if s.kind is not Kind.HAND_OFF]
        wheres = [("", _("Not said: the catalogue, or a later rule"))]
        for agency in city.agencies():
            wheres.append((agency.code, agency.name))
            wheres += [(f"{agency.code}|{unit}", f"{agency.short_name}: {name}") for unit, name in agency.units]
        return {
            "services": sorted(services, key=lambda pair: pair[1]),
            "groups": [(group.code, city.text(group.name)) for group in city.groups],
            "asset_layer": [("", _("Any, or none")), *((code, code) for code in assets.asset_layers(city.id))],
            "channels": [(code, str(wording.CHANNELS[code])) for code in CHANNELS],
            "weekdays": list(weekdays().items()),
            "danger": [("", _("Does not matter")), (YES, _("There are some")), (NO, _("There are none"))],
            "where": wheres,
            "person": [("", _("Nobody in particular")), *((email, email) for email in sorted(people.workers(city.id)))],
            "priority": [("", _("Not said")), *((code, str(wording.PRIORITIES[code])) for code in PRIORITIES)],
            "target_unit": list(units().items()),
        }

    def _with_lost(self, name: str, choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the choices, of many those first that are chosen; what is there no longer may still be chosen."""
        kept = self.initial.get(name, ())
        chosen = [kept] if isinstance(kept, str) else list(kept)
        known = {code for code, _words in choices}
        every = [*choices, *((code, code) for code in chosen if code not in known)]
        # Nobody should look through a hundred boxes for the one that is ticked.
        return sorted(every, key=lambda pair: pair[0] not in chosen) if isinstance(kept, (list, tuple)) else every

    @property
    def titles(self) -> list[forms.BoundField]:
        """What it is called, in each language."""
        return [self[f"title.{code}"] for code in self.city.languages]

    @property
    def narrowed(self) -> list[dict[str, Any]]:
        """The lists to choose from, each open where something is chosen."""
        names = ["services", "groups", *(f"area.{layer}" for layer in self.layers), "channels", "weekdays"]
        return [{"bound": self[name], "chosen": self[name].value() or []} for name in names]

    def told(self, code: str) -> Raw:
        """Return what was filled in as plain data of a rule."""
        data = self.cleaned_data
        agency, _sep, unit = data["where"].partition("|")
        when: Raw = {
            "services": data["services"],
            "groups": data["groups"],
            "criticality": _words(data["criticality"]),
            "answers": lines_of(data["answers"]),
            "areas": [
                {"layer": layer, "codes": data[f"area.{layer}"]} for layer in self.layers if data[f"area.{layer}"]
            ]
            + _old_areas(data["old_areas"]),
            "channels": data["channels"],
            "weekdays": data["weekdays"],
        }
        asset = {
            "layer": data["asset_layer"],
            "owners": _words(data["owners"]),
            "attributes": lines_of(data["attributes"]),
        }
        if any(asset.values()):
            when["asset"] = {name: value for name, value in asset.items() if value}
        for name in ("hours", "season"):
            if data[f"{name}_from"] or data[f"{name}_to"]:
                when[name] = {"from": cleaned(data[f"{name}_from"])[:5], "to": cleaned(data[f"{name}_to"])[:5]}
        if data["danger"]:
            when["danger"] = data["danger"] == YES
        then: Raw = {"agency": agency, "unit": unit, "person": data["person"], "priority": data["priority"]}
        if value := cleaned(data["target_value"]).replace(",", "."):
            then["target"] = {"value": value, "unit": data["target_unit"]}
        titles = {lang: cleaned(data[f"title.{lang}"]) for lang in self.city.languages}
        return {
            "code": code,
            "title": {lang: words for lang, words in titles.items() if words},
            "when": {name: value for name, value in when.items() if value not in ([], {}, "")},
            "then": {name: value for name, value in then.items() if value},
            **({"off": True} if data["off"] else {}),
        }


def begin(raw: Raw, *, seen: int, layers: set[str]) -> Raw:
    """Return a rule as the form's first values."""
    when, then = raw.get("when", {}), raw.get("then", {})
    asset = when.get("asset") or {}
    current = [a for a in when.get("areas", ()) if a.get("vintage", CURRENT) == CURRENT and a["layer"] in layers]
    others = [a for a in when.get("areas", ()) if a not in current]
    danger = when.get("danger")
    agency, unit = then.get("agency", ""), then.get("unit", "")
    return {
        "seen": seen,
        **{f"title.{lang}": words for lang, words in raw.get("title", {}).items()},
        **{f"area.{area['layer']}": list(area["codes"]) for area in current},
        "services": when.get("services", []),
        "groups": when.get("groups", []),
        "criticality": ", ".join(when.get("criticality", ())),
        "answers": _as_lines(when.get("answers", {})),
        "old_areas": "\n".join(f"{a['layer']}@{a.get('vintage', CURRENT)}: {', '.join(a['codes'])}" for a in others),
        "asset_layer": asset.get("layer", ""),
        "owners": ", ".join(asset.get("owners", ())),
        "attributes": _as_lines(asset.get("attributes", {})),
        "channels": when.get("channels", []),
        "weekdays": when.get("weekdays", []),
        **{
            f"{name}_{end}": (when.get(name) or {}).get(end, "")
            for name in ("hours", "season")
            for end in ("from", "to")
        },
        "danger": "" if danger is None else YES if danger else NO,
        "where": f"{agency}|{unit}" if unit else agency,
        "person": then.get("person", ""),
        "priority": then.get("priority", ""),
        "target_value": f"{then['target']['value']:g}" if then.get("target") else "",
        "target_unit": (then.get("target") or {}).get("unit", "working_days"),
        "off": raw.get("off", False),
    }


def _words(typed: str) -> list[str]:
    return [word for part in typed.split(",") if (word := cleaned(part))]


def lines_of(typed: str) -> dict[str, list[str]]:
    """Return lines of a code, a colon and words with commas."""
    pairs = (line.partition(":") for line in typed.splitlines() if line.strip())
    return {cleaned(name): _words(values) for name, _sep, values in pairs}


def _as_lines(pairs: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {', '.join(values)}" for name, values in pairs.items())


def _old_areas(typed: str) -> list[Raw]:
    found = []
    for name, codes in lines_of(typed).items():
        layer, _sep, vintage = name.partition("@")
        found.append({"layer": layer, "codes": codes, "vintage": vintage or CURRENT})
    return found
