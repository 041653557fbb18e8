"""Which column of a file holds what: the mapping's names looked up once in the header."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from ombud.connect.legacy.files.mapping import FileMapping
from ombud.connect.legacy.files.reading import BrokenFile
from ombud.connect.legacy.files.said import MEANINGS, Said
from ombud.kernel.errors import N_
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import cleaned

Positions = dict[str, tuple[int, ...]]


class Columns:
    """The columns of one file by their meaning. Raises BrokenFile where this is no file of the source."""

    def __init__(self, mapping: FileMapping, header: Sequence[str], *, file: str, counted_in: str = "line") -> None:
        at = {name: position for position, name in reversed(list(enumerate(header)))}
        self.header = tuple(header)
        self.counted_in = counted_in
        self._positions = _found(mapping.columns, at)
        self._areas = _found(mapping.areas, at)
        for needed in ("number", "service"):
            if needed not in self._positions:
                raise BrokenFile(
                    N_(
                        "%(file)s is no %(source)s file: its first line has none of the columns %(names)s."
                        " If they are called otherwise here, add them to the mapping."
                    ),
                    file=file,
                    source=mapping.source,
                    names=", ".join(mapping.columns[needed]),
                )
        self._pick = _picker(self._positions, MEANINGS)
        self._pick_areas = _picker(self._areas, self._areas)

    @property
    def areas(self) -> list[str]:
        """The district columns this file has."""
        return list(self._areas)

    def has(self, meaning: str) -> bool:
        """Whether the file has any column of this meaning."""
        return meaning in self._positions

    def title(self, meaning: str) -> str:
        """Return how the file calls the column."""
        return self.header[self._positions[meaning][0]]

    def tidied(self, row: Sequence[str]) -> Sequence[str]:
        """Return the values without control characters, which cannot all be kept, and without needless space."""
        whole = f"|{'|'.join(row)}|"
        # Most rows are tidy, and one look at the whole of it is cheaper than one at each value.
        if whole.isprintable() and not ("  " in whole or "| " in whole or " |" in whole):
            return row
        lines = self._positions.get("resolution", ())
        return [cleaned(said, lines=position in lines) for position, said in enumerate(row)]

    def said(self, row: Sequence[str]) -> Said:
        """Return what a tidied row says by meaning; of several columns the first that says something."""
        return Said._make(self._pick(row))

    def areas_said(self, row: Sequence[str]) -> Sequence[str]:
        """Return the districts a row names, in the order of `areas`."""
        return self._pick_areas(row)


def point_of(said: Said) -> LonLat | None:
    """Return the point a row gives, or None where it gives none that can be."""
    return LonLat.read(said.longitude, said.latitude) if said.longitude and said.latitude else None


def _found(names: Mapping[str, tuple[str, ...]], at: Mapping[str, int]) -> Positions:
    found = {meaning: tuple(at[name] for name in wanted if name in at) for meaning, wanted in names.items()}
    return {meaning: positions for meaning, positions in found.items() if positions}


def _picker(found: Positions, meanings: Sequence[str] | Positions) -> Callable[[Sequence[str]], Sequence[str]]:
    """Return a function that takes from a row its values in the order of the meanings, "" for those it has not."""
    # Behind the row's own values stand: nothing, and the choice of each meaning that several columns may hold.
    several = [positions for positions in found.values() if len(positions) > 1]
    places = []
    for meaning in meanings:
        positions = found.get(meaning, ())
        match len(positions):
            case 0:
                places.append(-1 - len(several))
            case 1:
                places.append(positions[0])
            case _:
                places.append(several.index(positions) - len(several))
    # With one place more an itemgetter gives a tuple also where there is but one meaning, or none.
    take = itemgetter(*places, -1 - len(several), -1 - len(several))

    def pick(row: Sequence[str]) -> Sequence[str]:
        chosen = [next((row[at] for at in positions if row[at]), "") for positions in several]
        values: tuple[str, ...] = take([*row, "", *chosen])
        return values[:-2]

    return pick
