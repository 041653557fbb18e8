"""What may stand where: conditions, aggregates, the names of an answer's columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.faults import DUPLICATE_ALIAS, MALFORMED, MISMATCH, NOT_GROUPED, UNGROUPED, SoqlError, shown
from ombud.opendata.soql.functions import B
from ombud.opendata.soql.literals import NAMES
from ombud.opendata.soql.scope import free
from ombud.opendata.soql.tree import By, Const, Field, Node, Output


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is selected, and what it would be called; a name that somebody chose makes way for no other."""

    name: str
    node: Node
    is_named: bool
    at: int = 0


def named_outputs(chosen: Sequence[Chosen], source: str) -> tuple[Output, ...]:
    """Return the columns of an answer, each under a name of its own. Raises SoqlError."""
    taken: set[str] = set()
    for one in chosen:
        if one.is_named:
            if one.name.lower() in taken:
                said = f"Two columns would be called {shown(one.name)}."
                raise SoqlError(DUPLICATE_ALIAS, said, at=one.at, alias=shown(one.name)).read_from(source)
            taken.add(one.name.lower())
    outputs: list[Output] = []
    for one in chosen:
        name = one.name if one.is_named else free(one.name, taken)
        taken.add(name.lower())
        outputs.append(Output(name, one.node, one.node.kind or Kind.TEXT))
    return tuple(outputs)


def true_or_false(clause: str, node: Node) -> Node:
    """Return a node that is a condition. Raises SoqlError."""
    if isinstance(node, Const) and node.kind is None:
        return Const(Kind.CHECKBOX, None, at=node.at)
    if node.kind not in B:
        kind = NAMES[node.kind] if node.kind else "null"
        said = f"{clause} takes a condition that is true or false; this is {kind}."
        raise SoqlError(MISMATCH, said, at=node.at)
    return node


def refuse_aggregates(node: Node, clause: str) -> None:
    """Refuse what looks at many rows where one is looked at. Raises SoqlError."""
    if node.is_aggregate:
        raise SoqlError(
            UNGROUPED, f"{clause} looks at single rows and cannot aggregate; use HAVING for groups.", at=node.at
        )


def refuse_ungrouped(node: Node, group: tuple[Node, ...]) -> None:
    """Refuse a column that has no one value in a group. Raises SoqlError."""
    if node in group or isinstance(node, Const):
        return
    if isinstance(node, Field):
        raise SoqlError(
            NOT_GROUPED,
            f"{shown(node.name)} is neither aggregated nor in GROUP BY.",
            at=node.at,
            column=node.name,
        )
    if not node.aggregates:
        for arg in node.args:
            refuse_ungrouped(arg, group)


def refuse_unselected(order: tuple[By, ...], outputs: tuple[Output, ...]) -> None:
    """Refuse an order by what has more than one value among equal answers. Raises SoqlError."""
    selected = {output.node for output in outputs}
    if any(by.node not in selected for by in order):
        raise SoqlError(MALFORMED, "With DISTINCT, rows can be ordered only by what is selected.")
