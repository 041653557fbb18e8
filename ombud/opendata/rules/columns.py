"""What a column of the public record is: its name for programs, its kind, and what it means to people."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The types of SODA 2.1, under the names that its metadata gives them."""

    TEXT = "text"
    NUMBER = "number"
    # The city's local time, without a zone.
    CALENDAR_DATE = "calendar_date"
    # An instant in UTC.
    FIXED_TIMESTAMP = "fixed_timestamp"
    CHECKBOX = "checkbox"
    POINT = "point"
    MULTIPOLYGON = "multipolygon"


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of a data set.

    `name` matches `[a-z_][a-z0-9_]*`, or is a system field that begins with a colon. In files and tables a column lies
    under its name, a system field with an underscore for the colon. A point lies in the two columns that `parts` names,
    longitude first, and has none of its own; a multipolygon lies as WKB.
    """

    name: str
    kind: Kind
    title: str
    meaning: str = ""
    unit: str = ""
    # Each value that can stand here, with what it means; empty where any can.
    values: tuple[tuple[str, str], ...] = ()
    # Other names under which queries may ask for it: those of older data sets.
    aliases: tuple[str, ...] = ()
    parts: tuple[str, str] | None = None
    # Only this city has it: in PostgreSQL it is a key of the JSON column `more`; in files a column like any other.
    in_more: bool = False
    # What has changed about it, newest first: the day and what.
    history: tuple[tuple[str, str], ...] = ()

    @property
    def stored(self) -> str:
        """The name of its column in files and tables; a point has none."""
        return "_" + self.name[1:] if self.name.startswith(":") else self.name


# In which file a row lies: of each data set, and no column of any.
MONTH = "month"
SYSTEM = (
    Column(":id", Kind.TEXT, "Row id", "Stays with a row for as long as it lives, whatever else of it changes."),
    Column(":created_at", Kind.FIXED_TIMESTAMP, "Published at", "When the row was first published."),
    Column(":updated_at", Kind.FIXED_TIMESTAMP, "Changed at", "When the row was last published with another value."),
    Column(":version", Kind.NUMBER, "Version", "The publication in which the row got its present values."),
)
