"""Which way a function is applied: the first of its signatures that its arguments fit, literals read as needed."""

from collections.abc import Sequence
from zoneinfo import available_timezones

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql import literals
from ombud.opendata.soql.faults import MALFORMED, MISMATCH, NO_FUNCTION, SoqlError, nearest, shown, too_complex
from ombud.opendata.soql.functions import KNOWN, NAMES, Decimal, G, Of, P, Signature, Takes, Whole, Wkt, Words, Zone
from ombud.opendata.soql.tree import Apply, Const, Node

WILDCARDS_AT_MOST = 100
TAKE_DISTINCT = ("count", "sum", "avg", "min", "max")


def apply(
    name: str, args: Sequence[Node], *, at: int = 0, distinct: bool = False, only_where: Node | None = None
) -> Node:
    """Return a function applied to what it is given. Raises SoqlError."""
    ways = KNOWN.get(name)
    if ways is None:
        hint = nearest(name, NAMES)
        raise SoqlError(NO_FUNCTION, f"No such function: {shown(name)}{hint}", at=at, function=shown(name))
    fitting = [way for way in ways if _takes_so_many(way, len(args))]
    if not fitting:
        raise SoqlError(MISMATCH, f"{_said(name)} takes {_how_many(ways)}; here it is given {len(args)}.", at=at)
    for place, way in enumerate(fitting):
        try:
            taken = _taken(name, way, args)
        except SoqlError:
            if place == len(fitting) - 1:
                raise
            continue
        return _applied(way, taken, at=at, distinct=distinct, only_where=only_where)
    raise AssertionError(name)


def _applied(way: Signature, args: list[Node], *, at: int, distinct: bool, only_where: Node | None) -> Node:
    if (distinct or only_where) and not way.aggregates:
        raise SoqlError(MISMATCH, "DISTINCT and FILTER belong to functions that aggregate.", at=at)
    if distinct and way.op not in TAKE_DISTINCT:
        raise SoqlError(MISMATCH, f"DISTINCT belongs to {', '.join(TAKE_DISTINCT)}.", at=at)
    if way.op in ("#sign-", "#sign+") and isinstance(args[0], Const) and isinstance(args[0].value, int | float):
        return Const(Kind.NUMBER, -args[0].value if way.op == "#sign-" else args[0].value, at=at)
    if distinct and way.op == "count" and args[0].kind in P | G:
        raise SoqlError(MISMATCH, "Places cannot be counted by DISTINCT; count one of their parts.", at=at)
    kind = way.gives or args[-1].kind or Kind.TEXT
    numbers = [arg.digits for arg in args if arg.kind is Kind.NUMBER]
    return Apply(
        way.op.removeprefix("#"),
        tuple(args),
        kind,
        digits=min([way.digits, *numbers]) if kind is Kind.NUMBER else way.digits,
        length=way.length(args) if way.length and kind is Kind.TEXT else 40,
        aggregates=way.aggregates,
        distinct=distinct or way.op == "count_distinct",
        only_where=only_where,
        at=at,
    )


def unified(name: str, args: Sequence[Node], kinds: frozenset[Kind]) -> list[Node]:
    """Return arguments that are all of one kind, literals read as the others say. Raises SoqlError."""
    said = {arg.kind for arg in args if arg.kind is not None and not (isinstance(arg, Const) and arg.loose)}
    if len(said) > 1:
        named = " and ".join(sorted(literals.NAMES[kind] for kind in said if kind))
        raise SoqlError(MISMATCH, f"{_said(name)} needs values of one type; here are {named}.", at=_at(args))
    target = said.pop() if said else Kind.TEXT
    return [_of(name, arg, frozenset({target or Kind.TEXT}) & kinds, kinds) for arg in args]


def _taken(name: str, way: Signature, args: Sequence[Node]) -> list[Node]:
    rest = [way.rest] * (len(args) - len(way.takes)) if way.rest else []
    wanted: list[Takes] = [*way.takes, *rest]
    alike = [place for place, one in enumerate(wanted) if isinstance(one, Of) and one.same]
    taken = list(args)
    if alike:
        kinds = next(one.kinds for one in wanted if isinstance(one, Of) and one.same)
        for place, node in zip(alike, unified(name, [args[p] for p in alike], kinds), strict=True):
            taken[place] = node
    return [node if place in alike else _one(name, node, wanted[place]) for place, node in enumerate(taken)]


def _one(name: str, arg: Node, wanted: Takes) -> Node:
    match wanted:
        case Of(kinds):
            return _of(name, arg, kinds, kinds)
        case Whole(low, high):
            return _number(name, arg, low, high, whole=True)
        case Decimal(lowest, highest):
            return _number(name, arg, lowest, highest, whole=False)
        case Words():
            return _words(name, arg, wanted)
        case Wkt():
            text = _literal(name, arg, "a shape in quotes")
            return Const(Kind.MULTIPOLYGON, literals.shape_of(text, at=arg.at), at=arg.at)
        case Zone():
            zone = _literal(name, arg, "the name of a time zone in quotes")
            if zone not in available_timezones():
                raise SoqlError(MISMATCH, f"This is no time zone: '{shown(zone)}'.", at=arg.at)
            return Const(Kind.TEXT, zone, at=arg.at)


def _of(name: str, arg: Node, kinds: frozenset[Kind], offered: frozenset[Kind]) -> Node:
    if isinstance(arg, Const) and arg.kind is None:
        return Const(min(kinds or offered), None, at=arg.at)
    if arg.kind in kinds:
        return Const(arg.kind, arg.value, at=arg.at) if isinstance(arg, Const) else arg
    if isinstance(arg, Const) and arg.loose and kinds:
        wrong: SoqlError | None = None
        for kind in sorted(kinds):
            try:
                return literals.read(str(arg.value), kind, at=arg.at)
            except SoqlError as unread:
                wrong = unread
        if wrong:
            raise wrong
    named = " or ".join(sorted(literals.NAMES[kind] for kind in offered))
    given = literals.NAMES[arg.kind] if arg.kind else "null"
    raise SoqlError(MISMATCH, f"{_said(name)} takes {named}; this is {given}.", at=arg.at)


def _number(name: str, arg: Node, low: float, high: float, *, whole: bool) -> Const:
    if isinstance(arg, Const) and arg.loose:
        arg = literals.number(str(arg.value), at=arg.at)
    value = arg.value if isinstance(arg, Const) and arg.kind is Kind.NUMBER else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if not isinstance(value, int if whole else int | float):
        said = "a whole number" if whole else "a number"
        raise SoqlError(MISMATCH, f"{_said(name)} takes {said} that is written out here.", at=arg.at)
    if not low <= value <= high:
        raise SoqlError(MISMATCH, f"{_said(name)} takes a number from {low:,} to {high:,} here.", at=arg.at)
    return Const(Kind.NUMBER, value, at=arg.at)


def _words(name: str, arg: Node, wanted: Words) -> Const:
    text = _literal(name, arg, "a text in quotes")
    if not wanted.shortest <= len(text) <= wanted.longest:
        raise SoqlError(
            MISMATCH,
            f"{_said(name)} takes a text of {wanted.shortest} to {wanted.longest:,} characters here.",
            at=arg.at,
        )
    return Const(Kind.TEXT, pattern(text, at=arg.at) if wanted.is_pattern else text, at=arg.at)


def pattern(text: str, *, at: int = 0) -> str:
    """Return a pattern of LIKE in which a backslash stands only before `%`, `_` and itself. Raises SoqlError."""
    if text.count("%") > WILDCARDS_AT_MOST:
        raise too_complex(f"A pattern has {WILDCARDS_AT_MOST} `%` at most.", at=at)
    made, escaped = [], False
    for sign in text:
        if escaped:
            made.append(f"\\{sign}" if sign in "%_\\" else sign)
            escaped = False
        elif sign == "\\":
            escaped = True
        else:
            made.append(sign)
    if escaped:
        raise SoqlError(MALFORMED, "A pattern ends in a backslash that makes nothing plain.", at=at)
    return "".join(made)


def _literal(name: str, arg: Node, said: str) -> str:
    if isinstance(arg, Const) and isinstance(arg.value, str):
        return arg.value
    raise SoqlError(MISMATCH, f"{_said(name)} takes {said} here.", at=arg.at)


def _takes_so_many(way: Signature, count: int) -> bool:
    return count == len(way.takes) or (way.rest is not None and count > len(way.takes))


def _how_many(ways: Sequence[Signature]) -> str:
    counts = sorted({len(way.takes) for way in ways})
    more = " or more" if any(way.rest for way in ways) else ""
    return " or ".join(str(count) for count in counts) + more + (" value" if counts == [1] and not more else " values")


def _said(name: str) -> str:
    """Return an operator or function as a sentence names it."""
    return f"`{name.removeprefix('#to ').removeprefix('#part ').removeprefix('#sign').removeprefix('#')}`"


def _at(args: Sequence[Node]) -> int:
    return args[0].at if args else 0
