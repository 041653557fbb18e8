"""
The typed tree: what a query means over the columns of one data set.

Every node knows its kind. `digits` says how much of a number is exact: 17 for what lies in the record as it is, 15
after arithmetic, 10 for statistics and what comes from sines and powers; numbers are written with so many at most.
`length` is how long a text can get, with columns taken to have `TEXT_TAKEN` characters.
"""

from dataclasses import dataclass, field
from datetime import datetime

from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.soql.faults import too_complex
from ombud.opendata.soql.shapes import Shape

TEXT_TAKEN = 200
TEXT_AT_MOST = 10_240
WEIGHT_AT_MOST = 5_000
AS_STORED, AFTER_ARITHMETIC, ROUGH = 17, 15, 10

Value = str | int | float | bool | datetime | Shape | None


@dataclass(frozen=True, slots=True)
class Const:
    """
    A value that was written.

    `loose` is a text in quotes that may still turn out to be a number, a time or a place; a null has no kind until
    it stands beside something that has.
    """

    kind: Kind | None
    value: Value
    loose: bool = False
    at: int = field(default=0, compare=False, repr=False)

    weight = 1
    digits = AS_STORED
    is_aggregate = False

    @property
    def length(self) -> int:
        """How long it is as a text."""
        return len(self.value) if isinstance(self.value, str) else 40


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the data set, or of the stage before: `stored` names it, twice for the two halves of a point."""

    kind: Kind
    stored: tuple[str, ...]
    name: str = field(compare=False, repr=False)
    digits: int = AS_STORED
    length: int = TEXT_TAKEN
    at: int = field(default=0, compare=False, repr=False)

    weight = 1
    is_aggregate = False


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or operator of the allow-list, applied to what it takes."""

    op: str
    args: tuple["Node", ...]
    kind: Kind
    digits: int = AS_STORED
    length: int = 40
    aggregates: bool = False
    distinct: bool = False
    only_where: "Node | None" = None
    at: int = field(default=0, compare=False, repr=False)
    weight: int = field(init=False, compare=False, repr=False)
    is_aggregate: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Add up what it holds, and refuse what aliases of aliases have made too large."""
        inner = self.args if self.only_where is None else (*self.args, self.only_where)
        weight = 1 + sum(one.weight for one in inner)
        if weight > WEIGHT_AT_MOST:
            raise too_complex(f"An expression has {WEIGHT_AT_MOST:,} parts at most, aliases spelled out.", at=self.at)
        if self.kind is Kind.TEXT and self.length > TEXT_AT_MOST:
            raise too_complex(
                f"A text may be built up to {TEXT_AT_MOST:,} characters; this can get longer.", at=self.at
            )
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "is_aggregate", self.aggregates or any(one.is_aggregate for one in inner))


Node = Const | Field | Apply


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the answer: the name it goes by there, and what it is made of."""

    name: str
    node: Node
    kind: Kind

    @property
    def digits(self) -> int:
        """How many digits of a number are exact."""
        return self.node.digits


@dataclass(frozen=True, slots=True)
class By:
    """What a stage is ordered by."""

    node: Node
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """
    One step of a query, whole: what is left out in the text is filled in.

    `order` is total: the row id, or the group keys, come last. `search` holds the words that every row must have.
    """

    outputs: tuple[Output, ...]
    where: Node | None
    group: tuple[Node, ...]
    having: Node | None
    order: tuple[By, ...]
    search: tuple[str, ...]
    searched: tuple[Field, ...]
    limit: int | None
    offset: int
    distinct: bool
    is_grouped: bool
    # Whether each of its rows is still one of the data set, with its id.
    keeps_row: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A query that can be run: its stages, the columns it is about, and whether it asks for the present time."""

    stages: tuple[Stage, ...]
    columns: tuple[Column, ...]
    needs_now: bool = False

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The columns of the answer."""
        return self.stages[-1].outputs

    @property
    def normal_form(self) -> str:
        """The same text for the same question, however it was written down."""
        return repr(self.stages)
