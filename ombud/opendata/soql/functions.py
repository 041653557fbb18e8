"""
The allow-list: every function and operator of the language, what each takes and what it gives.

What is not here does not exist. An argument that has to be written out (a length, a pattern, a shape) is one because
its size bounds the work, or because the engines differ where it comes from data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.tree import AFTER_ARITHMETIC, AS_STORED, ROUGH, Node

T, N, B = frozenset({Kind.TEXT}), frozenset({Kind.NUMBER}), frozenset({Kind.CHECKBOX})
LOCAL, INSTANT = frozenset({Kind.CALENDAR_DATE}), frozenset({Kind.FIXED_TIMESTAMP})
P, G = frozenset({Kind.POINT}), frozenset({Kind.MULTIPOLYGON})
TIME = LOCAL | INSTANT
ORDERED = T | N | TIME
SCALAR = ORDERED | B
ANY = SCALAR | P | G


@dataclass(frozen=True, slots=True)
class Of:
    """Takes any of these kinds; with `same`, all arguments marked so have to be of one."""

    kinds: frozenset[Kind]
    same: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """Takes a whole number that is written out."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Decimal:
    """Takes a number that is written out."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Words:
    """Takes a text that is written out, so long at least and at most."""

    shortest: int
    longest: int
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class Wkt:
    """Takes a shape that is written out."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Takes the name of a time zone that is written out."""


Takes = Of | Whole | Decimal | Words | Wkt | Zone
Length = Callable[[Sequence[Node]], int]


@dataclass(frozen=True, slots=True)
class Signature:
    """
    One way to apply a function. Without `gives` the answer is of the kind that the arguments share.

    `rest` may follow any number of times. `digits` caps how much of a number is exact.
    """

    op: str
    takes: tuple[Takes, ...]
    gives: Kind | None = None
    rest: Takes | None = None
    aggregates: bool = False
    digits: int = AS_STORED
    length: Length | None = None


def _longest(args: Sequence[Node]) -> int:
    return max((arg.length for arg in args), default=0)


def _sum(args: Sequence[Node]) -> int:
    return sum(arg.length for arg in args)


def _replaced(args: Sequence[Node]) -> int:
    whole, old, new = (arg.length for arg in args)
    return whole if new <= old else -(-whole * new // max(1, old))


def _padded(args: Sequence[Node]) -> int:
    return int(getattr(args[1], "value", 0))


_KNOWN: dict[str, list[Signature]] = {}


def _add(
    name: str,
    *takes: Takes | frozenset[Kind],
    gives: Kind | None = None,
    rest: Takes | frozenset[Kind] | None = None,
    op: str = "",
    aggregates: bool = False,
    digits: int = AS_STORED,
    length: Length | None = None,
) -> None:
    def of(one: Takes | frozenset[Kind]) -> Takes:
        return Of(one) if isinstance(one, frozenset) else one

    signature = Signature(
        op or name,
        tuple(of(one) for one in takes),
        gives,
        None if rest is None else of(rest),
        aggregates,
        digits,
        length or (_longest if gives is not Kind.NUMBER else None),
    )
    _KNOWN.setdefault(name, []).append(signature)


def _aggregates() -> None:
    _add("count", ANY, gives=Kind.NUMBER, aggregates=True)
    _add("count_distinct", SCALAR, gives=Kind.NUMBER, aggregates=True)
    for name in ("sum", "avg"):
        _add(name, N, gives=Kind.NUMBER, aggregates=True, digits=AFTER_ARITHMETIC)
    for name in ("min", "max"):
        _add(name, Of(ORDERED, same=True), aggregates=True)
    for name in ("stddev_pop", "stddev_samp"):
        _add(name, N, gives=Kind.NUMBER, aggregates=True, digits=ROUGH)
    _add("median", N, gives=Kind.NUMBER, aggregates=True, digits=AFTER_ARITHMETIC)
    _add("median", Of(ORDERED, same=True), op="median_lower", aggregates=True)
    _add("percentile", N, Decimal(0, 1), gives=Kind.NUMBER, aggregates=True, digits=AFTER_ARITHMETIC)
    for name in ("regr_slope", "regr_intercept", "regr_r2"):
        _add(name, N, N, gives=Kind.NUMBER, aggregates=True, digits=ROUGH)


def _times() -> None:
    for part in ("y", "ym", "ymd"):
        _add(f"date_trunc_{part}", LOCAL, gives=Kind.CALENDAR_DATE)
        _add(f"date_trunc_{part}", INSTANT, gives=Kind.FIXED_TIMESTAMP)
        _add(f"date_trunc_{part}", INSTANT, Zone(), gives=Kind.CALENDAR_DATE, op=f"date_trunc_{part}_in")
    for part in ("y", "m", "d", "hh", "mm", "ss", "dow", "woy", "iso_y"):
        _add(f"date_extract_{part}", TIME, gives=Kind.NUMBER)
    _add("date_diff_d", Of(TIME, same=True), Of(TIME, same=True), gives=Kind.NUMBER)
    _add("get_utc_date", gives=Kind.FIXED_TIMESTAMP)


def _texts() -> None:
    for name in ("upper", "lower", "trim", "trim_leading", "trim_trailing", "unaccent"):
        _add(name, T, gives=Kind.TEXT)
    _add("length", T, gives=Kind.NUMBER)
    _add("replace", T, Words(1, 1_000), Words(0, 1_000), gives=Kind.TEXT, length=_replaced)
    _add("substring", T, Whole(1, 10_240), gives=Kind.TEXT, length=lambda args: args[0].length)
    _add("substring", T, Whole(1, 10_240), Whole(0, 10_240), gives=Kind.TEXT, length=lambda args: args[0].length)
    _add("split_part", T, Words(1, 100), Whole(1, 1_000), gives=Kind.TEXT, length=lambda args: args[0].length)
    for name in ("left_pad", "right_pad"):
        _add(name, T, Whole(0, 10_000), Words(1, 100), gives=Kind.TEXT, length=_padded)
    _add("#||", T | N, rest=T | N, gives=Kind.TEXT, length=_sum)
    for name in ("#like", "#not like"):
        _add(name, T, Words(0, 2_000, is_pattern=True), gives=Kind.CHECKBOX)
    for name in ("starts_with", "contains", "caseless_eq", "caseless_ne", "caseless_starts_with", "caseless_contains"):
        _add(name, T, T, gives=Kind.CHECKBOX)
    for name in ("caseless_one_of", "caseless_not_one_of"):
        _add(name, T, T, rest=T, gives=Kind.CHECKBOX)


def _choices() -> None:
    for name in ("#=", "#<>"):
        _add(name, Of(SCALAR, same=True), Of(SCALAR, same=True), gives=Kind.CHECKBOX)
    for name in ("#<", "#<=", "#>", "#>="):
        _add(name, Of(ORDERED, same=True), Of(ORDERED, same=True), gives=Kind.CHECKBOX)
    for name in ("#between", "#not between"):
        _add(name, *[Of(ORDERED, same=True)] * 3, gives=Kind.CHECKBOX)
    for name in ("#in", "#not in"):
        _add(name, *[Of(SCALAR, same=True)] * 2, rest=Of(SCALAR, same=True), gives=Kind.CHECKBOX)
    for name in ("#is null", "#is not null"):
        _add(name, ANY, gives=Kind.CHECKBOX)
    for name in ("#and", "#or"):
        _add(name, B, B, rest=B, gives=Kind.CHECKBOX)
    _add("#not", B, gives=Kind.CHECKBOX)
    _add("iif", B, *[Of(SCALAR, same=True)] * 2)
    _add("coalesce", Of(SCALAR, same=True), rest=Of(SCALAR, same=True))
    _add("nullif", *[Of(SCALAR, same=True)] * 2)
    for name in ("greatest", "least"):
        _add(name, Of(ORDERED, same=True), rest=Of(ORDERED, same=True))


def _numbers() -> None:
    for sign in "+-*/%":
        _add(f"#{sign}", N, N, gives=Kind.NUMBER, digits=AFTER_ARITHMETIC)
    _add("#^", N, N, gives=Kind.NUMBER, digits=ROUGH)
    for name in ("#sign+", "#sign-", "abs", "ceil", "floor"):
        _add(name, N, gives=Kind.NUMBER)
    _add("round", N, gives=Kind.NUMBER, digits=AFTER_ARITHMETIC)
    _add("round", N, Whole(-10, 10), gives=Kind.NUMBER, digits=AFTER_ARITHMETIC)
    _add("ln", N, gives=Kind.NUMBER, digits=ROUGH)
    anything = Decimal(-1e300, 1e300)
    _add("width_bucket", N, anything, anything, Whole(1, 1_000), gives=Kind.NUMBER)


def _casts() -> None:
    _add("#to text", SCALAR, gives=Kind.TEXT, length=lambda args: args[0].length)
    _add("#to number", T | N | B, gives=Kind.NUMBER)
    for name in ("#to floating_timestamp", "#to calendar_date"):
        _add(name, T | TIME, gives=Kind.CALENDAR_DATE, op="#to floating_timestamp")
    _add("#to fixed_timestamp", INSTANT, gives=Kind.FIXED_TIMESTAMP)
    _add("#to checkbox", T | N | B, gives=Kind.CHECKBOX)
    _add("#to point", P, gives=Kind.POINT)


def _places() -> None:
    lat, lon = Decimal(-90, 90), Decimal(-360, 360)
    _add("within_box", P, lat, lon, lat, lon, gives=Kind.CHECKBOX)
    _add("within_circle", P, lat, lon, Decimal(0, 21_000_000), gives=Kind.CHECKBOX)
    _add("within_polygon", P, Wkt(), gives=Kind.CHECKBOX)
    _add("intersects", P | G, Wkt(), gives=Kind.CHECKBOX)
    _add("distance_in_meters", P, P, gives=Kind.NUMBER, digits=ROUGH)
    _add("make_point", N, N, gives=Kind.POINT)
    _add("#part latitude", P, gives=Kind.NUMBER)
    _add("#part longitude", P, gives=Kind.NUMBER)


for fill in (_aggregates, _times, _texts, _choices, _numbers, _casts, _places):
    fill()

KNOWN: dict[str, tuple[Signature, ...]] = {name: tuple(ways) for name, ways in _KNOWN.items()}
# Those that a query can name; `case` takes pairs, which no signature says.
NAMES = tuple(sorted(["case", *(name for name in KNOWN if not name.startswith("#"))]))
