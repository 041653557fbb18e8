"""Whether what was said of a place will do."""

from dataclasses import dataclass

from ombud.kernel.errors import N_, BadInput
from ombud.kernel.geo import LonLat

METHODS = ("address", "pin", "gps", "photo", "words")


@dataclass(frozen=True, slots=True)
class Located:
    """Where, as a person gave it: a point, an address, or only words."""

    method: str = "words"
    point: LonLat | None = None
    accuracy_m: float | None = None
    address: str = ""
    words: str = ""
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return self.point is None and not self.address and not self.words


def check_place(located: Located, *, needed: bool, inside: bool) -> list[BadInput]:
    """
    Return what is wrong with the place, if anything.

    Words without a point are enough: not everybody can use a map. A point must lie in the city.
    """
    if located.is_empty:
        return [BadInput(N_("Tell us where this is."), field="place")] if needed else []
    if located.point is not None and not inside:
        return [BadInput(N_("This place is outside the city."), field="place")]
    if located.point is None and len(located.words or located.address) < 5:
        return [BadInput(N_("Tell us a little more about where this is."), field="place")]
    return []
