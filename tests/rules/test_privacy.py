"""Nothing but what is named leaves, for each visibility."""

from dataclasses import fields
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.definition import Visibility
from ombud.kernel.geo import LonLat
from ombud.opendata.rules.privacy import LISTED, PublicRequest, made_public

instants = st.none() | st.datetimes(timezones=st.just(UTC))
points = st.builds(LonLat, st.floats(-179, 179), st.floats(-89, 89))
requests = st.builds(
    PublicRequest,
    number=st.text("0123456789", min_size=3),
    service_code=st.text("ABC", min_size=1),
    status=st.sampled_from(["received", "closed"]),
    outcome=st.sampled_from(["", "fixed"]),
    agency=st.text("ABC", min_size=1),
    requested_at=instants,
    closed_at=instants,
    target_at=instants,
    expected_from=instants,
    expected_to=instants,
    reopened=st.integers(0, 5),
    precision=st.just("exact"),
    point=points,
    address=st.text(min_size=1),
    area_tags=st.just(("ward:1",)),
    is_hidden=st.just(False),
    shows_photos=st.just(True),
)


def test_a_new_field_has_to_be_decided_upon_here() -> None:
    assert {f.name for f in fields(PublicRequest)} == {
        "number", "service_code", "status", "outcome", "agency", "requested_at", "closed_at", "target_at",
        "expected_from", "expected_to", "reopened", "precision", "point", "address", "area_tags", "is_hidden",
        "shows_photos",
    }  # fmt: skip


@given(requests, points)
def test_public_shows_the_request_as_it_is(request: PublicRequest, cell: LonLat) -> None:
    assert made_public(request, visibility=Visibility.PUBLIC, cell=cell) == request


@given(requests, points)
def test_coarse_shows_the_middle_of_the_cell_and_no_address(request: PublicRequest, cell: LonLat) -> None:
    seen = made_public(request, visibility=Visibility.COARSE, cell=cell)
    assert (seen.point, seen.address, seen.precision) == (cell, "", "coarse")
    assert not seen.is_hidden


@given(requests)
def test_coarse_without_a_cell_shows_no_point(request: PublicRequest) -> None:
    assert made_public(request, visibility=Visibility.COARSE, cell=None).point is None


@given(requests, st.none() | points, st.sampled_from([Visibility.COUNT_ONLY, Visibility.PRIVATE]))
def test_the_others_show_their_number_alone(
    request: PublicRequest, cell: LonLat | None, visibility: Visibility
) -> None:
    seen = made_public(request, visibility=visibility, cell=cell)
    left = {f.name: getattr(seen, f.name) for f in fields(seen) if getattr(seen, f.name)}
    assert left == {"number": request.number, "precision": "none", "is_hidden": True}


@given(requests, points, st.sampled_from([v for v in Visibility if v is not Visibility.PUBLIC]))
def test_photos_are_shown_of_public_services_only(request: PublicRequest, cell: LonLat, visibility: Visibility) -> None:
    assert not made_public(request, visibility=visibility, cell=cell).shows_photos


def test_only_what_has_a_public_row_is_listed() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    row = PublicRequest(
        "SP-1", "P", "received", "", "A", now, None, None, None, None, 0, "exact", LonLat(1, 1), "1 Main St", ()
    )
    shown = {v.value for v in Visibility if not made_public(row, visibility=v, cell=None).is_hidden}
    assert set(LISTED) == shown
