"""What a data set is, and under which id a city publishes it."""

import hashlib
from dataclasses import dataclass
from string import ascii_lowercase, digits

from ombud.catalog.city import City
from ombud.opendata.rules.columns import SYSTEM, Column

_SIGNS = digits + ascii_lowercase


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set of one city. `columns` has those of its own, without the system fields."""

    code: str
    title: str
    about: str
    # What one row is, in words: "a request for service".
    row: str
    columns: tuple[Column, ...]
    keywords: tuple[str, ...] = ()
    # The id it had elsewhere before, which it keeps.
    assigned_id: str = ""

    @property
    def every_column(self) -> tuple[Column, ...]:
        """The columns of its own and the system fields."""
        return self.columns + SYSTEM


def id_of(city: City, dataset: DataSet) -> str:
    """
    Return the four-by-four under which a city publishes a data set, the same for ever.

    A city that comes from another portal keeps the ids it had there: its file names them, or the archive's schema.
    """
    named = city.settings.get("open_data", {}).get("ids", {}).get(dataset.code)
    return str(named or dataset.assigned_id or derived_id(city.id, dataset.code))


def derived_id(jurisdiction_id: str, code: str) -> str:
    """Return a four-by-four that follows from a city and a name alone."""
    number = int.from_bytes(hashlib.sha256(f"{jurisdiction_id}/{code}".encode()).digest()[:8], "big")
    signs = ""
    for _ in range(8):
        number, rest = divmod(number, len(_SIGNS))
        signs += _SIGNS[rest]
    return f"{signs[:4]}-{signs[4:]}"
