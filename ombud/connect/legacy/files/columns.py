"""Which column of a file holds what: the mapping's names looked up once in the header."""

from collections.abc import Sequence

from ombud.connect.legacy.files.mapping import FileMapping
from ombud.connect.legacy.files.reading import BrokenFile
from ombud.kernel.errors import N_
from ombud.kernel.geo import LonLat
from ombud.kernel.texts import cleaned

Values = dict[str, str]


class Columns:
    """The columns of one file by their meaning. Raises BrokenFile where this is no file of the source."""

    def __init__(self, mapping: FileMapping, header: Sequence[str], *, file: str, counted_in: str = "line") -> None:
        at = {name: position for position, name in reversed(list(enumerate(header)))}
        self.header = tuple(header)
        self.counted_in = counted_in
        self._positions = _found(mapping.columns, at)
        self._areas = _found(mapping.areas, at)
        self._single = tuple((m, at[0]) for m, at in self._positions.items() if len(at) == 1)
        self._several = tuple((m, at) for m, at in self._positions.items() if len(at) > 1)
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
        if whole.isprintable() and not any(untidy in whole for untidy in ("  ", "| ", " |")):
            return row
        lines = self._positions.get("resolution", ())
        return [cleaned(said, lines=position in lines) for position, said in enumerate(row)]

    def values_of(self, row: Sequence[str]) -> Values:
        """Return what a tidied row says by meaning; of several columns the first that says something."""
        return _picked(self._single, self._several, row)

    def point_of(self, row: Sequence[str]) -> LonLat | None:
        """Return the point a row gives, or None where it gives none that can be."""
        lon = next((row[i] for i in self._positions.get("longitude", ()) if row[i]), "")
        lat = next((row[i] for i in self._positions.get("latitude", ()) if row[i]), "")
        return LonLat.read(lon, lat) if lon and lat else None

    def areas_said(self, row: Sequence[str]) -> Values:
        """Return the districts a row names."""
        return _picked((), tuple(self._areas.items()), row)


def _found(names: dict[str, tuple[str, ...]], at: dict[str, int]) -> dict[str, tuple[int, ...]]:
    found = {meaning: tuple(at[name] for name in wanted if name in at) for meaning, wanted in names.items()}
    return {meaning: positions for meaning, positions in found.items() if positions}


def _picked(
    single: Sequence[tuple[str, int]], several: Sequence[tuple[str, tuple[int, ...]]], row: Sequence[str]
) -> Values:
    values = {meaning: said for meaning, position in single if (said := row[position])}
    for meaning, candidates in several:
        if said := next((row[position] for position in candidates if row[position]), ""):
            values[meaning] = said
    return values
