"""Storms: gathered as one, the worst first, dates told honestly; off again, everything is as it was."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from ombud.catalog import queries as catalog
from ombud.catalog.models import Jurisdiction
from ombud.kernel import clock
from ombud.kernel.errors import BadInput, NotAllowed, Several
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from ombud.service_requests import listing
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import act, promises
from ombud.service_requests.listing import Filter
from ombud.service_requests.storms import commands, handlers, queries
from ombud.service_requests.storms.models import Storm, StormEntry
from ombud.service_requests.storms.rules.terms import Terms
from tests.bridge import do_jobs
from tests.builders import GUS, IN_SHELBYVILLE, CityBuilder, RequestBuilder, staff
from tests.commands.test_promises import OTHER_WARD, took
from tests.conftest import NOON

SUE = staff(Role.SUPERVISOR, account_id=21)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def terms(**more: Any) -> Terms:
    """Return what somebody says who switches a storm on."""
    told: dict[str, Any] = {
        "words": {"en": "A storm hit us.", "es": "Nos golpeó una tormenta."},
        "services": ["POTHOLE", "STREETLIGHT"],
        "areas": [],
        "hours": 48,
        "why": "The wind is over 60 miles an hour.",
    }
    return Terms(**{**told, **more})


def begin(city: CityBuilder, *, at: datetime = NOON, **more: Any) -> Storm:
    """Switch a storm on."""
    return commands.begin(jurisdiction_id=city.id, terms=terms(**more), actor=SUE, at=at)


def end(city: CityBuilder, storm: Storm, *, at: datetime) -> None:
    """Switch it off, and let all be done that follows."""
    with clock.standing_at(at):
        commands.end(jurisdiction_id=city.id, storm_id=storm.pk, why="It is over.", actor=SUE, at=at)
        do_jobs()


def report(city: CityBuilder, service: str = "POTHOLE", *, when: datetime = NOON + HOUR, **more: Any) -> RequestBuilder:
    """Report something, and let all be done that follows."""
    with clock.standing_at(when):
        made = city.report(service, **more)
        do_jobs()
    return made


def gathered(city: CityBuilder, storm: Storm) -> list[str]:
    """Return the numbers of what a storm has gathered, in the queue's order."""
    page = listing.page(city.id, Filter(storm_id=storm.pk), now=NOON, for_staff=True)
    return [row.number for row in page.rows]


def test_what_comes_in_is_gathered_with_the_worst_first(city: CityBuilder) -> None:
    before = city.report()
    storm = begin(city)
    small = report(city)
    light = report(city, "STREETLIGHT", when=NOON + 2 * HOUR)
    large = report(city, when=NOON + 3 * HOUR, answers={"size": ["large"]})
    danger = report(city, when=NOON + 4 * HOUR, description="A live wire lies on the street and sparks")
    elsewhere = report(city, "ENCAMPMENT")
    assert gathered(city, storm) == [danger.number, large.number, light.number, small.number]
    assert {before.number, elsewhere.number}.isdisjoint(gathered(city, storm))


def test_pages_of_a_storm_go_on_where_the_last_one_ended(city: CityBuilder) -> None:
    storm = begin(city)
    for n in range(7):
        report(city, when=NOON + n * HOUR / 10, answers={"size": ["large" if n % 2 else "small"]})
    whole, after, paged = gathered(city, storm), "", []
    for _ in range(4):
        page = listing.page(city.id, Filter(storm_id=storm.pk), now=NOON, after=after, size=2, for_staff=True)
        paged, after = paged + [row.number for row in page.rows], page.next_after
    assert paged == whole
    assert len(set(whole)) == 7
    assert after == ""


def test_only_in_the_chosen_areas(city: CityBuilder) -> None:
    storm = begin(city, areas=["ward:2"])
    here = report(city)
    there = report(city, at=OTHER_WARD)
    tags = {r.number: r.row.area_tags for r in (here, there)}
    assert gathered(city, storm) == [number for number, areas in tags.items() if "ward:2" in areas]
    assert len(gathered(city, storm)) == 1


def test_what_is_corrected_meanwhile_comes_in_or_moves_up(city: CityBuilder) -> None:
    storm = begin(city)
    light, encampment = report(city, "STREETLIGHT"), report(city, "ENCAMPMENT")
    with clock.standing_at(NOON + 2 * HOUR):
        act.change_service(encampment.on(GUS), code="STREETLIGHT")
        do_jobs()
    assert gathered(city, storm) == [light.number, encampment.number]


def test_a_report_stays_in_its_own_incident_with_its_own_clock(city: CityBuilder) -> None:
    first = report(city)
    before = first.row
    storm = begin(city, at=NOON + 2 * HOUR)
    again = report(city, when=NOON + 3 * HOUR, same_as=first.number)
    assert gathered(city, storm) == [again.number]
    assert again.row.incident_id == first.row.incident_id is not None
    assert first.row.target_at == before.target_at
    end(city, storm, at=NOON + DAY)
    assert again.row.incident_id == first.row.incident_id
    assert requests.replayed(again.row).target_at == again.row.target_at


def test_its_end_is_honoured_by_the_clock_even_where_nobody_looks(city: CityBuilder) -> None:
    storm = begin(city, hours=5)
    assert queries.current(catalog.city(city.id), NOON + 5 * HOUR - timedelta(seconds=1)) == storm
    assert queries.current(catalog.city(city.id), NOON + 5 * HOUR) is None
    assert queries.storm_at(city.id, NOON + 5 * HOUR) is None
    late = report(city, when=NOON + 6 * HOUR)
    with clock.standing_at(NOON + 7 * HOUR):
        handlers.go_round()
        handlers.go_round()
        do_jobs()
    storm.refresh_from_db()
    assert (storm.ended_at, storm.told_anew_at) == (NOON + 5 * HOUR, NOON + 7 * HOUR)
    assert [(e.what, e.by_id) for e in StormEntry.objects.order_by("pk")] == [("began", 21), ("ran_out", None)]
    assert late.number not in gathered(city, storm)


def test_it_can_last_longer_but_no_longer_than_the_city_lets_it(city: CityBuilder) -> None:
    storm = begin(city, hours=5)
    longer: dict[str, Any] = {"jurisdiction_id": city.id, "storm_id": storm.pk, "why": "More rain.", "actor": SUE}
    commands.prolong(**longer, hours=10, at=NOON + HOUR)
    assert queries.is_on(city.id)
    assert queries.current(catalog.city(city.id), NOON + 10 * HOUR) is not None
    with pytest.raises(Several):
        commands.prolong(**longer, hours=97, at=NOON + HOUR)
    with pytest.raises(BadInput, match="over already"):
        commands.prolong(**longer, hours=1, at=NOON + 12 * HOUR)


def test_one_at_a_time_and_the_next_after_the_last_has_run_out(city: CityBuilder) -> None:
    begin(city, hours=5)
    with pytest.raises(BadInput, match="on already"):
        begin(city, at=NOON + HOUR)
    begin(city, at=NOON + 6 * HOUR)
    assert [e.what for e in StormEntry.objects.order_by("pk")] == ["began", "ran_out", "began"]


@pytest.mark.parametrize("who", [Role.DISPATCHER, Role.AGENCY_STAFF, Role.CALL_TAKER, Role.AUDITOR])
def test_not_everybody_may_switch(city: CityBuilder, who: Role) -> None:
    with pytest.raises(NotAllowed):
        commands.begin(jurisdiction_id=city.id, terms=terms(), actor=staff(who), at=NOON)
    storm = begin(city)
    with pytest.raises(NotAllowed):
        commands.end(jurisdiction_id=city.id, storm_id=storm.pk, why="x", actor=staff(who), at=NOON)


def test_a_supervisor_of_one_agency_does_not_switch_the_whole_city(city: CityBuilder) -> None:
    with pytest.raises(NotAllowed):
        commands.begin(jurisdiction_id=city.id, terms=terms(), actor=staff(Role.SUPERVISOR, agency="STREETS"), at=NOON)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"words": {"es": "Solo en español."}}, "words_en"),
        ({"words": {"en": "x" * 401}}, "words_en"),
        ({"services": []}, "services"),
        ({"services": ["HIGHWAY"]}, "services"),
        ({"areas": ["ward:9"]}, "areas"),
        ({"hours": 0}, "hours"),
        ({"hours": 97}, "hours"),
        ({"why": " "}, "why"),
    ],
)
def test_what_is_wrong_with_the_terms_is_said(city: CityBuilder, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Several) as refused:
        begin(city, **wrong)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Storm.objects.exists()


def test_the_log_is_append_only(city: CityBuilder) -> None:
    begin(city)
    entry = StormEntry.objects.get()
    for change in (lambda: StormEntry.objects.update(why=""), entry.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_dates_are_suspended_and_counted_again_after_it(city: CityBuilder) -> None:
    for days in range(1, 31):
        took(city, days)
    promises.refresh(jurisdiction_id=city.id, layer="ward", now=NOON)
    before = report(city, when=NOON - HOUR, email="ada@mail.example")
    told = before.row.expected_to
    assert told is not None
    storm = begin(city, hours=90)
    during = report(city, email="eve@mail.example", at=OTHER_WARD)
    assert during.row.expected_to is None
    assert during.row.target_at is not None, "the goal stays"
    letter = mail.outbox[-1].body
    assert "A storm hit us." in letter
    assert "cannot say yet how long" in letter
    mail.outbox.clear()
    end(city, storm, at=NOON + 3 * DAY)
    row = during.row
    assert row.expected_to is not None
    assert row.expected_to > NOON + 3 * DAY
    assert [letter.to for letter in mail.outbox if "can say now" in letter.subject] == [["eve@mail.example"]]
    events = [e.kind for e in requests.story(row, audiences=("public", "reporter", "staff"))]
    assert events.count("promise_moved") == 1
    with clock.standing_at(NOON + 3 * DAY):
        handlers.clear_up(storm.pk)
    assert during.row.version == row.version, "told twice"


def test_nothing_slips_while_dates_are_suspended(city: CityBuilder) -> None:
    for days in range(15, 37):
        took(city, days)
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    slow = city.report(when=NOON - 10 * DAY)
    type(slow.row).objects.filter(pk=slow.id).update(expected_to=NOON - DAY)
    storm = begin(city)
    with clock.standing_at(NOON + HOUR):
        assert promises.move_slipped(jurisdiction_id=city.id, now=NOON + HOUR) == 0
    end(city, storm, at=NOON + 2 * HOUR)
    assert slow.row.expected_to > NOON + DAY


def test_dates_can_be_widened_instead(city: CityBuilder) -> None:
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings["storm"] |= {"promise": "widened", "widened_by": 3}
    row.catalogue_version += 1
    row.save()
    for days in range(1, 21):
        took(city, days)
    promises.refresh(jurisdiction_id=city.id, layer="", now=NOON)
    begin(city)
    made = report(city, when=NOON)
    assert (made.row.expected_from - NOON, made.row.expected_to - NOON) == (3 * DAY, 54 * DAY)
    assert report(city, "ENCAMPMENT").row.expected_to is None


def test_a_report_that_nobody_linked_is_linked_in_the_end(city: CityBuilder) -> None:
    storm = begin(city)
    missed = city.report(when=NOON + HOUR)
    city.report("ENCAMPMENT", when=NOON + HOUR)
    assert gathered(city, storm) == []
    assert [commands.gather_missed(storm=storm) for _ in range(2)] == [1, 0]
    assert gathered(city, storm) == [missed.number]


def test_the_other_city_has_no_storm(city: CityBuilder, other_city: CityBuilder) -> None:
    storm = begin(city)
    with walls.inside(other_city.id):
        assert not queries.is_on(other_city.id)
        assert queries.storms(other_city.id) == []
        other_city.report(when=NOON + HOUR, at=IN_SHELBYVILLE)
        do_jobs()
    assert gathered(city, storm) == []
