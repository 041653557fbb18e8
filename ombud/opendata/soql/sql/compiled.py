"""SQL that is ready to run, and what its answer looks like."""

from dataclasses import dataclass
from datetime import datetime

from ombud.opendata.soql.shapes import Shape
from ombud.opendata.soql.tree import Output

Bound = str | int | float | bool | datetime | None


class Unsupported(Exception):
    """This engine cannot do what the query asks; another one can."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """
    A statement with the values to bind, by name.

    A column of the answer lies in one column of the result, a point in two, longitude first, in the order of
    `outputs`; instants come as UTC without a zone. `shapes` are functions that the engine has to offer for the
    length of the run: by name, whether a point (or another shape, as WKB) touches the shape. No more than `at_most`
    rows come, where that is known.
    """

    sql: str
    bound: dict[str, Bound]
    outputs: tuple[Output, ...]
    shapes: dict[str, Shape]
    at_most: int | None = None
