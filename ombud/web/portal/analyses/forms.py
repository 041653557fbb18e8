"""The forms of analyses. They take what is typed as it is; what is wrong with it the commands say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from ombud.opendata.rules.claims import How
from ombud.web.portal.analyses.wording import HOWS, OPINIONS


def _line(label: Any, *, required: bool = False, help_text: Any = "", most: int = 400) -> forms.CharField:
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=most)


def _lines(label: Any, rows: int, *, help_text: Any = "", most: int = 12_000) -> forms.CharField:
    widget = forms.Textarea({"rows": rows})
    return forms.CharField(label=label, required=False, help_text=help_text, max_length=most, widget=widget)


class CreditForm(forms.Form):
    """What is claimed, and who says so."""

    use_required_attribute = False
    title = _line(gettext_lazy("Title"))
    claim = _lines(gettext_lazy("What do you claim?"), 3, help_text=gettext_lazy("One or two plain sentences."))
    dataset = forms.ChoiceField()
    author = _line(gettext_lazy("Your name, as it should stand there"))
    affiliation = _line(gettext_lazy("For whom do you work?"))
    link = _line(gettext_lazy("Your own page"), help_text=gettext_lazy("It begins with https://."), most=2000)
    orcid = _line("ORCID")
    email = _line(
        gettext_lazy("Your e-mail address"), help_text=gettext_lazy("We send a link to confirm. It is never shown.")
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("It is my own work, and everybody may use it under CC BY 4.0 with my name."),
        required=False,
    )

    def __init__(self, *args: Any, datasets: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"] = forms.ChoiceField(label=gettext_lazy("Data set"), choices=datasets)


class QueryForm(CreditForm):
    """A claim that rests on a query. `seen` is what was shown of its result; see `sending`."""

    soql = _lines(gettext_lazy("The query, in SoQL"), 6)
    how = forms.ChoiceField(label=gettext_lazy("The result has to stay"), choices=[(how, HOWS[how]) for how in How])
    amount = _line(
        gettext_lazy("The percentage or the number"),
        help_text=gettext_lazy("Not needed where it has to stay exactly so."),
    )
    column = forms.CharField(required=False, max_length=100)
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    seen = forms.CharField(required=False, max_length=64)
    address = forms.CharField(required=False, max_length=8000)


class NotebookForm(CreditForm):
    """A claim that rests on a notebook, which we keep but never run."""

    notebook_link = _line(gettext_lazy("Address of the notebook"), help_text=gettext_lazy("It begins with https://."))
    notebook_hash = _line(
        gettext_lazy("Its SHA-256 or commit"),
        help_text=gettext_lazy("So that others know that they have the same one as you."),
    )
    file = forms.FileField(
        label=gettext_lazy("Its file"),
        required=False,
        help_text=gettext_lazy("An .ipynb of 2 MB at most. Others can read and download it; nobody runs it here."),
        widget=forms.FileInput({"accept": ".ipynb"}),
    )
    kept = forms.CharField(required=False, max_length=200)


class ReviewForm(forms.Form):
    """What a reviewer found, and what ties them to the author or the city."""

    use_required_attribute = False
    opinion = forms.ChoiceField(
        label=gettext_lazy("What did you find?"),
        choices=list(OPINIONS.items()),
        required=False,
        widget=forms.RadioSelect,
    )
    words = _lines(gettext_lazy("What should others know?"), 4)
    interest = _line(
        gettext_lazy("Does anything tie you to the author or the city?"),
        help_text=gettext_lazy("Such as work, money or friendship. Write “none” where nothing does."),
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("I agree that this is shown with my name and affiliation."), required=False
    )


class SayForm(forms.Form):
    """What the author of a notebook found when they ran it again."""

    use_required_attribute = False
    result = forms.ChoiceField(
        label=gettext_lazy("You have run it on the newest version. What came out?"),
        choices=[("yes", gettext_lazy("The same: it still reproduces")), ("no", gettext_lazy("Something else"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what came out.")},
    )
    words = _lines(gettext_lazy("What should others know?"), 3)
