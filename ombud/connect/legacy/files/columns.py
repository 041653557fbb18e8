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
        self._point = {name: self._positions.get(name, ()) for name in ("longitude", "latitude")}

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

    def values_of(self, row: Sequence[str]) -> Values:
        """Return what a row says by meaning, trimmed; of several columns the first that says something."""
        return _picked(self._positions, row)

    def point_of(self, row: Sequence[str]) -> LonLat | None:
        """Return the point a row gives, or None where it gives none that can be."""
        said = _picked(self._point, row)
        return LonLat.read(said["longitude"], said["latitude"]) if len(said) == 2 else None

    def areas_said(self, row: Sequence[str]) -> Values:
        """Return the districts a row names."""
        return _picked(self._areas, row)


def _found(names: dict[str, tuple[str, ...]], at: dict[str, int]) -> dict[str, tuple[int, ...]]:
    found = {meaning: tuple(at[name] for name in wanted if name in at) for meaning, wanted in names.items()}
    return {meaning: positions for meaning, positions in found.items() if positions}


def _picked(positions: dict[str, tuple[int, ...]], row: Sequence[str]) -> Values:
    values: Values = {}
    for meaning, candidates in positions.items():
        for position in candidates:
            if said := row[position]:
                # Control characters cannot be kept, and PostgreSQL refuses some of them.
                said = " ".join(said.split()) if said.isprintable() else cleaned(said, lines=meaning == "resolution")
                if said:
                    values[meaning] = said
                    break
    return values
