"""Of the versions the newest are all kept, older ones one an hour, and the last of each day for ever."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ombud.opendata.rules.kept_versions import Keep, dropped

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
MINUTES = st.lists(st.integers(0, 60 * 24 * 40), unique=True, max_size=80)


@given(MINUTES)
def test_each_day_and_each_late_hour_keeps_its_last(ages: list[int]) -> None:
    versions = [(n, NOW - timedelta(minutes=age)) for n, age in enumerate(sorted(ages, reverse=True), 1)]
    gone = set(dropped(versions, Keep(all_hours=24, hourly_days=14), now=NOW))
    last_of_day = {at.date(): version for version, at in versions}
    assert not gone & set(last_of_day.values())
    for version, at in versions:
        if NOW - at <= timedelta(hours=24):
            assert version not in gone
    kept_hours = [at.strftime("%m-%d %H") for version, at in versions if version not in gone and age_days(at) > 1]
    assert len(kept_hours) == len(set(kept_hours))
    assert {at.strftime("%m-%d %H") for _, at in versions if 1 < age_days(at) <= 14} <= set(kept_hours)


@given(MINUTES)
def test_what_was_thinned_is_not_thinned_further(ages: list[int]) -> None:
    versions = [(n, NOW - timedelta(minutes=age)) for n, age in enumerate(sorted(ages, reverse=True), 1)]
    gone = set(dropped(versions, Keep(), now=NOW))
    assert dropped([one for one in versions if one[0] not in gone], Keep(), now=NOW) == []


def age_days(at: datetime) -> float:
    return (NOW - at) / timedelta(days=1)
