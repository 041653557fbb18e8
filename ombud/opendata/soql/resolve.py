"""From what was written to what it means: names looked up, kinds checked, orders made total."""

from collections.abc import Callable, Sequence

from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.soql.applying import apply, unified
from ombud.opendata.soql.checking import (
    Chosen,
    named_outputs,
    refuse_aggregates,
    refuse_ungrouped,
    refuse_unselected,
    true_or_false,
)
from ombud.opendata.soql.faults import (
    CIRCULAR_ALIAS,
    DUPLICATE_ALIAS,
    MALFORMED,
    MISMATCH,
    UNGROUPED,
    SoqlError,
    no_column,
    shown,
)
from ombud.opendata.soql.functions import SCALAR, B
from ombud.opendata.soql.literals import NAMES, number
from ombud.opendata.soql.scope import Scope, named_after
from ombud.opendata.soql.searching import search_words
from ombud.opendata.soql.syntax import Call, Expression, Item, Literal, Name, Part, Select, Star
from ombud.opendata.soql.tree import Apply, By, Const, Field, Node, Output, Query, Stage


def resolve(stages: Sequence[Select], columns: Sequence[Column], *, with_system: bool = False) -> Query:
    """Return what a query means over the columns of a data set. Raises SoqlError."""
    scope = Scope.of_data(columns)
    made: list[Stage] = []
    for select in stages:
        stage = _Resolver(scope, select, made[-1] if made else None, with_system=with_system).stage()
        scope = Scope.of_outputs(stage.outputs, has_rows=stage.keeps_row)
        made.append(stage)
        with_system = False
    nodes = [node for stage in made for node in _nodes(stage)]
    return Query(tuple(made), tuple(columns), needs_now=any(_asks_for_now(node) for node in nodes))


class _Resolver:
    """Resolves one stage."""

    def __init__(self, scope: Scope, select: Select, before: Stage | None, *, with_system: bool) -> None:
        self.scope = scope
        self.select = select
        self.before = before
        self.with_system = with_system
        self.aliased: dict[str, Item] = {}
        self.known: dict[str, Node] = {}
        self.open: list[str] = []

    def stage(self) -> Stage:
        """Return the stage, whole."""
        select = self.select
        self._find_aliases()
        outputs = self._outputs()
        where = self._where()
        group = tuple(self._in("group", one) for one in select.group)
        having = self._condition("having", select.having)
        for one in group:
            self._check("group", refuse_aggregates, one, "GROUP BY")
        grouped = bool(group) or having is not None or any(output.node.is_aggregate for output in outputs)
        order = self._order(outputs)
        if grouped:
            for output in outputs:
                self._check("select", refuse_ungrouped, output.node, group)
            for by in order:
                self._check("order", refuse_ungrouped, by.node, group)
            if having is not None:
                self._check("having", refuse_ungrouped, having, group)
        elif any(by.node.is_aggregate for by in order):
            raise SoqlError(UNGROUPED, "Nothing is grouped here, so there is nothing to aggregate in ORDER BY.")
        if select.distinct:
            refuse_unselected(order, outputs)
        return Stage(
            outputs=outputs,
            where=where,
            group=group,
            having=having,
            order=self._total(order, outputs, group, grouped=grouped),
            search=search_words(select.search),
            searched=tuple(field for field in self.scope.fields if field.kind is Kind.TEXT),
            limit=select.limit,
            offset=select.offset,
            distinct=select.distinct,
            is_grouped=grouped,
            keeps_row=self.scope.row is not None and not grouped and not select.distinct,
        )

    def _find_aliases(self) -> None:
        for item in self.select.items:
            if isinstance(item, Item) and item.alias:
                if item.alias.lower() in self.aliased:
                    said = f"Two columns would be called {shown(item.alias)}."
                    raise SoqlError(DUPLICATE_ALIAS, said, at=item.at, alias=shown(item.alias)).read_from(
                        self.select.source("select")
                    )
                self.aliased[item.alias.lower()] = item

    def _outputs(self) -> tuple[Output, ...]:
        stars = (Star(system=True), Star()) if self.with_system else (Star(),)
        chosen: list[Chosen] = []
        for item in self.select.items or stars:
            if isinstance(item, Star):
                chosen += [Chosen(field.name, field, is_named=True) for field in self._starred(item)]
                continue
            node = self._alias(item) if item.alias else self._in("select", item.expression)
            plain = node.name if isinstance(item.expression, Name) and isinstance(node, Field) else ""
            name = item.alias or plain or named_after(item.words)
            chosen.append(Chosen(name, node, is_named=bool(item.alias or plain), at=item.at))
        return named_outputs(chosen, self.select.source("select"))

    def _starred(self, star: Star) -> list[Field]:
        fields = self.scope.system if star.system else self.scope.fields
        left_out: set[tuple[str, ...]] = set()
        for name in star.but:
            found = self.scope.find(name.name)
            if found is None:
                raise no_column(name.name, self.scope.names, at=name.at).read_from(self.select.source("select"))
            left_out.add(found.stored)
        return [field for field in fields if field.stored not in left_out]

    def _where(self) -> Node | None:
        nodes: list[Node] = []
        for said, filtered in self.select.filters:
            try:
                nodes.append(self.node(filtered))
            except SoqlError as wrong:
                raise wrong.read_from(said) from None
        if (where := self._condition("where", self.select.where)) is not None:
            nodes.append(where)
        for node in nodes:
            self._check("where", refuse_aggregates, node, "WHERE")
        if len(nodes) < 2:
            return nodes[0] if nodes else None
        return apply("#and", nodes)

    def _condition(self, clause: str, said: Expression | None) -> Node | None:
        if said is None:
            return None
        try:
            return true_or_false(clause.upper(), self.node(said))
        except SoqlError as wrong:
            raise wrong.read_from(self.select.source(clause)) from None

    def _order(self, outputs: tuple[Output, ...]) -> tuple[By, ...]:
        named = {output.name.lower(): output.node for output in outputs}
        found: list[By] = []
        for order in self.select.order:
            if isinstance(order.by, Name) and order.by.name.lower() in named:
                node = named[order.by.name.lower()]
            else:
                node = self._in("order", order.by)
            if node.kind is not None and node.kind not in SCALAR:
                raise SoqlError(MISMATCH, f"Nothing can be ordered by a {NAMES[node.kind]}.", at=node.at).read_from(
                    self.select.source("order")
                )
            found.append(By(node, order.descending, order.nulls_first))
        return tuple(found)

    def _total(
        self, order: tuple[By, ...], outputs: tuple[Output, ...], group: tuple[Node, ...], *, grouped: bool
    ) -> tuple[By, ...]:
        """Return an order without ties: as asked, else as the stage before had it, then by what is unique."""
        last: Sequence[Node]
        if self.select.distinct:
            last = [output.node for output in outputs]
        elif grouped:
            last = group
        else:
            order = order or self._inherited()
            last = [self.scope.row] if self.scope.row else self.scope.fields
        told = {by.node for by in order}
        return (*order, *(By(node) for node in last if node not in told and not isinstance(node, Const)))

    def _inherited(self) -> tuple[By, ...]:
        if self.before is None:
            return ()
        place = {output.node: field for output, field in zip(self.before.outputs, self.scope.fields, strict=True)}
        kept: list[By] = []
        for by in self.before.order:
            if by.node not in place:
                break
            kept.append(By(place[by.node], by.descending, by.nulls_first))
        return tuple(kept)

    def _check(self, clause: str, refuse: Callable[..., None], *about: object) -> None:
        try:
            refuse(*about)
        except SoqlError as wrong:
            raise wrong.read_from(self.select.source(clause)) from None

    def _in(self, clause: str, said: Expression) -> Node:
        try:
            return self.node(said)
        except SoqlError as wrong:
            raise wrong.read_from(self.select.source(clause)) from None

    def node(self, said: Expression) -> Node:
        """Return what an expression means. Raises SoqlError."""
        match said:
            case Literal(is_number=True):
                return number(str(said.value), at=said.at)
            case Literal():
                return _const(said)
            case Name():
                return self._named(said)
            case Part():
                return apply(f"#part {said.name}", [self.node(said.of)], at=said.at)
            case Call():
                return self._call(said)

    def _named(self, name: Name) -> Node:
        if field := self.scope.find(name.name):
            return Field(field.kind, field.stored, field.name, field.digits, field.length, at=name.at)
        if item := self.aliased.get(name.name.lower()):
            return self._alias(item)
        raise no_column(name.name, [*self.scope.names, *self.aliased], at=name.at)

    def _alias(self, item: Item) -> Node:
        alias = item.alias.lower()
        if alias not in self.known:
            if alias in self.open:
                raise SoqlError(
                    CIRCULAR_ALIAS, f"{shown(item.alias)} is made of itself.", at=item.at, alias=item.alias
                ).read_from(self.select.source("select"))
            self.open.append(alias)
            self.known[alias] = self._in("select", item.expression)
            self.open.pop()
        return self.known[alias]

    def _call(self, call: Call) -> Node:
        only = self.node(call.only_where) if call.only_where is not None else None
        if only is not None:
            refuse_aggregates(only, "FILTER")
            only = true_or_false("FILTER", only)
        if call.star:
            if call.name != "count":
                raise SoqlError(MALFORMED, f"Only count takes `*`, not {shown(call.name)}.", at=call.at)
            return Apply("count_rows", (), Kind.NUMBER, aggregates=True, only_where=only, at=call.at)
        args = [self.node(one) for one in call.arguments]
        if call.name in ("case", "#case"):
            return _case(call, args)
        made = apply(call.name, args, at=call.at, distinct=call.distinct, only_where=only)
        if isinstance(made, Apply) and made.aggregates and any(arg.is_aggregate for arg in args):
            raise SoqlError(UNGROUPED, "An aggregate cannot be aggregated; use `|>` for a second step.", at=call.at)
        return made


def _const(literal: Literal) -> Const:
    if literal.value is None:
        return Const(None, None, at=literal.at)
    if isinstance(literal.value, bool):
        return Const(Kind.CHECKBOX, literal.value, at=literal.at)
    return Const(Kind.TEXT, literal.value, loose=True, at=literal.at)


def _case(call: Call, args: list[Node]) -> Node:
    pairs, otherwise = (args[:-1], args[-1:]) if call.name == "#case" else (args, [Const(None, None)])
    if not pairs or len(pairs) % 2:
        raise SoqlError(MISMATCH, "`case` takes pairs: a condition and a value, and so on.", at=call.at)
    for condition in pairs[::2]:
        if condition.kind not in (*B, None):
            raise SoqlError(MISMATCH, "`case` takes conditions that are true or false.", at=condition.at)
    values = unified("case", [*pairs[1::2], *otherwise], SCALAR)
    conditions = [Const(Kind.CHECKBOX, None) if one.kind is None else one for one in pairs[::2]]
    parts = [part for pair in zip(conditions, values, strict=False) for part in pair]
    kind = values[0].kind or Kind.TEXT
    digits = min(value.digits for value in values)
    return Apply("case", (*parts, values[-1]), kind, digits, max(value.length for value in values), at=call.at)


def _nodes(stage: Stage) -> list[Node]:
    alone = [node for node in (stage.where, stage.having) if node is not None]
    return [*(output.node for output in stage.outputs), *alone, *stage.group, *(by.node for by in stage.order)]


def _asks_for_now(node: Node) -> bool:
    if not isinstance(node, Apply):
        return False
    inner = node.args if node.only_where is None else (*node.args, node.only_where)
    return node.op == "get_utc_date" or any(_asks_for_now(one) for one in inner)
