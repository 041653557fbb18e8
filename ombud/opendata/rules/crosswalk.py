"""What services were called before, in older catalogues and archives, and which one each is counted as. Pure."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from ombud.catalog.rules.definition import Code, Part
from ombud.kernel.errors import N_, BadInput

NO_SERVICE = N_("line %(line)s: there is no service %(code)s in the catalogue.")
Text = Annotated[str, Field(min_length=1, max_length=200)]


class OldName(Part):
    """
    A name that a service went by, and how sure it is that both mean the same.

    `exact`: the same under another name. `merged`: several were told apart that are one service now. `split`: one that
    is several services now; this is the nearest. `guessed`: nobody has said so.
    """

    service_code: Code
    old_name: Text
    # Where the name stands: an archive, a catalogue, a system.
    source: Text
    # First and last day on which it was seen or held; empty where nobody knows.
    since: date | None = None
    until: date | None = None
    certainty: Literal["exact", "merged", "split", "guessed"]
    said_by: Text


_ROWS = TypeAdapter(tuple[OldName, ...])


def read_crosswalk(told: Any, *, services: Collection[str] = ()) -> tuple[OldName, ...]:
    """Return the old names that a city's file has. Raises BadInput with the line, also where `services` lack one."""
    rows = [{name: value for name, value in row.items() if value != ""} for row in told or ()]
    try:
        names = _ROWS.validate_python(rows)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        line, *where = first["loc"]
        # The first line has the names of the columns.
        place = f"line {int(line) + 2}: {'.'.join(map(str, where))}"
        raise BadInput(N_("%(where)s: %(what)s"), where=place, what=first["msg"]) from wrong
    for line, name in enumerate(names, 2):
        if services and name.service_code not in services:
            raise BadInput(NO_SERVICE, line=line, code=name.service_code)
    return names


def called(
    names: Sequence[OldName], service_codes: Collection[str], *, since: date | None, until: date | None
) -> list[OldName]:
    """Return what some services were called in a span of days, both included; open ends reach for ever."""
    return [
        name
        for name in names
        if name.service_code in service_codes
        and (until is None or name.since is None or name.since <= until)
        and (since is None or name.until is None or name.until >= since)
    ]
