"""What is chosen by clicking: the address and the query say the same, and nothing is dropped in silence."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombud.opendata.rules import choice_soql
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.exploring import By, Choice, Show, read
from ombud.opendata.soql.asked import asked

COLUMNS = (
    Column("service_name", Kind.TEXT, "Service", aliases=("request_type",)),
    Column("ward", Kind.TEXT, "Ward"),
    Column("order", Kind.TEXT, "Order"),
    Column("on_time", Kind.CHECKBOX, "On time"),
    Column("requested_datetime", Kind.CALENDAR_DATE, "Requested"),
    Column("days_to_close", Kind.NUMBER, "Days"),
    Column("longitude", Kind.NUMBER, "Longitude"),
    Column("latitude", Kind.NUMBER, "Latitude"),
    Column("location", Kind.POINT, "Place", parts=("longitude", "latitude")),
)
PEOPLE = {"1": 1_000, "2": 2_500}
TEXTS = st.sampled_from(["Pothole", "O'Hare", "", "a\\b", '"quoted"', "%", "--", "/* */", "ñ", "true"])
ADDRESSES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["is.service_name", "is.ward", "is.order", "is.request_type"]), TEXTS),
        st.tuples(st.just("is.on_time"), st.sampled_from(["true", "false", ""])),
        st.tuples(st.just("is.days_to_close"), st.sampled_from(["1", "2.5", ""])),
        st.tuples(st.sampled_from(["from", "to"]), st.sampled_from(["2026-01-01", "2024-02-29", "1066-10-14", "x"])),
        st.tuples(st.just("q"), TEXTS),
        st.tuples(
            st.just("by"),
            st.sampled_from(["ward", "order", "on_time", "requested_datetime.weekday", "requested_datetime", "none"]),
        ),
        st.tuples(
            st.just("show"), st.sampled_from(["count", "rate", "median.days_to_close", "share.on_time", "sum.ward"])
        ),
        st.tuples(st.just("against"), st.sampled_from(["2020", "2030", "x"])),
        st.tuples(st.just("order"), st.sampled_from(["value", "least", "label", "x"])),
        st.tuples(st.just("min"), st.sampled_from(["1", "20", "-3", "x"])),
        st.tuples(st.just("near"), st.sampled_from(["-93.2,37.2,500", "200,0,1", "x"])),
        st.tuples(st.just("page"), st.sampled_from(["1", "7", "0", "x"])),
    ),
    max_size=12,
)


def chosen(*pairs: tuple[str, str]) -> Choice:
    return read(pairs, COLUMNS, rated=["ward"])


def understood(soql: str) -> list[str]:
    """Return the names of the columns that a query answers with; it is read as everybody's is."""
    return [output.name for output in asked([("$query", soql)], COLUMNS).resolved(COLUMNS).outputs]


@settings(deadline=None)
@given(ADDRESSES)
def test_whatever_an_address_says_it_means_the_same_when_it_is_written_again(pairs: list[tuple[str, str]]) -> None:
    choice = chosen(*pairs)
    again = read(choice.pairs(), COLUMNS, rated=["ward"])
    assert again.pairs() == choice.pairs()
    assert choice_soql.where_soql(again) == choice_soql.where_soql(choice)


@settings(deadline=None)
@given(ADDRESSES)
def test_whatever_an_address_says_its_queries_can_be_asked(pairs: list[tuple[str, str]]) -> None:
    choice = chosen(*pairs)
    understood(choice_soql.rows_soql(choice))
    understood(choice_soql.sums_soql(choice))
    understood(choice_soql.values_soql(choice, "service_name"))
    if choice.by:
        names = understood(choice_soql.groups_soql(choice, populations=PEOPLE))
        assert names[:2] == [choice_soql.key_name(choice.by), choice_soql.value_name(choice)]
        assert "n" in names


def test_a_filter_that_is_not_known_is_told() -> None:
    assert chosen(("is.colour", "red"), ("by", "mood")).unknown == ("colour", "mood")


def test_a_filter_by_an_older_name_is_a_filter_by_the_column() -> None:
    assert chosen(("is.request_type", "Pothole")).filters == (("service_name", ("Pothole",)),)


@pytest.mark.parametrize(
    ("pairs", "condition"),
    [
        ([("is.ward", "1")], "WHERE ward = '1'"),
        ([("is.ward", "1"), ("is.ward", "2")], "WHERE ward IN ('1', '2')"),
        ([("is.ward", "")], "WHERE ward IS NULL"),
        ([("is.ward", "1"), ("is.ward", "")], "WHERE (ward = '1' OR ward IS NULL)"),
        ([("is.ward", "O'Hare")], "WHERE ward = 'O''Hare'"),
        ([("is.order", "1")], "WHERE `order` = '1'"),
        (
            [("from", "2026-01-01"), ("to", "2026-01-31")],
            "WHERE requested_datetime >= '2026-01-01' AND requested_datetime < '2026-02-01'",
        ),
        ([("near", "-93.2,37.2,500")], "WHERE within_circle(location, 37.2, -93.2, 500)"),
        ([], ""),
    ],
)
def test_each_filter_is_a_condition(pairs: list[tuple[str, str]], condition: str) -> None:
    assert choice_soql.where_soql(chosen(*pairs)) == condition


def test_days_turned_round_are_turned_back() -> None:
    choice = chosen(("from", "2026-03-01"), ("to", "2026-02-01"))
    assert (choice.since, choice.until) == (date(2026, 2, 1), date(2026, 3, 1))


def test_the_same_days_of_an_earlier_year_are_compared() -> None:
    choice = chosen(("by", "ward"), ("from", "2024-01-01"), ("to", "2024-02-29"), ("against", "2023"))
    assert choice.days_before == (date(2023, 1, 1), date(2023, 2, 28))


def test_a_year_that_is_not_earlier_is_not_compared() -> None:
    assert chosen(("by", "ward"), ("from", "2024-01-01"), ("to", "2024-02-01"), ("against", "2024")).against is None


def test_rates_are_offered_of_areas_with_a_population_only() -> None:
    assert chosen(("by", "ward"), ("show", "rate")).show == Show("rate")
    assert chosen(("by", "service_name"), ("show", "rate")).show == Show()


def test_a_rate_is_counted_in_the_query_itself() -> None:
    soql = choice_soql.groups_soql(chosen(("by", "ward"), ("show", "rate")), populations=PEOPLE)
    assert "1000 * count(*) / CASE WHEN '1' = ward THEN 1000 WHEN '2' = ward THEN 2500 END AS per_1000" in soql
    assert understood(soql) == ["ward", "per_1000", "residents", "n"]


def test_counts_beside_the_values_of_a_column_leave_its_own_filter_out() -> None:
    choice = chosen(("is.ward", "1"), ("is.service_name", "Pothole"))
    assert "WHERE service_name = 'Pothole'\n" in choice_soql.values_soql(choice, "ward")


def test_a_time_is_grouped_by_a_step() -> None:
    choice = chosen(("by", "requested_datetime.month"))
    assert choice.by == By("requested_datetime", "month")
    assert choice_soql.groups_soql(choice).startswith("SELECT date_trunc_ym(requested_datetime) AS month")
