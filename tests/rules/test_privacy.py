"""Nothing but what is named leaves, for each visibility."""

from dataclasses import fields
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.definition import Visibility
from ombud.kernel.geo import LonLat
from ombud.opendata.rules.privacy import LISTED, PublicRequest, made_public
from ombud.opendata.rules.rule_set import Place, RuleSet, Tightened, Times

RULES, ZONE = RuleSet(), ZoneInfo("America/Los_Angeles")
instants = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
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
        "shows_photos", "waits_days",
    }  # fmt: skip


@given(requests, points)
def test_public_shows_the_request_as_it_is(request: PublicRequest, cell: LonLat) -> None:
    assert made_public(request, rule=RULES.public, zone=ZONE, cell=cell) == request


@given(requests, points)
def test_coarse_shows_the_middle_of_the_cell_and_no_address(request: PublicRequest, cell: LonLat) -> None:
    seen = made_public(request, rule=RULES.public_coarse, zone=ZONE, cell=cell)
    assert (seen.point, seen.address, seen.precision) == (cell, "", "coarse")
    assert not seen.is_hidden


@given(requests)
def test_coarse_without_a_cell_shows_no_point(request: PublicRequest) -> None:
    assert made_public(request, rule=RULES.public_coarse, zone=ZONE).point is None


@given(requests, st.none() | points, st.sampled_from([Visibility.COUNT_ONLY, Visibility.PRIVATE]))
def test_the_others_show_their_number_alone(
    request: PublicRequest, cell: LonLat | None, visibility: Visibility
) -> None:
    seen = made_public(request, rule=RULES.rule_for("X", visibility), zone=ZONE, cell=cell)
    left = {f.name: getattr(seen, f.name) for f in fields(seen) if getattr(seen, f.name)}
    assert left == {"number": request.number, "precision": "none", "is_hidden": True}


@given(requests, points, st.sampled_from([v for v in Visibility if v is not Visibility.PUBLIC]))
def test_photos_are_shown_of_public_services_only(request: PublicRequest, cell: LonLat, visibility: Visibility) -> None:
    assert not made_public(request, rule=RULES.rule_for("X", visibility), zone=ZONE, cell=cell).shows_photos


def test_only_what_has_a_public_row_is_listed() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    row = PublicRequest(
        "SP-1", "P", "received", "", "A", now, None, None, None, None, 0, "exact", LonLat(1, 1), "1 Main St", ()
    )
    shown = {v.value for v in Visibility if not made_public(row, rule=RULES.rule_for("X", v), zone=ZONE).is_hidden}
    assert set(LISTED) == shown


@given(requests, points)
def test_coarse_tells_times_by_their_day(request: PublicRequest, cell: LonLat) -> None:
    seen = made_public(request, rule=RULES.public_coarse, zone=ZONE, cell=cell)
    for name in ("requested_at", "closed_at", "target_at", "expected_from", "expected_to"):
        told, was = getattr(seen, name), getattr(request, name)
        assert (told is None) == (was is None)
        if was is not None:
            assert told.astimezone(ZONE).timetz().replace(tzinfo=None).isoformat() == "00:00:00"
            assert told.astimezone(ZONE).date() == was.astimezone(ZONE).date()


@given(requests, points, points, st.sampled_from(Place), st.sampled_from(Times), st.sampled_from(Visibility))
def test_what_a_city_says_of_a_service_only_ever_hides_more(
    request: PublicRequest, cell: LonLat, block: LonLat, place: Place, times: Times, visibility: Visibility
) -> None:
    general = RULES.rule_for("X", visibility)
    strict = RULES.model_copy(update={"services": {"X": Tightened(place=place, times=times)}}).rule_for("X", visibility)
    order = list(Place)
    assert order.index(strict.place) == max(order.index(general.place), order.index(place))
    seen = made_public(request, rule=strict, zone=ZONE, cell=cell, block=block)
    before = made_public(request, rule=general, zone=ZONE, cell=cell, block=block)
    assert before.is_hidden == seen.is_hidden
    assert seen.point in (before.point, block, cell, None)
    if strict.place is not Place.EXACT:
        assert not seen.shows_photos
