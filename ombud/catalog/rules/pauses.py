"""
Why the city's clock may stand still, and for how long at most.

These few serve any city; it can name others, or other limits, under `pauses` of its file.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError

from ombud.catalog.rules.definition import Code, Part
from ombud.kernel.errors import N_, BadInput


class PauseReason(Part):
    """A reason. `days` is the longest that the clock may stand still for it in the life of a request."""

    code: Code
    days: int = Field(ge=1, le=730)
    # What the city calls it; the reasons below are named by the pages, in every language.
    name: dict[str, str] = {}
    # It ends by itself when the reporter answers.
    answer_ends: bool = False


WAITING_FOR_ANSWER = "resident"
DEFAULT = (
    PauseReason(code=WAITING_FOR_ANSWER, days=14, answer_ends=True),
    PauseReason(code="owner", days=30),
    PauseReason(code="permit", days=60),
    PauseReason(code="weather", days=14),
    PauseReason(code="parts", days=60),
)


def read_reasons(told: Sequence[Mapping[str, Any]] | None) -> tuple[PauseReason, ...]:
    """Return the reasons of a city: what its file says, or those of any city. Raises BadInput."""
    if told is None:
        return DEFAULT
    try:
        reasons = tuple(PauseReason.model_validate(reason) for reason in told)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise BadInput(
            N_("pauses: %(where)s: %(what)s"), where=".".join(map(str, first["loc"])), what=first["msg"]
        ) from wrong
    known = {reason.code for reason in DEFAULT}
    for reason in reasons:
        if not reason.name and reason.code not in known:
            raise BadInput(N_("pauses: %(code)s needs a name"), code=reason.code)
    if len({reason.code for reason in reasons}) < len(reasons):
        raise BadInput(N_("pauses: two reasons share a code"))
    return reasons
