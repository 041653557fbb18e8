"""
What the bridge needs of another system. A connector fills these; nothing here knows which one.

Values go in the other system's own words both ways: the mapping translates, the connector only transports.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ombud.kernel.errors import OmbudError

Values = Mapping[str, str]
# What a system needs to go on where it stopped: plain JSON, empty before the first time.
Cursor = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said about a record. `ref` is the far side's own for it, or ours where we send it."""

    ref: str
    text: str
    at: datetime
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FarRecord:
    """
    A record as the other system has it now.

    `changed_at` is by its clock, aware; None where it keeps none. `own_ref` is the reference that we gave when we
    made it there. `gone`: it was deleted there, and `values` may be empty.
    """

    far_id: str
    values: Values = field(default_factory=dict)
    changed_at: datetime | None = None
    own_ref: str = ""
    remarks: tuple[Remark, ...] = ()
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, and the cursor that is kept with them in one transaction. Records may come twice."""

    records: Sequence[FarRecord]
    cursor: Cursor


class FarDown(OmbudError):
    """It does not answer, is too slow, or asks to wait: the same may go through later."""

    def __init__(self, msgid: str, *, wait_seconds: float | None = None, **params: object) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(msgid, **params)


class FarNonsense(FarDown):
    """It answers what cannot be read (HTML, half a file, the page it gave before): nothing of it is believed."""


class FarRefused(OmbudError):
    """It understood and said no: trying the same again is no use, a person must look."""


class FarSystem(Protocol):
    """
    A connection to another system. Every call may raise FarDown or FarNonsense; each has its time-out.

    `can` holds what it is able to do besides being read: "create", "update", "say", "find"; "repeat" where `create`
    may be called again with the same reference, and answers with the record that is there. Whoever can set some
    columns only names them in `settable`; what is not among them is sent when a record is made, and never again.
    """

    can: frozenset[str]

    def changes(self, cursor: Cursor) -> Iterator[Page]:
        """Yield what changed since the cursor, oldest change first; the first time everything, history included."""

    def everything(self) -> Iterator[Page]:
        """Yield every record there is, to compare both sides."""

    def look(self, far_id: str) -> FarRecord | None:
        """Return a record as it is now, or None where there is none."""

    def find(self, own_ref: str) -> FarRecord | None:
        """Return the record that was made with our reference, if it arrived: asked before a create is tried again."""

    def create(self, own_ref: str, values: Values) -> FarRecord:
        """Make a record there. Raises FarRefused."""

    def update(self, far_id: str, values: Values) -> None:
        """Set values of a record; the same again changes nothing. Raises FarRefused."""

    def say(self, far_id: str, remark: Remark) -> None:
        """Add a remark; one with a `ref` that it has is not added again. Raises FarRefused."""

    def close(self) -> None:
        """Let go of connections."""
