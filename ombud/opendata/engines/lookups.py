"""
Statements of look-ups, written once.

A look-up is the same statement each time but for the texts it binds, and writing it, as wide as the data set, takes as
long as PostgreSQL takes to answer. So it is written about stand-ins, kept, and bound to the texts that were asked for.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from ombud.opendata.soql.sql.compile import compiled
from ombud.opendata.soql.sql.compiled import Compiled
from ombud.opendata.soql.tree import Apply, Const, Field, Node, Query

KEPT = 256
# What look-ups are made of: around these a text is bound, and changes nothing of what is written. Numbers are not kept:
# Python calls 1 and 1.0 equal, which are of two types in SQL.
_MADE_OF = frozenset({"=", "in", "or", "and"})
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def statement(query: Query, *, relation: str, now: datetime, jurisdiction_id: str) -> Compiled:
    """Return what `compiled` returns for PostgreSQL; a look-up's is written only once."""
    where = query.stages[0].where
    if len(query.stages) > 1 or where is None or query.needs_now or not _is_plain(where):
        return compiled(query, "postgres", relation=relation, now=now, jurisdiction_id=jurisdiction_id)
    # The same text stands for the same text: it is bound under one name.
    stand_ins = {text: f"\0{place}" for place, text in enumerate(_texts(where))}
    shape = replace(query, stages=(replace(query.stages[0], where=_standing_in(where, stand_ins)),))
    made = _written(shape, relation, jurisdiction_id)
    texts = {stand_in: text for text, stand_in in stand_ins.items()}
    bound = {name: texts.get(value, value) if isinstance(value, str) else value for name, value in made.bound.items()}
    return replace(made, bound=bound)


@lru_cache(KEPT)
def _written(shape: Query, relation: str, jurisdiction_id: str) -> Compiled:
    return compiled(shape, "postgres", relation=relation, now=_ANY_TIME, jurisdiction_id=jurisdiction_id)


def _is_plain(node: Node) -> bool:
    match node:
        case Apply():
            return node.op in _MADE_OF and all(map(_is_plain, node.args))
        case Const():
            return isinstance(node.value, str)
        case Field():
            return True


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Apply):
        for arg in node.args:
            yield from _texts(arg)
    elif isinstance(node, Const) and isinstance(node.value, str):
        yield node.value


def _standing_in(node: Node, stand_ins: dict[str, str]) -> Node:
    match node:
        case Apply():
            return replace(node, args=tuple(_standing_in(arg, stand_ins) for arg in node.args))
        case Const(value=str() as text):
            return replace(node, value=stand_ins[text])
        case _:
            return node
