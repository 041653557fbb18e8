"""
The one rule set of what strangers may see.

Default deny: what is not named here does not leave. Names, contact data, free text and original photos never do;
how precisely a place is shown follows from the service's visibility.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ombud.catalog.rules.definition import Visibility
from ombud.kernel.geo import LonLat


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """A request as a stranger sees it."""

    number: str
    service_code: str
    status: str
    outcome: str
    agency: str
    requested_at: datetime | None
    closed_at: datetime | None
    target_at: datetime | None
    expected_from: datetime | None
    expected_to: datetime | None
    reopened: int
    precision: str  # exact, coarse, none
    point: LonLat | None
    address: str
    area_tags: tuple[str, ...]
    is_hidden: bool = False
    shows_photos: bool = False


def made_public(request: PublicRequest, *, visibility: Visibility, cell: LonLat | None) -> PublicRequest:
    """Return what is left of a request for strangers. `cell` is the middle of the coarse cell it lies in."""
    match visibility:
        case Visibility.PUBLIC:
            return replace(request, shows_photos=True)
        case Visibility.COARSE:
            # A photo shows the exact place.
            return replace(request, precision="coarse", point=cell, address="", shows_photos=False)
        case Visibility.COUNT_ONLY | Visibility.PRIVATE:
            return PublicRequest(
                number=request.number,
                service_code="",
                status="",
                outcome="",
                agency="",
                requested_at=None,
                closed_at=None,
                target_at=None,
                expected_from=None,
                expected_to=None,
                reopened=0,
                precision="none",
                point=None,
                address="",
                area_tags=(),
                is_hidden=True,
            )


LISTED = (Visibility.PUBLIC.value, Visibility.COARSE.value)
