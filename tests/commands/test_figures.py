"""Figures: late open requests stay in the denominator, open requests are censored, closed is not fixed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombud.insight import queries as insight
from ombud.insight.queries import Period
from ombud.kernel import clock
from ombud.service_requests.commands import act, pauses
from ombud.service_requests.rules.promise import Observed, quantiles
from ombud.service_requests.timeline import REPORTER
from tests.builders import BRAM, GUS, CityBuilder
from tests.conftest import NOON

DAY = timedelta(days=1)


def period(*, now: datetime = NOON, public: bool = True) -> Period:
    return Period("springfield", "America/Los_Angeles", "ward", NOON - 400 * DAY, NOON + DAY, now, public)


def value(code: str, **more: object) -> float | None:
    return insight.headline(code, period(**more)).value  # type: ignore[arg-type]


def test_a_late_open_request_counts_against_on_time(city: CityBuilder) -> None:
    city.report(when=NOON - 60 * DAY).closed("fixed", after=-60 * DAY + timedelta(hours=5))
    city.report(when=NOON - 60 * DAY)
    assert value("on_time") == 50.0


def test_what_was_in_time_only_for_its_pause_is_told_apart(city: CityBuilder) -> None:
    asked = NOON - 60 * DAY
    request = city.report("STREETLIGHT", when=asked)
    pauses.pause(
        request.on(BRAM, after=-50 * DAY), reason="permit", until=NOON - 40 * DAY, text="The county has to let us."
    )
    request.closed("made_safe", after=-30 * DAY)
    assert (value("on_time"), value("on_time_unpaused")) == (100.0, 0.0)


def test_a_request_not_yet_due_is_not_in_it(city: CityBuilder) -> None:
    city.report(when=NOON - timedelta(hours=1))
    assert insight.headline("on_time", period()).n == 0


def test_closed_is_not_fixed(city: CityBuilder) -> None:
    for outcome in ("fixed", "made_safe", "nothing_found", "not_eligible"):
        city.report().closed(outcome)
    assert value("fixed_share") == 50.0


def test_what_was_said_not_to_be_fixed_did_not_stay_fixed(city: CityBuilder) -> None:
    city.report().closed("fixed")
    again = city.report().closed("fixed")
    act.reopen(again.on(REPORTER, after=timedelta(hours=5)), text="Still there.")
    assert value("stayed_fixed") == 50.0


def test_private_services_are_not_in_public_figures(city: CityBuilder) -> None:
    city.report("BARKING", name="Ada")
    city.report()
    assert (value("received"), value("received", public=False)) == (1.0, 2.0)


def test_every_metric_splits_by_every_dimension(city: CityBuilder) -> None:
    city.report().closed("fixed")
    for code in insight.metrics():
        whole = insight.headline(code, period())
        for by in insight.DIMENSIONS[1:]:
            assert sum(f.n for f in insight.figures(code, period(), by=by)) == whole.n


SINCE, UNTIL = NOON - 10 * DAY, NOON - DAY
INSIDE = NOON - 5 * DAY
SECOND = timedelta(seconds=1)


def edged(code: str, *, public: bool = True) -> tuple[float | None, int]:
    found = insight.headline(code, Period("springfield", "America/Los_Angeles", "ward", SINCE, UNTIL, NOON, public))
    return found.value, found.n


def closed_after_an_hour(city: CityBuilder, outcome: str, *, when: datetime, service: str = "POTHOLE") -> None:
    more = {"name": "Ada"} if service == "BARKING" else {}
    by = BRAM if service == "POTHOLE" else GUS
    extra = {"duplicate_of": city.report(when=SINCE - DAY).number} if outcome == "duplicate_of" else {}
    report = city.report(service, when=when, **more)
    report.closed(outcome, by=by, after=when - NOON + timedelta(hours=1), **extra)


@pytest.fixture
def full_of_edges(city: CityBuilder) -> CityBuilder:
    """Requests on both sides of every line that a figure draws."""
    closed_after_an_hour(city, "fixed", when=SINCE)
    for outcome in ("made_safe", "nothing_found", "duplicate_of", "not_eligible"):
        closed_after_an_hour(city, outcome, when=INSIDE)
    closed_after_an_hour(city, "fixed", when=SINCE - SECOND)
    closed_after_an_hour(city, "fixed", when=UNTIL)
    closed_after_an_hour(city, "fixed", when=INSIDE, service="BARKING")
    city.report(when=INSIDE)
    city.report(when=UNTIL)
    city.report("BARKING", name="Ada", when=INSIDE)
    act.withdraw(city.report(when=INSIDE).on(REPORTER, after=INSIDE - NOON + SECOND))
    return city


@pytest.mark.parametrize(
    ("code", "public", "inside"),
    [
        # 5 closed, 1 open, 1 taken back; two private ones for the staff's eyes only; four lie outside.
        ("received", (7, 7), (9, 9)),
        ("closed", (5, 5), (6, 6)),
        ("open", (1, 1), (2, 2)),
        ("fixed_share", (40, 5), (50, 6)),
        # Of 4 that count, the three closed took an hour each; neither duplicates nor the ineligible count.
        ("median_days", (1 / 24, 4), (1 / 24, 6)),
        # The tenth that waits on is not there yet.
        ("p90_days", (None, 4), (None, 6)),
    ],
)
def test_each_figure_counts_what_it_says_and_stops_at_its_edges(
    full_of_edges: CityBuilder, code: str, public: tuple[float | None, int], inside: tuple[float | None, int]
) -> None:
    assert edged(code) == (public[0] and pytest.approx(public[0]), public[1])
    assert edged(code, public=False) == (inside[0] and pytest.approx(inside[0]), inside[1])


def test_what_is_asked_after_now_is_not_counted_as_lasting(city: CityBuilder) -> None:
    closed_after_an_hour(city, "fixed", when=INSIDE)
    late = INSIDE + timedelta(hours=2)
    city.report(when=late + DAY)
    found = insight.headline("median_days", Period("springfield", "UTC", "ward", SINCE, NOON, late, public=True))
    assert (found.value, found.n) == (pytest.approx(1 / 24), 1)


@pytest.mark.parametrize(
    ("target", "ended", "counts", "on_time"),
    [
        (SINCE, SINCE, 1, 100),
        (INSIDE, INSIDE, 1, 100),
        (INSIDE, INSIDE + SECOND, 1, 0),
        (INSIDE, None, 1, 0),
        (SINCE - SECOND, None, 0, None),
        (UNTIL, None, 0, None),
        (None, INSIDE, 0, None),
    ],
)
def test_on_time_is_by_the_target_and_counts_where_the_target_fell(
    city: CityBuilder, target: datetime | None, ended: datetime | None, counts: int, on_time: float | None
) -> None:
    report = city.report(when=SINCE - DAY)
    if ended:
        report.closed("fixed", after=ended - NOON)
    type(report.row).objects.filter(pk=report.id).update(target_at=target)
    assert edged("on_time") == (on_time, counts)


def test_what_is_due_after_now_is_not_late_however_far_the_period_goes(city: CityBuilder) -> None:
    report = city.report(when=SINCE - DAY)
    type(report.row).objects.filter(pk=report.id).update(target_at=NOON + DAY / 2)
    assert insight.headline("on_time", period()).n == 0


def test_what_was_taken_back_or_is_private_is_not_late(city: CityBuilder) -> None:
    gone = city.report(when=SINCE - DAY)
    act.withdraw(gone.on(REPORTER))
    private = city.report("BARKING", name="Ada", when=SINCE - DAY)
    for report in (gone, private):
        type(report.row).objects.filter(pk=report.id).update(target_at=INSIDE)
    assert edged("on_time") == (None, 0)
    assert edged("on_time", public=False) == (0, 1)


@pytest.mark.parametrize(("days", "stayed"), [(0, 0), (13.9, 0), (14, 100)])
def test_fourteen_days_long_it_can_be_said_not_to_have_stayed_fixed(
    city: CityBuilder, days: float, stayed: float
) -> None:
    ended = NOON - 30 * DAY
    report = city.report(when=ended - DAY).closed("fixed", after=ended - NOON)
    act.reopen(report.on(GUS, after=ended - NOON + days * DAY), text="Still there.")
    assert value("stayed_fixed") == stayed


@pytest.mark.parametrize(
    ("ended", "outcome", "service", "n"),
    [
        (SINCE, "fixed", "POTHOLE", 1),
        (SINCE - SECOND, "fixed", "POTHOLE", 0),
        (UNTIL, "fixed", "POTHOLE", 0),
        (INSIDE, "made_safe", "POTHOLE", 0),
        (INSIDE, "fixed", "BARKING", 0),
    ],
)
def test_closings_as_fixed_count_on_the_day_they_were_made(
    city: CityBuilder, ended: datetime, outcome: str, service: str, n: int
) -> None:
    closed_after_an_hour(city, outcome, when=ended - timedelta(hours=1), service=service)
    assert edged("stayed_fixed")[1] == n


# How many hours each of up to twelve requests took; None is still open.
lives = st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=1, max_size=12)


@pytest.mark.django_db
def test_the_median_in_sql_is_the_estimate_in_python(city: CityBuilder) -> None:
    from django.db import transaction

    class Undo(Exception):
        pass

    @settings(max_examples=20, deadline=None)
    @given(lives)
    def agree(told: list[tuple[int, bool]]) -> None:
        try:
            with transaction.atomic():
                observed = []
                for hours, ended in told:
                    asked = NOON - timedelta(hours=hours)
                    report = city.report(when=asked)
                    if ended:
                        report.closed("nothing_found", after=-timedelta(hours=hours) + timedelta(hours=hours / 2))
                    observed.append(Observed(hours * (1800 if ended else 3600), ended))
                median, p90 = quantiles(observed, (0.5, 0.9))
                assert value("median_days") == (None if median is None else pytest.approx(median / 86_400))
                assert value("p90_days") == (None if p90 is None else pytest.approx(p90 / 86_400))
                raise Undo
        except Undo:
            pass

    with clock.standing_at(NOON.astimezone(UTC)):
        agree()
