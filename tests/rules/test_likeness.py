"""When two reports are of one thing: what speaks for it, how much, and what follows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombud.kernel.geo import LonLat, Metres
from ombud.triage.likeness.rules import measures, scoring
from ombud.triage.likeness.rules.evidence import compare
from ombud.triage.likeness.rules.grid import Grid
from ombud.triage.likeness.rules.sighting import Sighting, Thing, plain_address
from ombud.triage.likeness.rules.sorting import put_together
from ombud.triage.likeness.rules.verdict import DEFAULTS, Verdict, judge

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
HERE = LonLat(-118.25, 34.05)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOLE = Sighting(key="1", service="hole", at=NOON, reach=Metres(30), point=HERE)


def metres_away(metres: float) -> LonLat:
    return LonLat(HERE.lon, HERE.lat + metres / 111_195)


def later(by: timedelta, **changes: object) -> Sighting:
    return replace(HOLE, key="2", at=NOON + by, **changes)  # type: ignore[arg-type]


def verdict(new: Sighting, *things: Thing) -> Verdict:
    return judge(new, things, bars=DEFAULTS, weights=scoring.shipped())


def found(new: Sighting, thing: Thing) -> set[str]:
    return {f.name for f in compare(new, thing) or []}


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("1220 North Elm Street, Apt. 4, Springfield, MO 65802", "1220 n elm st"),
        ("1220 N ELM ST", "1220 n elm st"),
        ("1220 N Elm St #4", "1220 n elm st"),
        ("INTERSECTION of Centre St & Seaverns Ave  Jamaica Plain  MA", "centre st & seaverns av"),
        ("Seaverns Ave and Centre St", "centre st & seaverns av"),
        ("Calle Ocho", ""),
        ("Elm Street", ""),
        ("  ", ""),
    ],
)
def test_addresses_are_compared_without_their_dress(address: str, plain: str) -> None:
    assert plain_address(address) == plain


def test_the_same_hole_on_the_same_day_joins() -> None:
    said = verdict(later(HOUR, point=metres_away(2)), Thing("1", HOLE))
    assert said.decision == "join"
    assert said.best is not None
    assert {"found": "distance:beside", "n": 2.0} in said.best.reasons


@pytest.mark.parametrize(
    ("new", "decision"),
    [
        (later(HOUR, point=metres_away(8)), "ask"),
        (later(HOUR, point=metres_away(8), words="a deep hole"), "join"),
        (later(HOUR, point=metres_away(31)), "leave"),
        (later(HOUR, point=metres_away(2), service="lamp"), "ask"),
        (later(40 * DAY, point=metres_away(2)), "leave"),
        (later(HOUR, point=None), "leave"),
    ],
)
def test_what_follows(new: Sighting, decision: str) -> None:
    thing = Thing("1", replace(HOLE, words="a very deep hole"))
    assert verdict(new, thing).decision == decision


def test_the_asset_says_more_than_the_place() -> None:
    lamp = replace(HOLE, asset="4711")
    far = replace(lamp, key="2", at=NOON + DAY, point=metres_away(200))
    assert found(far, Thing("1", lamp)) >= {"asset:same"}
    assert compare(replace(lamp, key="2", asset="4712"), Thing("1", lamp)) is None


def test_an_unsure_place_reaches_further_and_proves_less() -> None:
    unsure = later(HOUR, point=metres_away(60), accuracy_m=50)
    assert found(unsure, Thing("1", HOLE)) & {"distance:near", "distance:in_reach"}
    vague = replace(HOLE, accuracy_m=60)
    assert "distance:beside" not in found(later(HOUR, accuracy_m=60), Thing("1", vague))
    # A telephone that knows its place to a kilometre does not make a quarter of one thing.
    assert compare(later(HOUR, point=metres_away(200), accuracy_m=1000), Thing("1", HOLE)) is None


def test_words_in_another_language_say_nothing() -> None:
    thing = Thing("1", replace(HOLE, words="a deep hole", language="en"))
    assert not {n for n in found(later(HOUR, words="un hoyo hondo", language="es"), thing) if n.startswith("words")}
    assert "words:same" in found(later(HOUR, words="deep hole a", language="en"), thing)


def test_alike_photos_speak_for_it_and_others_say_nothing() -> None:
    thing = Thing("1", replace(HOLE, photos=(0b1111,)))
    assert "photo:same" in found(later(HOUR, photos=(0b1110,)), thing)
    assert not {n for n in found(later(HOUR, photos=(~0b1111 & (1 << 64) - 1,)), thing) if n.startswith("photo")}


def test_what_ended_lately_has_come_back() -> None:
    fixed = Thing("1", HOLE, ended_at=NOON + 5 * DAY)
    assert verdict(later(6 * DAY, point=metres_away(2)), fixed).decision == "again"
    assert verdict(later(30 * DAY, point=metres_away(2)), fixed).decision == "leave"
    # What is open goes before what has ended.
    still = Thing("3", replace(HOLE, key="3", at=NOON + 5 * DAY))
    assert verdict(later(6 * DAY, point=metres_away(2)), fixed, still).best.thing is still  # type: ignore[union-attr]


def test_a_street_of_holes_is_not_one_hole() -> None:
    """Each is 6 m from the one before: one thing reaches no further than its first report does."""
    street = [(replace(HOLE, key=str(i), at=NOON + i * HOUR, point=metres_away(6 * i)), None) for i in range(20)]
    grid = Grid(days=100)
    sure = replace(DEFAULTS, join=0.5)
    put = list(put_together(street, grid=grid, bars=lambda _: sure, weights=scoring.shipped()))
    assert len({one.thing for one in put}) >= 3


def test_more_rivals_make_it_less_likely() -> None:
    others = [Thing(str(i), replace(HOLE, key=str(i))) for i in range(3, 6)]
    alone = verdict(later(HOUR), Thing("1", HOLE))
    crowded = verdict(later(HOUR), Thing("1", HOLE), *others)
    assert alone.best is not None
    assert crowded.best is not None
    assert crowded.best.probability < alone.best.probability


sightings = st.builds(
    Sighting,
    key=st.just("x"),
    service=st.sampled_from(["hole", "lamp"]),
    at=st.integers(0, 200 * 24).map(lambda h: NOON + h * HOUR),
    reach=st.sampled_from([Metres(0), Metres(30), Metres(200)]),
    point=st.none() | st.integers(0, 300).map(metres_away),
    accuracy_m=st.none() | st.floats(0, 5000),
    address=st.sampled_from(["", "1 elm st", "3 elm st"]),
    asset=st.sampled_from(["", "4711", "4712"]),
    words=st.text(max_size=30),
    language=st.sampled_from(["", "en", "es"]),
    details=st.frozensets(st.sampled_from(["a=1", "a=2", "b=1"])),
    photos=st.lists(st.integers(0, 2**64 - 1), max_size=2).map(tuple),
    reporter=st.sampled_from(["", "ada"]),
)


@settings(max_examples=60, deadline=None)
@given(sightings, st.lists(sightings, max_size=6), st.booleans())
def test_whatever_is_seen_there_is_a_verdict(new: Sighting, others: list[Sighting], ended: bool) -> None:
    things = [
        Thing(str(i), replace(s, key=str(i)), ended_at=s.at + DAY if ended else None) for i, s in enumerate(others)
    ]
    said = verdict(new, *things)
    assert said.decision in ("join", "ask", "again", "leave")
    if said.decision in ("join", "ask"):
        assert said.best is not None
        assert said.best.thing.is_open_at(new.at)
        assert 0 <= said.best.probability <= 1
    # In whatever order they are looked at, it is the same one.
    back = verdict(new, *reversed(things))
    assert (said.decision, said.best and said.best.thing.key) == (back.decision, back.best and back.best.thing.key)


@settings(max_examples=60, deadline=None)
@given(st.lists(sightings, max_size=12))
def test_the_grid_finds_whatever_may_be_compared(reports: list[Sighting]) -> None:
    ordered = sorted((replace(s, key=str(i)) for i, s in enumerate(reports)), key=lambda s: (s.at, s.key))
    grid, things = Grid(days=10_000), []
    for new in ordered:
        near = {t.key for t in grid.near(new)}
        missed = {t.key for t in things if t.first.service == new.service and compare(new, t) is not None} - near
        assert not missed
        thing = Thing(new.key, new)
        things.append(thing)
        grid.add(thing)


def test_measures_by_hand() -> None:
    true = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}
    said = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 3}
    pairs = measures.pairwise(said, true)
    assert (pairs.precision, pairs.recall) == (1 / 3, 1 / 2)
    b_cubed = measures.b_cubed(said, true)
    assert b_cubed.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert b_cubed.recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1) / 5)
    marks = measures.of_marks([True, True, False], [True, False, False])
    assert (marks.precision, marks.recall) == (0.5, 1.0)
    table, brier, error = measures.reliability([0.9, 0.9, 0.1], [True, False, False])
    assert [step.n for step in table] == [1, 2]
    assert brier == pytest.approx((0.01 + 0.81 + 0.01) / 3)
    assert error == pytest.approx((0.1 + 0.8) / 3)


def test_every_weight_says_whether_it_was_learned() -> None:
    import json

    rows = json.loads(scoring.FILE.read_text(encoding="utf-8"))["weights"]
    assert all("set" in row and "weight" in row for row in rows.values())
    assert {name for name, row in rows.items() if row["weight"] != row["set"]} <= {
        n for n, r in rows.items() if "n" in r
    }
