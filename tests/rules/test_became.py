"""What became of services: every code of the past leads to those of today, or it is said that it was retired."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.definition import ServiceDefinition
from ombud.catalog.rules.lineage import check_links, followed_by, today
from ombud.kernel.errors import BadInput
from ombud.opendata.rules.became import Life, became, touching

START = datetime(2020, 1, 1, tzinfo=UTC)


def day(n: int) -> datetime:
    return START + timedelta(days=n)


def life(code: str, *, since: int = 0, until: int | None = None, **names: int) -> Life:
    called = [(day(since), code.title()), *((day(at), name) for name, at in names.items())]
    return Life(code, called, offered=until is None, ended=None if until is None else day(until))


def told(lives: list[Life], *links: tuple[str, str, int]) -> list[tuple[Any, ...]]:
    found = became(lives, {(old, new): day(at) for old, new, at in links})
    return [(one.old_name, one.change, one.service_code, one.since, one.until) for one in found]


def test_a_new_name_leaves_the_old_one_behind() -> None:
    assert told([life("a", Pit=5)]) == [("A", "renamed", "a", None, day(5))]
    assert told([life("a", Pit=5, A=9)]) == [("Pit", "renamed", "a", day(5), day(9))]


def test_what_ends_without_a_follower_is_retired() -> None:
    assert told([life("a"), life("b", since=2, until=7)]) == [("B", "retired", "", day(2), day(7))]


def test_what_begins_without_a_forerunner_is_new() -> None:
    assert told([life("a"), life("b", since=3)]) == [("", "new", "b", day(3), None)]


def test_one_becomes_several() -> None:
    lives = [life("a", until=4), life("b", since=4), life("c", since=4)]
    assert told(lives, ("a", "b", 4), ("a", "c", 4)) == [
        ("A", "split", "b", None, day(4)),
        ("A", "split", "c", None, day(4)),
    ]


def test_several_become_one_through_another() -> None:
    lives = [life("a", until=4), life("b", until=4), life("c", since=4, until=9), life("d", since=9)]
    links = ("a", "c", 4), ("b", "c", 4), ("c", "d", 9)
    assert told(lives, *links) == [
        ("A", "merged", "d", None, day(4)),
        ("B", "merged", "d", None, day(4)),
        ("C", "replaced", "d", day(4), day(9)),
    ]


def test_what_goes_into_one_that_was_there_before_is_merged() -> None:
    lives = [life("a", until=4), life("b")]
    assert told(lives, ("a", "b", 4)) == [("A", "merged", "b", None, day(4))]


@pytest.mark.parametrize(("since", "until", "touched"), [(0, 3, False), (0, 4, True), (4, 9, True), (5, 9, False)])
def test_only_what_changed_in_the_days_looked_at_touches_them(since: int, until: int, touched: bool) -> None:
    found = became([life("a", until=4), life("b", since=4)], {("a", "b"): day(4)})
    for codes in (["a"], ["b"]):
        assert bool(touching(found, codes, since=day(since), until=day(until))) is touched
    assert not touching(found, ["c"], since=None, until=day(99))


def test_what_a_part_was_taken_from_is_one_of_several() -> None:
    assert told([life("a"), life("b", since=4)], ("a", "b", 4)) == [
        ("A", "split", "a", None, day(4)),
        ("A", "split", "b", None, day(4)),
    ]


@st.composite
def pasts(draw: st.DrawFn) -> tuple[list[Life], dict[tuple[str, str], datetime]]:
    """Services of which later ones follow earlier ones; some are offered still."""
    n = draw(st.integers(1, 8))
    lives = []
    for i in range(n):
        days = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=3)))
        names = [(day(at), draw(st.sampled_from("xyz"))) for at in days]
        names = [one for k, one in enumerate(names) if not k or one[1] != names[k - 1][1]]
        offered = draw(st.booleans())
        lives.append(Life(f"s{i}", names, offered, None if offered else day(draw(st.integers(31, 60)))))
    pairs = [(f"s{i}", f"s{j}") for j in range(n) for i in range(j)]
    links = draw(st.dictionaries(st.sampled_from(pairs), st.integers(0, 60).map(day))) if pairs else {}
    return lives, links


@given(pasts())
def test_no_code_is_lost(past: tuple[list[Life], dict[tuple[str, str], datetime]]) -> None:
    lives, links = past
    offered = {one.code for one in lives if one.offered}
    rows = became(lives, links)
    successors = followed_by(links)
    for one in lives:
        mine = [row for row in rows if row.old_code == one.code]
        leads = today(one.code, successors, offered=offered)
        if not one.offered:
            assert {row.old_name for row in mine} == {name for _at, name in one.names}
            assert {row.service_code for row in mine} == (leads or {""})
        assert all((row.change == "retired") is (not leads) for row in mine)
        assert all((row.change == "split") is (len(leads) > 1) for row in mine)
    assert {row.service_code for row in rows} <= offered | {""}
    ids = [(row.old_code, row.since, row.service_code) for row in rows]
    assert len(ids) == len(set(ids))


@given(pasts())
def test_whoever_follows_is_followed_on(past: tuple[list[Life], dict[tuple[str, str], datetime]]) -> None:
    lives, links = past
    offered, successors = {one.code for one in lives if one.offered}, followed_by(links)
    for old, new in links:
        assert today(new, successors, offered=offered) <= today(old, successors, offered=offered)


def service(code: str, **more: Any) -> ServiceDefinition:
    return ServiceDefinition(code=code, name={"en": code}, group="g", agency="a", **more)


@pytest.mark.parametrize(
    ("services", "says"),
    [
        ([service("A", was=("A",))], "Service A names itself"),
        ([service("A", replaced_by=("X", "Y"))], "Service A names X, Y as what it was"),
        ([service("A", was=("B",)), service("B", was=("A",))], "in a circle: A → B → A"),
        (
            [service("A", replaced_by=("B",)), service("B"), service("C", was=("B",), replaced_by=("A",))],
            "A → B → C → A",
        ),
    ],
)
def test_what_cannot_be_is_refused(services: list[ServiceDefinition], says: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_links(services, known={one.code for one in services})
    assert says in refused.value.message


def test_what_was_in_the_catalogue_once_may_be_named() -> None:
    check_links([service("A", was=("GONE",)), service("B", was=("GONE", "A"))], known={"A", "B", "GONE"})
