"""The parameters of a call, read into a query: `$select`, `$where` and so on, a whole `$query`, simple filters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ombud.opendata.rules.columns import Column
from ombud.opendata.soql import parser
from ombud.opendata.soql.faults import MALFORMED, SoqlError, nearest, no_column, shown, too_complex
from ombud.opendata.soql.lexer import CHARACTERS_AT_MOST, refuse_unreadable
from ombud.opendata.soql.parser import Parser, read, refuse_tall, whole
from ombud.opendata.soql.resolve import resolve
from ombud.opendata.soql.scope import Scope
from ombud.opendata.soql.syntax import Call, Expression, Item, Literal, Name, Select
from ombud.opendata.soql.tree import Query

ROWS_BY_DEFAULT = 1_000
PARAMETERS_AT_MOST = 200
_CLAUSES = ("$select", "$where", "$group", "$having", "$order", "$q")
_KNOWN = (*_CLAUSES, "$limit", "$offset", "$query")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query before it is known what its names mean, and the options beside it, in lower case without `$$`."""

    stages: tuple[Select, ...]
    options: dict[str, str] = field(default_factory=dict)

    def resolved(self, columns: Sequence[Column], *, on_top_of: str = "") -> Query:
        """
        Return what it means over the columns of a data set. Raises SoqlError.

        `on_top_of` is the stored query of a view, which comes first.
        """
        below = parser.query(on_top_of) if on_top_of else ()
        below = tuple(replace(stage, sources=(("query", on_top_of),)) for stage in below)
        with_system = self.options.get("exclude_system_fields", "").lower() == "false"
        return resolve((*below, *self.stages), columns, with_system=with_system and not below)


def asked(pairs: Iterable[tuple[str, str]], columns: Sequence[Column], *, view: bool = False) -> Asked:
    """
    Return what parameters ask for, in the order they came. Raises SoqlError.

    A filter by a column that there is not is refused: dropped in silence it would give wrong numbers. The columns of
    a view are known only once its query is, so with `view` names are looked up later.
    """
    clauses: dict[str, str] = {}
    options: dict[str, str] = {}
    simple: list[tuple[str, str]] = []
    known = None if view else Scope.of_data(columns)
    for count, (name, value) in enumerate(pairs):
        if count >= PARAMETERS_AT_MOST:
            raise too_complex(f"A call has {PARAMETERS_AT_MOST} parameters at most.")
        refuse_unreadable(name + value)
        if name.startswith("$$"):
            options[name[2:].lower()] = value
        elif name.startswith("$"):
            _keep_clause(clauses, name, value)
        elif known is not None and known.find(name) is None:
            raise no_column(name, known.names)
        else:
            simple.append((name, value))
    if len(simple) and sum(len(name) + len(value) for name, value in simple) > CHARACTERS_AT_MOST:
        raise too_complex(f"A query has {CHARACTERS_AT_MOST:,} characters at most.")
    return Asked(_stages(clauses, simple), options)


def _keep_clause(clauses: dict[str, str], name: str, value: str) -> None:
    lower = name.lower()
    if lower not in _KNOWN:
        raise SoqlError(MALFORMED, f"Unknown parameter: {shown(name)}{nearest(lower, _KNOWN)}", parameter=shown(name))
    if lower in clauses:
        raise SoqlError(MALFORMED, f"{lower} is given twice.", parameter=lower)
    clauses[lower] = value


def _stages(clauses: dict[str, str], simple: list[tuple[str, str]]) -> tuple[Select, ...]:
    limit = whole(clauses["$limit"].strip(), "$limit") if "$limit" in clauses else None
    offset = whole(clauses["$offset"].strip(), "$offset") if "$offset" in clauses else None
    if "$query" not in clauses:
        select = _select(clauses, simple)
        return (replace(select, limit=ROWS_BY_DEFAULT if limit is None else limit, offset=offset or 0),)
    beside = [name for name in _CLAUSES if name in clauses] + [name for name, _ in simple]
    if beside:
        raise SoqlError(MALFORMED, f"Beside $query there can be no {shown(beside[0])}: write it into the query.")
    text = clauses["$query"]
    stages = [replace(stage, sources=(("query", text),)) for stage in parser.query(text)]
    last = stages[-1]
    if (limit is not None and last.limit is not None) or (offset and last.offset):
        raise SoqlError(MALFORMED, "The query has its own LIMIT or OFFSET; give it once.")
    chosen = next((one for one in (last.limit, limit) if one is not None), ROWS_BY_DEFAULT)
    stages[-1] = replace(last, limit=chosen, offset=offset or last.offset)
    return tuple(stages)


def _select(clauses: dict[str, str], simple: list[tuple[str, str]]) -> Select:
    select = Select()
    if clauses.get("$select", "").strip():
        distinct, items = read(clauses["$select"], Parser.items)
        refuse_tall(*(item.expression for item in items if isinstance(item, Item)))
        select = replace(select, distinct=distinct, items=items)
    for clause in ("where", "having"):
        if clauses.get(f"${clause}", "").strip():
            select = replace(select, **{clause: parser.expression(clauses[f"${clause}"])})  # type: ignore[arg-type]
    if clauses.get("$group", "").strip():
        groups = read(clauses["$group"], Parser.groups)
        refuse_tall(*groups)
        select = replace(select, group=groups)
    if clauses.get("$order", "").strip():
        orders = read(clauses["$order"], Parser.orders)
        refuse_tall(*(order.by for order in orders))
        select = replace(select, order=orders)
    sources = tuple((name[1:], value) for name, value in clauses.items())
    filters = tuple((f"{name}={value}", _equal(name, value)) for name, value in simple)
    return replace(select, search=clauses.get("$q", ""), sources=sources, filters=filters)


def _equal(name: str, value: str) -> Expression:
    return Call("#=", (Name(name), Literal(value)))
