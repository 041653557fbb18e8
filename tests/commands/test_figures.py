"""Figures: late open requests stay in the denominator, open requests are censored, closed is not fixed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombud.insight import queries as insight
from ombud.insight.queries import Period
from ombud.kernel import clock
from ombud.service_requests.commands import act
from ombud.service_requests.rules.promise import Observed, quantiles
from ombud.service_requests.timeline import REPORTER
from tests.builders import CityBuilder
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
