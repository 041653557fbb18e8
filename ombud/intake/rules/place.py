"""Whether what was said of a place will do."""

from dataclasses import dataclass

from ombud.kernel.errors import N_, BadInput
from ombud.kernel.geo import LonLat, Metres, distance


@dataclass(frozen=True, slots=True)
class Located:
    """Where, as a person gave it: a point, an address, or only words."""

    method: str = "words"
    point: LonLat | None = None
    accuracy_m: float | None = None
    address: str = ""
    words: str = ""
    note: str = ""
    address_id: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return self.point is None and not (self.address or self.words or self.address_id)


# How far a pin may lie from what the service is about: a home has an address, a crossing a middle. What lies in the
# street, on a pole or in a park is where the pin is.
SNAPS_WITHIN = {"service_address": Metres(40), "intersection": Metres(60)}


def snapped(located: Located, near: LonLat | None, *, place: str) -> LonLat | None:
    """
    Return the point that the work is for, WGS84; the raw one is kept beside it.

    `near` is the known address (or crossing) nearest to a point that a hand or a satellite has set; `place` is what
    the service asks for.
    """
    point, within = located.point, SNAPS_WITHIN.get(place)
    # Another program answers itself for the point that it sends.
    if point is None or near is None or within is None or located.method in ("address", "sent"):
        return point
    return near if distance(point, near) <= within else point


def check_place(located: Located, *, needed: bool, inside: bool) -> list[BadInput]:
    """
    Return what is wrong with the place, if anything.

    Words without a point are enough: not everybody can use a map. A point must lie in the city.
    """
    if located.is_empty:
        return [BadInput(N_("Tell us where this is."), field="place")] if needed else []
    if located.point is not None and not inside:
        return [BadInput(N_("This place is outside the city."), field="place")]
    if located.point is None and not located.address_id and len(located.words or located.address) < 5:
        return [BadInput(N_("Tell us a little more about where this is."), field="place")]
    return []
