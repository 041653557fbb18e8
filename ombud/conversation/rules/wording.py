"""Prepared texts, and how a contact may end."""

import re
from collections.abc import Mapping
from enum import StrEnum

from ombud.kernel.errors import N_, BadInput

_FIELD = re.compile(r"\(\(\s*([a-z_ ]+?)\s*\)\)")


class WrapUp(StrEnum):
    """How a contact ended: each one ends with exactly one of these."""

    REQUEST_MADE = "request_made"
    INFORMATION_GIVEN = "information_given"
    STATUS_GIVEN = "status_given"
    TRANSFERRED = "transferred"
    COULD_NOT_HELP = "could_not_help"
    ESCALATED = "escalated"
    WRONG_NUMBER = "wrong_number"
    HANG_UP = "hang_up"


def filled(template: str, fields: Mapping[str, str]) -> str:
    """
    Return a prepared text with its ((fields)) filled.

    Raises BadInput for a field that is not known or empty: half a sentence is not sent to anybody.
    """
    missing = [name for name in _FIELD.findall(template) if not fields.get(name.replace(" ", "_"))]
    if missing:
        raise BadInput(N_("This text needs %(fields)s, which is not known here."), fields=", ".join(missing))
    return _FIELD.sub(lambda found: fields[found.group(1).replace(" ", "_")], template)


def read_wrap_up(word: str) -> WrapUp:
    """Return the wrap-up code. Raises BadInput."""
    try:
        return WrapUp(word)
    except ValueError:
        raise BadInput(N_("Choose how the contact ended."), field="wrap_up") from None
