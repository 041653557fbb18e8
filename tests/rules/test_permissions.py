"""Who may do what, as a table. What is not in it nobody may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import NotAllowed
from ombud.people.rules.permissions import GRANTS, Grant, Role, Verb, may, require

MATRIX = """
                call_taker dispatcher agency_staff supervisor administrator auditor
view                +          +           +           +            +          +
view_contact        +          +           +           +            +          -
create              +          +           +           +            +          -
note                +          +           +           +            +          -
reply               +          +           +           +            +          -
work                -          +           +           +            +          -
route               -          +           +           +            +          -
see_log             -          -           -           +            +          +
edit_catalogue      -          -           -           -            +          -
manage_staff        -          -           -           -            +          -
erase               -          -           -           -            +          -
manage_links        -          -           -           -            +          -
see_routing         -          +           -           +            +          -
switch_storm        -          -           -           +            +          -
manage_rosters      -          -           -           +            +          -
publish             -          -           -           -            +          -
review              -          -           -           +            +          -
act_on              -          -           -           +            +          -
"""


def cells() -> list[tuple[Role, Verb, bool]]:
    """Return the table as (role, verb, allowed)."""
    head, *rows = [line.split() for line in MATRIX.strip().splitlines()]
    return [
        (Role(name), Verb(verb), mark == "+") for verb, *marks in rows for name, mark in zip(head, marks, strict=True)
    ]


def test_the_table_is_whole() -> None:
    assert len(cells()) == len(Role) * len(Verb)
    assert set(GRANTS) == set(Role)


@pytest.mark.parametrize(("role", "verb", "allowed"), cells())
def test_a_role_in_the_whole_city(role: Role, verb: Verb, allowed: bool) -> None:
    for agency in ("", "STREETS"):
        assert may({Grant(role)}, verb, agency=agency) is allowed


@pytest.mark.parametrize(("role", "verb", "allowed"), cells())
def test_a_role_in_one_agency_reaches_no_other(role: Role, verb: Verb, allowed: bool) -> None:
    grant = {Grant(role, "STREETS")}
    assert may(grant, verb, agency="STREETS") is allowed
    # Everyone of the city sees every request and may add to it, so that nobody is sent in circles.
    reaches = verb in (Verb.VIEW, Verb.CREATE, Verb.NOTE, Verb.SEE_ROUTING, Verb.MANAGE_ROSTERS, Verb.REVIEW)
    for elsewhere in ("SANITATION", "", "streets", "STREETS "):
        assert may(grant, verb, agency=elsewhere) is (allowed and reaches)


@given(st.sampled_from(Verb), st.text(max_size=12))
def test_without_a_role_nobody_may_anything(verb: Verb, agency: str) -> None:
    assert not may((), verb, agency=agency)
    with pytest.raises(NotAllowed):
        require((), verb, agency=agency)


grants = st.builds(Grant, st.sampled_from(Role), st.sampled_from(["", "STREETS", "SANITATION"]))


@given(st.frozensets(grants), grants, st.sampled_from(Verb), st.sampled_from(["", "STREETS", "SANITATION", "FIRE"]))
def test_another_role_never_takes_anything_away(held: frozenset[Grant], more: Grant, verb: Verb, agency: str) -> None:
    both = held | {more}
    assert may(both, verb, agency=agency) == (may(held, verb, agency=agency) or may({more}, verb, agency=agency))
