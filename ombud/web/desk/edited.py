"""
What administrators edit in place, in one form each: outside bodies and prepared texts.

Nothing is kept before it is whole; who changed what, and why, stays below the form.
"""

from dataclasses import dataclass
from itertools import count
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.commands import Edit
from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput, OmbudError
from ombud.kernel.texts import cleaned
from ombud.people import queries as people
from ombud.web.desk.editor import code_from
from ombud.web.desk.entry import own_account
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on


@dataclass(frozen=True, slots=True)
class Text:
    """A field that is written in each of the city's languages."""

    name: str
    label: Any
    long: bool = False
    help: Any = ""


class EditedForm(forms.Form):
    """One row as a form: its texts in each language, its plain fields, and why it changes."""

    use_required_attribute = False
    texts: tuple[Text, ...] = ()
    seen = forms.IntegerField(required=False, min_value=0, max_value=10**6, widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Why it changes"), required=False, max_length=300)

    def __init__(self, *args: Any, city: City, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.city = city
        plain = [name for name in self.fields if name not in ("seen", "reason")]
        for text in self.texts:
            for code in city.languages:
                self.fields[f"{text.name}.{code}"] = _field_of(text, code)
        self.order_fields([*(n for n in self.fields if "." in n), *plain, "reason", "seen"])

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields before the reason."""
        return [bound for bound in self.visible_fields() if bound.name != "reason"]

    def raw(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Return what was typed; words in languages that the city has no longer stay as they were."""
        told = {name: value for name, value in self.cleaned_data.items() if "." not in name}
        for text in self.texts:
            others = {k: v for k, v in (kept.get(text.name) or {}).items() if k not in self.city.languages}
            told[text.name] = others | {
                code: self.cleaned_data.get(f"{text.name}.{code}", "") for code in self.city.languages
            }
        return told


def _field_of(text: Text, language: str) -> forms.CharField:
    attrs = {"lang": language, "dir": "auto", **({"rows": 4} if text.long else {})}
    called = translation.get_language_info(language)["name_local"]
    return forms.CharField(
        label=f"{text.label} ({called})",
        help_text=text.help,
        # Asked for by the rules, with everything else that is wrong.
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs=attrs) if text.long else forms.TextInput(attrs=attrs),
    )


def begin_with(form: type[EditedForm], row: Model | None, *, city: City, version: int) -> EditedForm:
    """Return the form of a row as it is kept; an empty one for a new row."""
    initial: dict[str, Any] = {"seen": version}
    for name in (f.name for f in row._meta.get_fields()) if row else ():
        value = getattr(row, name)
        if isinstance(value, dict):
            initial |= {f"{name}.{code}": words for code, words in value.items()}
        else:
            initial[name] = value
    return form(city=city, initial=initial)


def edit_of(request: CityRequest, form: EditedForm, *, new: bool) -> Edit:
    """Return who changes it, when and why. Raises BadInput where something that was there changes without a reason."""
    reason = cleaned(form.cleaned_data["reason"])
    if not new and not reason:
        raise BadInput(N_("Say why it changes: those who come after will ask."), field="reason")
    return Edit(clock.now(), own_account(request), reason, form.cleaned_data["seen"])


def refuse(request: CityRequest, form: EditedForm, refusal: OmbudError, *, version: int) -> None:
    """Write on the form what is wrong. Sent once more it is about the version that is there now."""
    put_on(form, refusal)
    again = request.POST.copy()
    again["seen"] = str(version)
    form.data = again


def version_of(city: City, kind: str, code: str) -> int:
    """Return how often a row was changed."""
    found = catalog.changes_of(city.id, kind, code)
    return found[0].version if found else 0


def free_code(name: str, taken: set[str]) -> str:
    """Return a code made of a name that no other row has, whatever its case."""
    base = code_from(name)[:36] or "NEW"
    others = {code.upper() for code in taken}
    return next(code for n in count(1) if (code := base if n == 1 else f"{base}-{n}") not in others)


def page(request: CityRequest, template: str, form: EditedForm, *, kind: str, code: str, **more: Any) -> HttpResponse:
    """Draw the form with what was changed before below it."""
    labels = {name: str(field.label) for name, field in form.fields.items()}
    context = {
        **rail(request, None, now=clock.now()),
        "form": form,
        "code": code,
        "changes": changes(request.city, kind, code, labels) if code else [],
        **more,
    }
    return render(request, template, context, status=422 if form.errors else 200)


def changes(city: City, kind: str, code: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Return who changed a row, when, why, and each field with its words before and after; newest first."""
    found = catalog.changes_of(city.id, kind, code)
    names = people.names_of(change.by_id for change in found)
    before = [*(flat(change.content) for change in found[1:]), {}]
    return [
        {
            "n": change.version,
            "at": change.at,
            "who": names.get(change.by_id or 0, _("loaded from a file")),
            "why": change.reason,
            "parts": _parts(earlier, flat(change.content), labels) if earlier else [],
        }
        for change, earlier in zip(found, before, strict=True)
    ]


def flat(content: dict[str, Any]) -> dict[str, str]:
    """Return each field with its words, texts by language as `name.en`."""
    told: dict[str, str] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            told |= {f"{name}.{code}": str(words) for code, words in value.items()}
        else:
            told[name] = {True: _("yes"), False: _("no")}[value] if isinstance(value, bool) else str(value)
    return told


def _parts(before: dict[str, str], after: dict[str, str], labels: dict[str, str]) -> list[dict[str, str]]:
    named = {"active": _("Offered"), **labels}
    return [
        {"label": named.get(name, name), "before": before.get(name, ""), "after": after.get(name, "")}
        for name in {**before, **after}
        if before.get(name, "") != after.get(name, "")
    ]


def kept(request: CityRequest, where: str, code: str, *, changed: bool, words: str = "") -> HttpResponse:
    """Say that it is kept, or that nothing was different, and go back to its page."""
    if changed:
        messages.success(request, words or _("It is kept, and counts from now on."))
    else:
        messages.info(request, _("Nothing is different, so nothing was changed."))
    return redirect(where, code)
