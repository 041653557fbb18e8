"""Refusals in the reader's language, and onto the fields of a form."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext

from ombud.kernel.errors import BadInput, OmbudError, Several, Word


def said(refusal: OmbudError) -> str:
    """Return a refusal's sentence in the reader's language."""
    words = gettext(refusal.msgid)
    params = {name: gettext(value) if isinstance(value, Word) else value for name, value in refusal.params.items()}
    return words % params if params else words


def put_on(form: forms.Form, refusal: OmbudError) -> None:
    """Write a refusal beside the field it is about, or above the form."""
    problems: Iterable[OmbudError] = refusal.problems if isinstance(refusal, Several) else [refusal]
    for problem in problems:
        field = problem.field if isinstance(problem, BadInput) else ""
        form.add_error(field if field in form.fields else None, said(problem))
