"""What is typed on the pages of the links, and the words for what links are and do."""

import json
from typing import Any

import yaml
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ombud.connect.bridge import queries
from ombud.connect.bridge.models import Link
from ombud.conversation.templatetags import wording

MODES = {
    "both": gettext_lazy("reads and sends"),
    "read_only": gettext_lazy("only reads"),
    "off": gettext_lazy("off"),
}
MEANINGS = {"both": "fixed", "read_only": "booked", "off": "ended"}
FIELDS = {
    "service": gettext_lazy("service"),
    "status": gettext_lazy("status and outcome"),
    "sentence": gettext_lazy("sentence of the closing"),
    "unit": gettext_lazy("crew or unit"),
    "priority": gettext_lazy("priority"),
    "schedule": gettext_lazy("booked time"),
    "requested_at": gettext_lazy("when it was asked"),
    "closed_at": gettext_lazy("when it was closed"),
    "point": gettext_lazy("point"),
    "address": gettext_lazy("address"),
    "description": gettext_lazy("description"),
}


def field_words(name: str) -> str:
    """Return a field of the mapping in words."""
    if name.startswith("answers."):
        return _("answer to %(code)s") % {"code": name.removeprefix("answers.")}
    return str(FIELDS.get(name, name))


def word_shown(field: str, word: str) -> str:
    """Return a word of ours as people read it."""
    if field == "status":
        status, _colon, outcome = word.partition(":")
        return ": ".join(filter(None, (wording.status_words(status), wording.outcome_words(outcome))))
    return wording.priority_words(word) if field == "priority" else word


def _code(attrs: dict[str, str] | None = None, rows: int = 6) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "dir": "ltr", "class": "code", **(attrs or {})})


class LinkForm(forms.Form):
    """How a link is reached."""

    use_required_attribute = False
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    connector = forms.ChoiceField(label=gettext_lazy("Kind of system"))
    settings = forms.CharField(
        label=gettext_lazy("Settings"),
        required=False,
        widget=_code(),
        help_text=gettext_lazy("One a line, such as “url: https://crm.example/api”."),
    )
    secrets = forms.CharField(
        label=gettext_lazy("Secrets"),
        required=False,
        widget=_code(rows=3),
        help_text=gettext_lazy(
            "What the connector calls it, and the variable in which the operator keeps it; never the secret itself."
        ),
    )
    every_seconds = forms.IntegerField(label=gettext_lazy("Look every so many seconds"), initial=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["connector"].choices = [(kind, kind) for kind in queries.kinds()]  # type: ignore[attr-defined]

    def clean_settings(self) -> dict[str, Any]:
        """Return the settings by their names."""
        return self._pairs("settings")

    def clean_secrets(self) -> dict[str, str]:
        """Return the names of the variables."""
        return {name: str(value) for name, value in self._pairs("secrets").items()}

    def _pairs(self, field: str) -> dict[str, Any]:
        try:
            told = yaml.safe_load(self.cleaned_data[field] or "{}")
            json.dumps(told)
        except (yaml.YAMLError, TypeError):
            told = None
        if not isinstance(told, dict) or not all(isinstance(name, str) for name in told):
            raise forms.ValidationError(_("Write one name and value a line, with a colon between."))
        return told


def begun_with(link: Link | None) -> LinkForm:
    """Return the form of a link as it is."""
    if link is None:
        return LinkForm()
    return LinkForm(
        initial={
            "name": link.name,
            "connector": link.connector,
            "settings": _lines(link.settings),
            "secrets": _lines(link.secrets),
            "every_seconds": link.every_seconds,
        }
    )


def _lines(pairs: dict[str, Any]) -> str:
    return yaml.safe_dump(pairs, allow_unicode=True, sort_keys=False, width=1000) if pairs else ""


class MappingForm(forms.Form):
    """The mapping as YAML."""

    use_required_attribute = False
    text = forms.CharField(label=gettext_lazy("Mapping"), max_length=200_000, strip=False, widget=_code(rows=28))
    reason = forms.CharField(label=gettext_lazy("Why it changes"), required=False, max_length=300)
    seen = forms.IntegerField(required=False, min_value=0, max_value=10**6, widget=forms.HiddenInput)
