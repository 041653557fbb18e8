"""How often the district columns of a file say what our own look-up says, each at the vintage the mapping names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ombud.connect.legacy.files.mapping import AreaCompare
from ombud.kernel.geo import LonLat
from ombud.places.atlas import Area, Atlas

# What the district columns of a row say, the areas of today it lies in, its point.
Compared = tuple[Sequence[str], tuple[Area, ...], LonLat]


@dataclass(slots=True)
class Agreement:
    """How a column of the file and one of our layers agree, over rows that have a point and a value."""

    column: str
    layer: str
    vintage: str
    rows: int = 0
    same: int = 0
    not_compared: str = ""
    differing: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def percent(self) -> float | None:
        """The share that agrees, or None where there was nothing to compare."""
        return 100 * self.same / self.rows if self.rows else None

    def add(self, other: "Agreement") -> None:
        """Count another file's in."""
        self.rows += other.rows
        self.same += other.same
        self.differing.update(other.differing)


class Comparison:
    """Holds the district columns of a file against our areas: those of today, or of the vintage that is named."""

    def __init__(
        self, rules: Mapping[str, AreaCompare], columns: Sequence[str], *, today: Atlas, others: Atlas
    ) -> None:
        self._columns = [(place, column, rules[column]) for place, column in enumerate(columns) if column in rules]
        self._today, self._others = today, others
        # A value with the areas found together, named by their id: these are few, and each atlas keeps them.
        self._counts: dict[str, Counter[tuple[str, int]]] = {column: Counter() for _, column, _ in self._columns}
        self._found: dict[int, tuple[Area, ...]] = {}

    def count(self, rows: Sequence[Compared]) -> None:
        """Count rows that have a point."""
        if not rows or not self._columns:
            return
        values, today, points = zip(*rows, strict=True)
        others = self._others.areas_of(points) if self._others.areas else today
        self._found.update(zip(map(id, today), today, strict=True))
        self._found.update(zip(map(id, others), others, strict=True))
        for place, column, rule in self._columns:
            found = today if (rule.layer, rule.vintage) in self._today.layers else others
            self._counts[column].update(zip((said[place] for said in values), map(id, found), strict=True))

    def agreements(self) -> dict[str, Agreement]:
        """Return what was counted so far, by column."""
        agreements = {}
        for _, column, rule in self._columns:
            agreement = agreements[column] = Agreement(column, rule.layer, rule.vintage)
            if (rule.layer, rule.vintage) not in self._today.layers | self._others.layers:
                agreement.not_compared = "this layer is not loaded"
                continue
            for (value, found), rows in self._counts[column].items():
                wanted = _wanted(rule, value) if value else None
                if wanted is None:
                    continue
                ours = next((a for a in self._found[found] if (a.layer, a.vintage) == (rule.layer, rule.vintage)), None)
                agreement.rows += rows
                if ours is not None and _same(rule, wanted, ours):
                    agreement.same += rows
                else:
                    agreement.differing[value, ours.name if ours else "outside"] += rows
        return agreements


def _wanted(rule: AreaCompare, value: str) -> str | None:
    """Return what the value means in the terms of the layer, or None where it names no district."""
    if value in rule.ignore:
        return None
    value = rule.aliases.get(value, value)
    match rule.match:
        case "name":
            return value.casefold()
        case "number":
            return value.lstrip("0")
        case "board":
            number, _, borough = value.partition(" ")
            digit = rule.boroughs.get(borough.strip())
            if digit is None or not number.isdigit() or int(number) > rule.ignore_above:
                return None
            return digit + number.zfill(2)
        case _:
            return value


def _same(rule: AreaCompare, wanted: str, ours: Area) -> bool:
    match rule.match:
        case "name":
            return ours.name.casefold() == wanted
        case "number":
            return ours.code.lstrip("0") == wanted
        case _:
            return ours.code == wanted
