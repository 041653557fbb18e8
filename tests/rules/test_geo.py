"""Positions: whatever is sent, it is a point on the ground or none."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.geo import EARTH_RADIUS, LonLat, Metres, box_around, distance

points = st.builds(LonLat, st.floats(-180, 180), st.floats(-85, 85))


@given(st.text() | st.floats() | st.none(), st.text() | st.floats() | st.integers())
def test_whatever_is_sent_is_a_point_or_none(lon: object, lat: object) -> None:
    point = LonLat.read(lon, lat)
    assert point is None or (math.isfinite(point.lon) and abs(point.lat) <= 90 and abs(point.lon) <= 180)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("nan", "1"), ("inf", "1"), ("1e400", "1"), ("-118", "91"), ("181", "3"), ("", ""), ("0", "0"), ("0x10", "1")],
)
def test_these_are_none(lon: str, lat: str) -> None:
    assert LonLat.read(lon, lat) is None


@pytest.mark.parametrize(("lon", "lat"), [(180, 90), (-180, -90), (0, 51.5), (9.7, 0), (0.01, 0), (0, -0.01)])
def test_the_ends_of_the_earth_and_its_zero_lines_are_points(lon: float, lat: float) -> None:
    assert LonLat.read(lon, lat) == LonLat(lon, lat)


@pytest.mark.parametrize(("lon", "lat"), [(0.009, 0.009), (-0.009, 0), (180.1, 0), (0, 90.1), (-180.1, 0), (1, -90.1)])
def test_what_lies_beyond_them_or_at_0_0_is_none(lon: float, lat: float) -> None:
    assert LonLat.read(lon, lat) is None


@given(points, points)
def test_the_way_there_is_the_way_back(a: LonLat, b: LonLat) -> None:
    assert math.isclose(distance(a, b), distance(b, a), abs_tol=1e-6)
    assert 0 <= distance(a, b) <= math.pi * EARTH_RADIUS + 1
    assert distance(a, a) == 0


@given(points, points, points)
def test_a_detour_is_never_shorter(a: LonLat, b: LonLat, c: LonLat) -> None:
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-3


def test_known_lengths() -> None:
    one_degree = distance(LonLat(-93.3, 37.0), LonLat(-93.3, 38.0))
    assert math.isclose(one_degree, 111_195, rel_tol=1e-4)
    los_angeles, new_york = LonLat(-118.2437, 34.0522), LonLat(-74.0060, 40.7128)
    assert math.isclose(distance(los_angeles, new_york), 3_935_700, rel_tol=0.003)


@given(st.builds(LonLat, st.floats(-179, 179), st.floats(-80, 80)), st.floats(1, 2000), st.floats(0, 2 * math.pi))
def test_the_box_holds_the_circle(centre: LonLat, radius: float, bearing: float) -> None:
    # The far end of a radius, by the flat map that is right to a millimetre at this size.
    d = math.degrees(radius / EARTH_RADIUS)
    point = LonLat(
        centre.lon + d * math.sin(bearing) / math.cos(math.radians(centre.lat)), centre.lat + d * math.cos(bearing)
    )
    low, high = box_around(centre, Metres(radius))
    assert low.lon - 1e-9 <= point.lon <= high.lon + 1e-9
    assert low.lat - 1e-9 <= point.lat <= high.lat + 1e-9


def test_the_box_is_no_larger_than_it_must_be() -> None:
    low, high = box_around(LonLat(-93.3, 60.0), Metres(1000))
    assert math.isclose(distance(LonLat(-93.3, low.lat), LonLat(-93.3, high.lat)), 2000, rel_tol=1e-3)
    assert math.isclose(distance(LonLat(low.lon, 60.0), LonLat(high.lon, 60.0)), 2000, rel_tol=1e-3)


@given(st.floats(-180, 180), st.sampled_from([-90.0, 90.0]), st.floats(0, 5000))
def test_a_box_at_a_pole_is_still_on_the_globe(lon: float, lat: float, radius: float) -> None:
    low, high = box_around(LonLat(lon, lat), Metres(radius))
    assert -90 <= low.lat <= high.lat <= 90
