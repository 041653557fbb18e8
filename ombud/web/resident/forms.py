"""The forms of a report. They carry what was typed; the rules that judge it are the catalogue's and intake's."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ombud.catalog.city import City
from ombud.catalog.rules.definition import Question, ServiceDefinition


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files, as a list; what they are is decided by their content, elsewhere."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the list of files."""
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(ManyFilesField, self).clean(one, initial) for one in files if one]


class PlaceForm(forms.Form):
    """Where."""

    address = forms.CharField(label=_("Address, crossing or landmark"), required=False, max_length=200)
    place_note = forms.CharField(
        label=_("How to find it"),
        help_text=_("For example: behind the bus stop, north side."),
        required=False,
        max_length=300,
    )
    lon = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    lat = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    accuracy_m = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    method = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)


class ContactForm(forms.Form):
    """Who, as far as the service needs it."""

    name = forms.CharField(
        label=_("Your name"), required=False, max_length=200, widget=forms.TextInput({"autocomplete": "name"})
    )
    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        max_length=300,
        widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email"}),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )

    def __init__(self, *args: Any, service: ServiceDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "email", "phone"):
            self.fields[name].required = name in service.contact
            self.fields[name].error_messages["required"] = _("This service needs it.")


class QuestionsForm(forms.Form):
    """The service's own questions, the description, and photos."""

    description = forms.CharField(
        label=_("Tell us more"),
        help_text=_("Please leave out names and telephone numbers of other people."),
        required=False,
        max_length=8000,
        widget=forms.Textarea({"rows": 4}),
    )
    photos = ManyFilesField(
        label=_("Photos"),
        required=False,
        widget=ManyFilesInput({"accept": "image/*,.heic,.heif", "multiple": True}),
    )

    def __init__(
        self, *args: Any, city: City, service: ServiceDefinition, short: Collection[str] | None = None, **kwargs: Any
    ) -> None:
        """Make the form; with `short` only the questions named there, and photos only where one is needed."""
        super().__init__(*args, **kwargs)
        asked = [q for q in service.questions if q.type != "file" and (short is None or q.code in short)]
        own = {f"q.{q.code}": _field(q, city) for q in asked}
        self.own = list(own)
        has_photos = service.photo == "required" if short is not None else service.photo != "none"
        photos = {"photos": self.fields["photos"]} if has_photos else {}
        self.fields = {**own, "description": self.fields["description"], **photos}
        # The word "optional" follows what the service needs, while its rules judge what was typed.
        self.needed = {f"q.{q.code}" for q in service.questions if q.required}
        self.when = {f"q.{q.code}": q.when for q in service.questions if q.when}

    def answers(self) -> dict[str, list[str]]:
        """Return the answers by question code, as lists of raw texts."""
        sent: Any = self.data
        return {name.removeprefix("q."): list(sent.getlist(name)) for name in self.own if name in sent}


_INPUTS = {
    "number": "number",
    "date": "date",
    "time": "time",
    "datetime": "datetime-local",
    "tel": "tel",
    "email": "email",
}


def _field(question: Question, city: City) -> forms.Field:
    label, help_text = city.text(question.label), city.text(question.help) if question.help else ""
    common: dict[str, Any] = {"label": label, "help_text": help_text, "required": False}
    field: forms.Field
    match question.type:
        case "yesno":
            field = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect, **common)
        case "select" if len(question.options) <= 7:
            field = forms.ChoiceField(choices=_choices(question, city), widget=forms.RadioSelect, **common)
        case "select":
            field = forms.ChoiceField(choices=[("", _("Choose")), *_choices(question, city)], **common)
        case "multiselect":
            field = forms.MultipleChoiceField(
                choices=_choices(question, city), widget=forms.CheckboxSelectMultiple, **common
            )
        case "checkbox":
            field = forms.BooleanField(widget=forms.CheckboxInput({"value": "yes"}), **common)
        case "longtext":
            field = forms.CharField(widget=forms.Textarea({"rows": 4}), **common)
        case _:
            attrs = {"type": _INPUTS.get(question.type, "text")}
            field = forms.CharField(widget=forms.TextInput(attrs), **common)
    return field


def _choices(question: Question, city: City) -> Sequence[tuple[str, str]]:
    return [(option.code, city.text(option.label)) for option in question.options]
