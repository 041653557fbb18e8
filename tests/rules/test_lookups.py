"""A look-up's statement is kept: what comes out of keeping is what would have been written anew, for these texts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.opendata.engines import lookups
from ombud.opendata.soql.sql.compile import compiled
from ombud.opendata.soql.sql.compiled import Compiled
from ombud.opendata.soql.tree import Query
from tests.soql import NOW, meaning

# Few, so that one text often stands twice, and so that one shape is asked for with other texts.
TEXTS = st.sampled_from(("a", "b", "it''s", "", "\\", "%", "Ñ", ":p0", "%(p0)s", "0"))


@st.composite
def conditions(draw: st.DrawFn) -> str:
    column = draw(st.sampled_from((":id", "agency", "district")))
    match draw(st.sampled_from(("=", "=", "number", "time", "in", "or", "and", "<", "like"))):
        case "=":
            return f"{column} = '{draw(TEXTS)}'"
        case "number":
            return f"days = {draw(st.integers(0, 3))}"
        case "time":
            return f"created_date = '2026-01-0{draw(st.integers(1, 3))}'"
        case "in":
            return f":id in ({', '.join(repr(text) for text in draw(st.lists(st.sampled_from('abc'), min_size=1)))})"
        case ("or" | "and") as joint:
            return f"({draw(conditions())} {joint} {draw(conditions())})"
        case sign:
            return f"agency {sign} '{draw(st.sampled_from('abc'))}'"


def both(query: Query) -> tuple[Compiled, Compiled]:
    kept = lookups.statement(query, relation="t", now=NOW, jurisdiction_id="here")
    return kept, compiled(query, "postgres", relation="t", now=NOW, jurisdiction_id="here")


@given(conditions(), st.sampled_from(("*", "agency", "complaint, :id as agency")), st.sampled_from((1, 1000)))
def test_kept_and_written_anew_are_the_same(where: str, select: str, limit: int) -> None:
    kept, anew = both(meaning(query=f"select {select} where {where} limit {limit}"))
    assert kept == anew


def test_numbers_that_python_calls_equal_are_of_two_types_in_sql() -> None:
    for days in ("1", "1.0"):
        kept, anew = both(meaning(where=f"agency = 'DOT' and days = {days}"))
        assert kept == anew


def test_one_shape_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    monkeypatch.setattr(lookups, "compiled", lambda *args, **more: written.append(1) or compiled(*args, **more))
    kept = [
        lookups.statement(
            meaning(where=f":id = 'row {n}'", limit="7"), relation="once", now=NOW, jurisdiction_id="here"
        )
        for n in range(20)
    ]
    assert len(written) == 1
    assert all(f"row {n}" in one.bound.values() for n, one in enumerate(kept))
    assert len({one.sql for one in kept}) == 1


def test_what_is_kept_for_one_city_or_table_is_not_for_another() -> None:
    query = meaning(where=":id = 'row 1'")
    made = {
        (relation, own): lookups.statement(query, relation=relation, now=NOW, jurisdiction_id=own)
        for relation in ("t", "u")
        for own in ("here", "there")
    }
    assert all(f'"{relation}"' in one.sql and own in one.bound.values() for (relation, own), one in made.items())


def test_the_present_is_never_kept() -> None:
    query = meaning(select="get_utc_date() as at", where="agency = 'DOT'")
    for now in (NOW, NOW + timedelta(hours=1)):
        made = lookups.statement(query, relation="t", now=now, jurisdiction_id="here")
        assert made == compiled(query, "postgres", relation="t", now=now, jurisdiction_id="here")
