"""What an old file holds: its columns under their own names, and how its values are written."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, StringConstraints, ValidationError, model_validator

from ombud.catalog.rules.definition import Code, Part, Texts
from ombud.kernel import yaml_files
from ombud.kernel.errors import N_, BadInput
from ombud.opendata.rules.columns import Column, Kind

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
_READABLE = {Kind.TEXT, Kind.NUMBER, Kind.CALENDAR_DATE, Kind.CHECKBOX, Kind.POINT}
_TRUE, _FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}


class ArchiveColumn(Part):
    """A column that is published. Columns of the file that are not named here are left out."""

    name: Name
    kind: Kind = Kind.TEXT
    title: str = ""
    meaning: str = ""
    # Other headings under which it stands in files of other years.
    also: tuple[str, ...] = ()
    parts: tuple[Name, Name] | None = None
    # Free text: personal data in it is masked.
    masked: bool = False

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.kind not in _READABLE:
            raise ValueError(f"{self.name}: a file cannot hold a {self.kind}")
        if (self.kind is Kind.POINT) != (self.parts is not None):
            raise ValueError(f"{self.name}: a point names its two parts, longitude first, and nothing else does")
        return self


class Schema(Part):
    """An archive: its columns, which of them is the key, and which tells the month."""

    code: Code
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{4}-[a-z0-9]{4}$")] | None = None
    title: Texts
    about: Texts
    row: Texts
    source: str
    licence: str
    row_id: Name
    month: Name
    formats: tuple[str, ...] = ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
    # What stands for nothing.
    empty: tuple[str, ...] = ()
    columns: tuple[ArchiveColumn, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        kinds = {column.name: column.kind for column in self.columns}
        if len(kinds) != len(self.columns):
            raise ValueError("two columns share a name")
        if self.row_id not in kinds or kinds.get(self.month) is not Kind.CALENDAR_DATE:
            raise ValueError("row_id must name a column, and month one that is a calendar_date")
        for column in self.columns:
            if any(kinds.get(part) is not Kind.NUMBER for part in column.parts or ()):
                raise ValueError(f"{column.name}: its parts must be numbers")
        return self

    def as_columns(self) -> tuple[Column, ...]:
        """Return the columns as the public record has them."""
        return tuple(
            Column(column.name, column.kind, column.title or column.name, column.meaning, parts=column.parts)
            for column in self.columns
        )


def shipped(code: str) -> Path:
    """Return the file of a schema that comes with Ombud. Raises BadInput, naming those there are."""
    found = {path.stem: path for path in sorted((Path(__file__).parent / "schemas").glob("*.yaml"))}
    if code not in found:
        raise BadInput(N_("There is no schema “%(code)s”; there are: %(known)s."), code=code, known=", ".join(found))
    return found[code]


def read_schema(path: Path) -> Schema:
    """Return the schema that a YAML file describes. Raises BadInput."""
    try:
        return Schema.model_validate(yaml_files.read(path))
    except (ValidationError, yaml.YAMLError, OSError) as wrong:
        raise BadInput(N_("%(file)s: %(what)s"), file=path.name, what=_first(wrong)) from wrong


def _first(wrong: Exception) -> str:
    if isinstance(wrong, ValidationError):
        first = wrong.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(wrong)


def heading_as_name(heading: str) -> str:
    """Return the name that a heading of a file stands for: `X Coordinate (State Plane)` is x_coordinate_state_plane."""
    name = re.sub(r"[^a-z0-9]+", "_", heading.lower().lstrip("\ufeff"))
    return name if heading.startswith("_") else name.strip("_")


def readers(schema: Schema) -> Mapping[str, Callable[[str], Any]]:
    """Return how the text of each column is read; a reader raises ValueError for what it cannot read."""
    reading: dict[Kind, Callable[[str], Any]] = {
        Kind.TEXT: str,
        Kind.NUMBER: _number,
        Kind.CHECKBOX: _truth,
        Kind.CALENDAR_DATE: lambda text: _moment(text, schema.formats),
    }
    return {column.name: reading[column.kind] for column in schema.columns if column.kind is not Kind.POINT}


def _number(text: str) -> float:
    number = float(text.replace(",", ""))
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(text)


def _moment(text: str, formats: Sequence[str]) -> datetime:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  the city's time, without a zone
        except ValueError:
            continue
    raise ValueError(text)
