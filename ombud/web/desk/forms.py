"""The forms of what staff do to a request. Whether it may be done is decided by the command, not here."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ombud.service_requests.commands.act import TEXT_LIMIT
from ombud.web.desk.holding import Held


class ActionForm(forms.Form):
    """Holds the version that the person saw, so that nobody is overwritten unseen."""

    use_required_attribute = False
    seen = forms.IntegerField(required=False, min_value=1, max_value=10**9, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: dict[str, list[tuple[str, str]]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offered in (choices or {}).items():
            if isinstance(found := self.fields.get(name), forms.ChoiceField):
                found.choices = offered
        for name, field in self.fields.items():
            field.error_messages["required"] = str(WANTED.get(name, _("Fill this in.")))

    def told(self) -> dict[str, Any]:
        """Return what was filled in, for the command."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


WANTED = {
    "text": _("Write this first."),
    "outcome": _("Choose what the outcome was."),
    "agency": _("Choose an agency."),
    "reason": _("Choose why."),
    "address": _("Write where it is."),
    "service": _("Choose a service."),
    "priority": _("Choose a priority."),
    "finding": _("Say what was found."),
    "number": _("Write the number of the other request."),
    "programme": _("Choose a programme."),
    "until": _("Choose a day."),
    "wrap_up": _("Choose how the contact ended."),
    "name": _("Write a name."),
    "email": _("Write a mail address."),
    "role": _("Choose a role."),
}


def words(label: Any, *, needed: bool = True, rows: int = 4, help: Any = "") -> forms.CharField:
    """Return a field for some sentences."""
    return forms.CharField(
        label=label,
        required=needed,
        help_text=help,
        max_length=TEXT_LIMIT * 2,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class JustDo(ActionForm):
    """Nothing to fill in."""


class ReplyForm(ActionForm):
    """A message to the resident; sent only after it was looked at once more."""

    text = words(_("Message"), rows=5)
    question = forms.BooleanField(
        label=_("It is a question: wait for the answer"),
        required=False,
    )


class ReplyToAllForm(ActionForm):
    """One message to everybody who reported the same thing; sent only after it was seen whom it reaches."""

    text = words(_("Message"), rows=5, help=_("One or two plain sentences that are true of each of them."))


class NoteForm(ActionForm):
    """A private note."""

    text = words(_("Private note"))


class AssignForm(ActionForm):
    """Who works on it."""

    assignee = forms.ChoiceField(label=_("Who works on it"), required=False)
    unit = forms.ChoiceField(label=_("Crew or unit"), required=False)


class ScheduleForm(ActionForm):
    """A booked time, in the city's own time."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def window(self) -> tuple[datetime, datetime]:
        """Return the booked time as two instants."""
        day: date = self.cleaned_data["day"]
        starts: time = self.cleaned_data["starts"]
        ends: time = self.cleaned_data["ends"]
        zone = timezone.get_current_timezone()
        return datetime.combine(day, starts, tzinfo=zone), datetime.combine(day, ends, tzinfo=zone)


class InspectForm(ActionForm):
    """What somebody found who went to look."""

    finding = forms.ChoiceField(
        label=_("What was found"),
        widget=forms.RadioSelect,
        choices=[
            ("confirmed", _("It is as reported")),
            ("not_found", _("Nothing was found")),
            ("no_access", _("There was no way in")),
        ],
    )
    text = words(_("More about it"), needed=False)


class PriorityForm(ActionForm):
    """How urgent it is, and why."""

    priority = forms.ChoiceField(label=_("Priority"), widget=forms.RadioSelect)
    text = words(_("Why"), rows=2)


class ServiceForm(ActionForm):
    """What kind of request it really is."""

    service = forms.ChoiceField(label=_("Service"))
    text = words(_("Why"), needed=False, rows=2)


class TransferForm(ActionForm):
    """Whose it is, and why."""

    agency = forms.ChoiceField(label=_("Agency"))
    text = words(_("Why"), rows=2, help=_("The resident is told that it moved. The clock goes on."))


class SendBackForm(ActionForm):
    """Why it came to the wrong place."""

    reason = forms.ChoiceField(label=_("Why it goes back"), widget=forms.RadioSelect)
    text = words(_("More about it"), rows=2, help=_("Only staff read this. The clock of the resident goes on."))


class CorrectPlaceForm(ActionForm):
    """Where it really is."""

    address = forms.CharField(label=_("Address or crossing"), max_length=200)
    point = forms.CharField(
        label=_("Or the point itself"),
        help_text=_("Latitude and longitude, such as 34.0522, -118.2437."),
        required=False,
        max_length=60,
    )
    text = words(_("Why"), needed=False, rows=2)


class ListForm(ActionForm):
    """A programme's waiting list."""

    programme = forms.ChoiceField(label=_("Programme"))
    position = forms.IntegerField(
        label=_("Place on the list, or its year"), required=False, min_value=1, max_value=999_999
    )
    text = words(_("What this means for the resident"))


class PauseForm(ActionForm):
    """Why the clock stands still, and how long at most."""

    reason = forms.ChoiceField(label=_("What we wait for"))
    until = forms.DateField(
        label=_("Until, at the latest"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    text = words(_("What we tell the resident"), rows=2)

    def end(self) -> datetime:
        """Return the end of the day that was chosen, in the city's own time."""
        day: date = self.cleaned_data["until"]
        return datetime.combine(day, time(23, 59), tzinfo=timezone.get_current_timezone())


class MergeForm(ActionForm):
    """Another report of the same thing."""

    number = forms.CharField(label=_("Number of the other request"), max_length=60)


class CloseForm(ActionForm):
    """The end: what came of it, in plain words, with a photo where the service asks for one."""

    held = Held()

    outcome = forms.ChoiceField(label=_("What came of it"), widget=forms.RadioSelect)
    referred_to = forms.ChoiceField(label=_("Handed over to"), required=False)
    duplicate_of = forms.CharField(label=_("It repeats request number"), required=False, max_length=60)
    text = words(
        _("What we tell the resident"),
        help=_("One or two plain sentences: what was done, or why not, and what they can do next."),
    )
    photo = forms.FileField(
        label=_("Photo of the finished work"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )
    whole_incident = forms.ChoiceField(
        label=_("Which reports"), required=False, widget=forms.RadioSelect, initial="yes"
    )


class ReopenForm(ActionForm):
    """Why it is not over."""

    text = words(_("What is still wrong"))


class BulkForm(forms.Form):
    """One thing done to many requests. Which fields count depends on the thing."""

    use_required_attribute = False
    agency = forms.ChoiceField(label=_("Agency"), required=False)
    assignee = forms.ChoiceField(label=_("Who"), required=False)
    unit = forms.ChoiceField(label=_("Crew or unit"), required=False)
    outcome = forms.ChoiceField(label=_("What came of it"), required=False, widget=forms.RadioSelect)
    referred_to = forms.ChoiceField(label=_("Handed over to"), required=False)
    text = words(_("Message"), needed=False)
    whole_incident = forms.BooleanField(
        label=_("With all other reports of the same things"), required=False, initial=True
    )

    def __init__(
        self, *args: Any, choices: dict[str, list[tuple[str, str]]], fields: tuple[str, ...], **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        for name in set(self.fields) - set(fields):
            del self.fields[name]
        for name, offered in choices.items():
            if isinstance(found := self.fields.get(name), forms.ChoiceField):
                found.choices = offered
