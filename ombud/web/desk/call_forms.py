"""The forms of who answers: a request taken down for somebody, a contact that needed none."""

from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.conversation.templatetags import wording
from ombud.kernel.texts import cleaned
from ombud.places import assets
from ombud.triage.routing import serving
from ombud.web import storming
from ombud.web.desk.forms import WANTED
from ombud.web.resident.forms import QuestionsForm

CONTACT_CHANNELS = ("phone", "counter", "email", "letter", "social", "council_office", "other")


def language_choices(city: City) -> list[tuple[str, str]]:
    """Return the city's languages by their own names."""
    return [(code, translation.get_language_info(code)["name_local"]) for code in city.languages]


def wrap_up_choices() -> list[tuple[str, str]]:
    """Return how a contact may end."""
    return [(code, str(words)) for code, words in wording.WRAP_UPS.items()]


def channel_choices() -> list[tuple[str, str]]:
    """Return the ways people reach the city's staff."""
    return [(code, str(wording.CHANNELS[code])) for code in CONTACT_CHANNELS]


class ContactForm(forms.Form):
    """A contact that needed no request."""

    use_required_attribute = False
    wrap_up = forms.ChoiceField(label=gettext_lazy("How it ended"), widget=forms.RadioSelect)
    topic = forms.CharField(label=gettext_lazy("What it was about"), required=False, max_length=200)
    channel = forms.ChoiceField(label=gettext_lazy("How they reached us"))
    language = forms.ChoiceField(label=gettext_lazy("Language"))

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, city)
        self.fields["wrap_up"].choices = [c for c in wrap_up_choices() if c[0] != "request_made"]  # type: ignore[attr-defined]
        self.fields["wrap_up"].error_messages["required"] = str(WANTED["wrap_up"])


class CallForm(QuestionsForm):
    """A request taken down for somebody: the service's questions, where, who, and how the contact came."""

    use_required_attribute = False

    def __init__(self, *args: Any, city: City, service: ServiceDefinition, **kwargs: Any) -> None:
        # Where somebody calls from is not known yet: short only where the storm is over the whole city.
        short = storming.short_form(city, service, None)
        super().__init__(*args, city=city, service=service, short=short, **kwargs)
        if service.place != "none":
            self.fields["place"] = forms.CharField(
                label=_("Address, crossing or landmark"), required=False, max_length=200
            )
            self.fields["place_note"] = forms.CharField(label=_("How to find it"), required=False, max_length=300)
            for hidden in ("lon", "lat"):
                self.fields[hidden] = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
        self._ask_what_is_there(city, service)
        self.fields["name"] = forms.CharField(label=_("Name"), required=False, max_length=200)
        self.fields["phone"] = forms.CharField(label=_("Telephone"), required=False, max_length=60)
        self.fields["email"] = forms.CharField(label=_("E-mail"), required=False, max_length=300)
        for name in ("language", "channel"):
            self.fields[name] = forms.ChoiceField(
                label=_("Language") if name == "language" else _("How they reached us")
            )
        self.fields["topic"] = forms.CharField(label=_("Word for the contact log"), required=False, max_length=200)
        self.fields["client_id"] = forms.UUIDField(required=False, widget=forms.HiddenInput)
        _choose(self, city)

    def _ask_what_is_there(self, city: City, service: ServiceDefinition) -> None:
        """Ask for the asset, the kind of building and the day, where the service is about them."""
        self.asset_layer = service.asset_layer
        if service.asset_layer in assets.asset_layers(city.id):
            self.fields["asset"] = forms.CharField(
                label=_("Its number, if they can read it"), required=False, max_length=60
            )
        scheme = serving.scheme_of(city.id, service.served_by.scheme) if service.served_by else None
        if scheme is None or service.served_by is None:
            return
        kinds = [(kind.code, city.text(kind.label)) for kind in scheme.kinds]
        self.fields["kind"] = forms.ChoiceField(
            label=_("What stands there?"), required=False, choices=[("", _("Not told")), *kinds]
        )
        if service.served_by.appointment and scheme.appointments:
            self.fields["day"] = forms.DateField(
                label=_("Day of the pick-up"),
                help_text=_("Where it is not free, the days that are free are told."),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )

    @property
    def there(self) -> list[forms.BoundField]:
        """What is there, and when to come."""
        return self.group("asset", "kind", "day")

    def wishes(self) -> dict[str, Any]:
        """Return what is there and the day, as a submission takes them."""
        number = cleaned(self.cleaned_data.get("asset") or "")
        return {
            "asset": f"{self.asset_layer}:{number}" if number else "",
            "kind": self.cleaned_data.get("kind") or "",
            "on": self.cleaned_data.get("day"),
        }

    def group(self, *names: str) -> list[forms.BoundField]:
        """Return some of the fields, those that this service has."""
        return [self[name] for name in names if name in self.fields]

    @property
    def questions(self) -> list[forms.BoundField]:
        """The service's own questions."""
        return [self[name] for name in self.own]

    @property
    def about(self) -> list[forms.BoundField]:
        """The story and photos."""
        return self.group("description", "photos")

    @property
    def who(self) -> list[forms.BoundField]:
        """Who asks."""
        return self.group("name", "phone", "email", "language")

    @property
    def contact(self) -> list[forms.BoundField]:
        """How the contact came."""
        return self.group("channel", "topic")


def _choose(form: forms.Form, city: City) -> None:
    form.fields["channel"].choices = channel_choices()  # type: ignore[attr-defined]
    form.fields["language"].choices = language_choices(city)  # type: ignore[attr-defined]
