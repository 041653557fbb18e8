"""Views of one's own: kept per person and city, by name."""

import pytest

from ombud.kernel.errors import BadInput, NotFound
from ombud.plumbing import walls
from ombud.triage import commands, queries
from ombud.triage.rules.saved_filters import AT_MOST
from tests.builders import CityBuilder

KNOWN = frozenset({"view", "agency", "service", "q"})


def keep(name: str, address: str = "view=late", *, city: str = "springfield", account: int = 11) -> int:
    return commands.save_filter(jurisdiction_id=city, account_id=account, name=name, address=address, known=KNOWN)


def kept(account: int = 11) -> list[tuple[str, str]]:
    return [(f.name, f.address) for f in queries.saved_filters("springfield", account)]


def test_only_what_narrows_the_list_is_kept(city: CityBuilder) -> None:
    keep("  Late   holes ", "?view=late&evil=1&after=x&open=SP-1&service=POTHOLE&q=&agency=")
    assert kept() == [("Late holes", "agency=&service=POTHOLE&view=late")]


def test_the_same_name_again_replaces_what_it_shows(city: CityBuilder) -> None:
    assert keep("Mine", "view=late") == keep("Mine", "view=new")
    assert kept() == [("Mine", "view=new")]


def test_nobody_sees_or_changes_the_views_of_others(city: CityBuilder) -> None:
    pk = keep("Mine")
    assert kept(account=12) == []
    with pytest.raises(NotFound):
        commands.delete_filter(jurisdiction_id="springfield", account_id=12, filter_id=pk)
    with pytest.raises(NotFound):
        commands.rename_filter(jurisdiction_id="springfield", account_id=12, filter_id=pk, name="Theirs")


def test_the_wall_keeps_views_in_their_city(city: CityBuilder) -> None:
    keep("Mine")
    with walls.inside("shelbyville"):
        assert queries.saved_filters("springfield", 11) == []


def test_two_views_cannot_share_a_name(city: CityBuilder) -> None:
    keep("One")
    two = keep("Two")
    with pytest.raises(BadInput):
        commands.rename_filter(jurisdiction_id="springfield", account_id=11, filter_id=two, name="One")
    commands.rename_filter(jurisdiction_id="springfield", account_id=11, filter_id=two, name="Three")
    assert [name for name, _ in kept()] == ["One", "Three"]


def test_there_is_an_end_to_how_many(city: CityBuilder) -> None:
    for n in range(AT_MOST):
        keep(f"View {n}")
    with pytest.raises(BadInput):
        keep("One too many")
    keep("View 3", "view=new")


@pytest.mark.parametrize("name", ["", "\u200b", "x" * 61])
def test_a_view_needs_a_fit_name(city: CityBuilder, name: str) -> None:
    with pytest.raises(BadInput):
        keep(name)
