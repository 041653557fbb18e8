"""What the names in a query stand for: columns, system fields, aliases."""

import re
from collections.abc import Sequence

from ombud.opendata.rules.columns import SYSTEM, Column, Kind
from ombud.opendata.soql.tree import Field, Output

ROW = Field(Kind.TEXT, ("_id",), ":id")


class Scope:
    """The columns that a stage can name, in order; names are case-blind."""

    def __init__(self, fields: Sequence[Field], *, system: Sequence[Field] = (), row: Field | None = None) -> None:
        self.fields = tuple(fields)
        self.system = tuple(system)
        # What tells one row from another; a grouped stage has no such thing.
        self.row = row
        self._by_name = {field.name.lower(): field for field in (*fields, *system)}
        if row:
            self._by_name.setdefault(row.name, row)

    @classmethod
    def of_data(cls, columns: Sequence[Column]) -> "Scope":
        """Return the scope of a data set. A column answers under the name that it is asked for by."""
        own = [_field(one, one.name) for one in columns if not one.name.startswith(":")]
        present = {one.name for one in columns}
        system = [_field(one, one.name) for one in SYSTEM if one.name in present or not present & _SYSTEM_NAMES]
        scope = cls(own, system=system, row=ROW)
        for column in columns:
            for alias in column.aliases:
                scope._by_name.setdefault(alias.lower(), _field(column, alias.lower()))
        return scope

    @classmethod
    def of_outputs(cls, outputs: Sequence[Output], *, has_rows: bool) -> "Scope":
        """Return the scope of the stage after one."""
        fields = [
            Field(
                output.kind,
                output_names(place, output.kind),
                output.name,
                digits=output.digits,
                length=output.node.length,
            )
            for place, output in enumerate(outputs)
        ]
        return cls(fields, row=ROW if has_rows else None)

    def find(self, name: str) -> Field | None:
        """Return the column of a name."""
        return self._by_name.get(name.lower())

    @property
    def names(self) -> list[str]:
        """All names there are."""
        return list(self._by_name)


_SYSTEM_NAMES = {column.name for column in SYSTEM}


def output_names(place: int, kind: Kind) -> tuple[str, ...]:
    """Return the inner names of a column of an answer: numbered, so that nothing a stranger wrote is one."""
    return (f"c{place}_lon", f"c{place}_lat") if kind is Kind.POINT else (f"c{place}",)


def _field(column: Column, name: str) -> Field:
    return Field(column.kind, column.parts or (column.stored,), name)


def named_after(words: Sequence[str]) -> str:
    """Return the name of an expression without one: its words, joined."""
    clean = [re.sub(r"[^a-z0-9_]+", "_", word.lower()).strip("_") for word in words]
    name = "_".join(word for word in clean if word)[:100].rstrip("_")
    if not name:
        return "expression"
    return f"_{name}" if name[0].isdigit() else name


def free(name: str, taken: set[str]) -> str:
    """Return the name, with a number added if it is taken."""
    if name.lower() not in taken:
        return name
    return next(f"{name}_{n}" for n in range(1, len(taken) + 2) if f"{name}_{n}".lower() not in taken)
