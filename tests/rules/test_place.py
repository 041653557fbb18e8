"""Where the work is: the pin, or what it meant."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ombud.intake.rules.place import SNAPS_WITHIN, Located, snapped
from ombud.kernel.geo import LonLat, distance

POINTS = st.builds(LonLat, st.floats(-118.3, -118.2), st.floats(34.0, 34.1))
NEAR = st.floats(-0.001, 0.001)
KINDS = st.sampled_from([*SNAPS_WITHIN, "address_or_pin", "asset_or_pin", "park_facility", "street_segment", "none"])


@given(pin=POINTS, east=NEAR, north=NEAR, kind=KINDS, method=st.sampled_from(["pin", "gps", "photo", "address"]))
def test_a_pin_moves_no_further_than_its_kind_of_place_lets_it(
    pin: LonLat, east: float, north: float, kind: str, method: str
) -> None:
    known = LonLat(pin.lon + east, pin.lat + north)
    found = snapped(Located(method=method, point=pin), known, place=kind)
    assert found in (pin, known)
    moves = method != "address" and distance(pin, known) <= SNAPS_WITHIN.get(kind, -1.0)
    assert found == (known if moves else pin)


@given(pin=POINTS, kind=KINDS)
def test_where_nothing_is_known_near_it_stays(pin: LonLat, kind: str) -> None:
    assert snapped(Located(method="pin", point=pin), None, place=kind) == pin


@given(known=POINTS, kind=KINDS)
def test_words_alone_get_no_point(known: LonLat, kind: str) -> None:
    assert snapped(replace(Located(), words="by the old zoo"), known, place=kind) is None
