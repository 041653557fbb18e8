"""What one row of a file says, by meaning: empty where it says nothing."""

from typing import NamedTuple


class Said(NamedTuple):
    """One row in the words of the mapping."""

    number: str = ""
    requested_at: str = ""
    updated_at: str = ""
    closed_at: str = ""
    due_at: str = ""
    service_on: str = ""
    service: str = ""
    detail: str = ""
    detail_2: str = ""
    status: str = ""
    agency: str = ""
    unit: str = ""
    channel: str = ""
    action: str = ""
    anonymous: str = ""
    resolution: str = ""
    location_kind: str = ""
    address: str = ""
    house_number: str = ""
    street_direction: str = ""
    street: str = ""
    street_suffix: str = ""
    cross_street_1: str = ""
    cross_street_2: str = ""
    city: str = ""
    zip: str = ""
    parcel: str = ""
    facility: str = ""
    latitude: str = ""
    longitude: str = ""


MEANINGS = Said._fields
