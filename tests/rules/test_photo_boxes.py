"""Areas of a photo never shrink, never leave the picture, and are few; a person lets photos through, by default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.definition import Visibility
from ombud.kernel.errors import BadInput
from ombud.opendata.rules import letting_photos
from ombud.opendata.rules.rule_set import Photos, Place, RuleSet, Tightened, read_rule_set
from ombud.service_requests.rules.photo_boxes import AT_MOST, WHOLE, Box, Looked, What, box, checked, read, written

PARTS = st.floats(-3, 3)


@given(PARTS, PARTS, PARTS, PARTS)
def test_an_area_covers_all_that_was_meant_and_lies_in_the_picture(
    left: float, top: float, right: float, bottom: float
) -> None:
    try:
        made = box(What.FACE, left, top, right, bottom, sure=0.5)
    except BadInput:
        return
    assert checked([made]) == (made,)
    assert made.left <= max(0, left) * WHOLE
    assert made.top <= max(0, top) * WHOLE
    assert made.left + made.width >= min(1, right) * WHOLE
    assert made.top + made.height >= min(1, bottom) * WHOLE
    assert read(written([made])) == (made,)


@pytest.mark.parametrize("edges", [(0.5, 0.5, 0.5, 0.5), (0.6, 0.1, 0.4, 0.9), (1.2, 0, 1.5, 1), (0, -2, 1, -1)])
def test_what_is_empty_or_outside_is_no_area(edges: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadInput):
        box(What.OTHER, *edges)


@pytest.mark.parametrize("n", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_area(n: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        box(What.OTHER, n, 0, 1, 1)


@pytest.mark.parametrize("edges", [(-1, 0, 9, 9), (990, 0, 11, 9), (0, 0, 0, 9)])
def test_areas_that_were_not_made_here_are_looked_at_too(edges: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadInput):
        checked([Box(What.FACE, *edges)])


def test_areas_are_few_and_each_is_kept_once() -> None:
    one = Box(What.FACE, 1, 2, 3, 4)
    assert checked([one, one]) == (one,)
    with pytest.raises(BadInput, match=str(AT_MOST)):
        checked([Box(What.FACE, n % 900, n // 900, 1, 1) for n in range(AT_MOST + 1)])


@pytest.mark.parametrize("rule", Photos)
@pytest.mark.parametrize("looked", Looked)
@pytest.mark.parametrize("areas", [0, 1])
def test_only_what_was_searched_and_found_clean_is_shown_by_itself(rule: Photos, looked: Looked, areas: int) -> None:
    shown = (rule, looked, areas) == (Photos.CLEAN, Looked.DONE, 0)
    assert letting_photos.by_itself(rule, looked=looked, areas=areas) is shown
    in_sandbox = looked is Looked.DONE and rule is not Photos.NEVER
    assert letting_photos.by_itself(rule, looked=looked, areas=areas, in_sandbox=in_sandbox) is in_sandbox


def test_a_person_lets_photos_through_unless_the_city_says_otherwise() -> None:
    assert RuleSet().rule_for("X", Visibility.PUBLIC).photos_by is Photos.PERSON
    told = read_rule_set({"services": {"X": {"photos": "clean"}, "Y": {"photos": "never"}}})
    assert told.rule_for("X", Visibility.PUBLIC).photos_by is Photos.CLEAN
    assert told.rule_for("Y", Visibility.PUBLIC).photos_by is Photos.NEVER
    with pytest.raises(BadInput):
        read_rule_set({"services": {"X": {"photos": "always"}}})


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("place", Place)
def test_where_the_exact_place_is_not_published_no_photo_is(visibility: Visibility, place: Place) -> None:
    rules = RuleSet(services={"X": Tightened(place=place, photos=Photos.CLEAN)})
    photos = rules.rule_for("X", visibility).photos_by
    assert (photos is Photos.CLEAN) == (visibility is Visibility.PUBLIC and place is Place.EXACT)
