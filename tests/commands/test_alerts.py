"""Alerts: the chain of what runs late, the roster of the night, and a log that proves who knew when."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction

from ombud.catalog.models import Jurisdiction
from ombud.kernel import clock
from ombud.kernel.errors import NotFound
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from ombud.service_requests.commands import act, closing, pauses
from ombud.service_requests.timeline import REPORTER
from ombud.triage.clocks import commands, handlers, queries
from ombud.triage.clocks.models import Alert, AlertEntry
from tests.bridge import do_jobs
from tests.builders import BRAM, GUS, CityBuilder
from tests.conftest import NOON

LA = ZoneInfo("America/Los_Angeles")
ALL_DAY = {"from": "00:00", "until": "23:59"}
NIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=LA)
PLAN: dict[str, Any] = {
    "escalation": {
        "steps": [
            {"share": 0.75, "to": "assignee"},
            {"share": 1.0, "to": "supervisor"},
            {"share": 1.5, "to": "heads"},
        ],
        "quiet": {"from": "21:00", "until": "07:00"},
    },
    "paging": {"roster": "nights", "tries": 2, "minutes": 10},
    "rosters": {
        "nights": [
            {"who": "bram@springfield.example", "hours": ALL_DAY},
            {"who": "gus@springfield.example", "hours": ALL_DAY},
        ],
        "heads": [{"who": "hana@springfield.example", "hours": ALL_DAY}],
    },
}


@pytest.fixture
def staffed(city: CityBuilder) -> CityBuilder:
    """Springfield with a plan, and with the people whom it names."""
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings |= PLAN
    row.catalogue_version += 1
    row.save()
    city.employs("Bram", Role.AGENCY_STAFF, agency="STREETS")
    city.employs("Gus", Role.DISPATCHER)
    city.employs("Hana", Role.SUPERVISOR, agency="SANITATION")
    city.employs("Sam", Role.SUPERVISOR, agency="STREETS")
    city.employs("Yara", Role.ADMINISTRATOR)
    return city


def log(city: CityBuilder) -> list[tuple[str, str]]:
    """Return what was done, and with whom."""
    names = {account.pk: name for name, account in city.people.items()}
    entries = AlertEntry.objects.filter(jurisdiction_id=city.id).exclude(what="trying").order_by("pk")
    return [(entry.what, names.get(entry.account_id or 0, "")) for entry in entries]


def go_round(city: CityBuilder, at: datetime) -> None:
    """Let the clock come to a moment, and all be done that is due."""
    with clock.standing_at(at):
        commands.escalate(jurisdiction_id=city.id, now=at)
        commands.call_round(jurisdiction_id=city.id, now=at)
        do_jobs()


def test_each_step_reaches_its_people_once(staffed: CityBuilder) -> None:
    request = staffed.report("STREETLIGHT")  # 28 days
    act.assign(request.on(GUS), assignee_id=staffed.people["Bram"].pk)
    for day, told in ((20, 0), (21, 1), (21, 1), (28, 2), (41, 2), (42, 3), (43, 3)):
        go_round(staffed, NOON + timedelta(days=day))
        assert len([one for one in log(staffed) if one[0] == "called"]) == told, f"day {day}"
    assert [who for what, who in log(staffed) if what == "sent"] == ["Bram", "Sam", "Hana"]
    assert [letter.to for letter in mail.outbox if "running late" in letter.subject] == [
        ["bram@springfield.example"], ["sam@springfield.example"], ["hana@springfield.example"]
    ]  # fmt: skip


def test_in_quiet_hours_it_waits_for_the_morning(staffed: CityBuilder) -> None:
    with clock.standing_at(NIGHT - timedelta(days=21)):
        staffed.report("STREETLIGHT")
    go_round(staffed, NIGHT + timedelta(hours=1))
    assert log(staffed) == []
    go_round(staffed, NIGHT + timedelta(hours=5))
    assert ("sent", "Sam") in log(staffed), "nobody has it, so its supervisor hears"


@pytest.mark.parametrize(("day", "gone"), [(21, "Bram"), (42, "Hana")])
def test_whoever_cannot_sign_in_any_more_is_not_the_one_who_is_told(staffed: CityBuilder, day: int, gone: str) -> None:
    request = staffed.report("STREETLIGHT")
    act.assign(request.on(GUS), assignee_id=staffed.people["Bram"].pk)
    type(staffed.people[gone]).objects.filter(pk=staffed.people[gone].pk).update(is_active=False)
    go_round(staffed, NOON + timedelta(days=day))
    assert log(staffed) == [("called", "Sam"), ("sent", "Sam")]


def test_what_was_late_long_ago_is_not_told_as_news(staffed: CityBuilder) -> None:
    with clock.standing_at(NOON - timedelta(days=300)):
        staffed.report("STREETLIGHT")
    go_round(staffed, NOON)
    assert log(staffed) == []


def test_a_clock_that_stands_still_escalates_nothing(staffed: CityBuilder) -> None:
    request = staffed.report("STREETLIGHT")
    pauses.pause(request.on(BRAM, after=timedelta(days=20)), reason="permit", until=NOON + timedelta(days=50), text="x")
    go_round(staffed, NOON + timedelta(days=28))
    assert log(staffed) == []


def danger(city: CityBuilder, at: datetime) -> int:
    """Report a hole by night and let somebody say that it is urgent; return its id."""
    with clock.standing_at(at):
        request = city.report()
        act.prioritise(request.on(GUS), priority="urgent", text="A car lies in it.")
        do_jobs()
    return request.id


def test_danger_that_is_told_later_calls_somebody_too(staffed: CityBuilder) -> None:
    with clock.standing_at(NIGHT):
        report = staffed.report("STREETLIGHT")
        act.answer(report.on(REPORTER), text="It is still dark.")
        do_jobs()
        assert not Alert.objects.filter(jurisdiction_id=staffed.id).exists()
        act.answer(report.on(REPORTER), text="Now the pole is sparking and a wire hangs on the ground.")
        do_jobs()
    assert log(staffed) == [("called", "Bram"), ("sent", "Bram")]


def test_what_is_urgent_already_calls_somebody_when_danger_is_told(staffed: CityBuilder) -> None:
    report = staffed.report("STREETLIGHT")
    act.prioritise(report.on(GUS), priority="urgent", text="By day somebody looks after it.")
    do_jobs()
    with clock.standing_at(NIGHT):
        act.answer(report.on(REPORTER), text="It is still dark.")
        do_jobs()
        assert log(staffed) == []
        act.answer(report.on(REPORTER), text="Help, it is on fire")
        do_jobs()
    assert log(staffed) == [("called", "Bram"), ("sent", "Bram")]


def test_danger_at_night_calls_each_twice_and_then_the_next_and_then_all(staffed: CityBuilder) -> None:
    danger(staffed, NIGHT)
    for minutes in (5, 10, 15, 20, 25, 30, 40, 50, 60):
        go_round(staffed, NIGHT + timedelta(minutes=minutes))
    called = [who for what, who in log(staffed) if what == "called"]
    assert called == ["Bram", "Bram", "Gus", "Gus", "Yara"]
    assert ("everybody", "") in log(staffed)
    assert Alert.objects.get(jurisdiction_id=staffed.id, kind="danger").over_at is not None


def test_whoever_says_that_they_know_ends_the_calls(staffed: CityBuilder) -> None:
    danger(staffed, NIGHT)
    go_round(staffed, NIGHT + timedelta(minutes=10))
    (alert,) = queries.standing(staffed.id)
    knows, later = staffed.people["Bram"].pk, staffed.people["Gus"].pk
    for who, minutes in ((knows, 12), (later, 13)):
        at = NIGHT + timedelta(minutes=minutes)
        commands.acknowledge(jurisdiction_id=staffed.id, alert_id=alert.alert.pk, account_id=who, at=at)
    go_round(staffed, NIGHT + timedelta(minutes=60))
    assert [what for what, _ in log(staffed)] == ["called", "sent", "called", "sent", "acknowledged", "acknowledged"]
    assert Alert.objects.get(pk=alert.alert.pk).acknowledged_by_id == knows


def test_a_letter_that_may_have_gone_out_is_not_sent_again(
    staffed: CityBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies when the letter is handed over and not yet written down; the job is taken up again."""

    class Killed(BaseException):
        pass

    def die(**_: Any) -> None:
        raise Killed

    danger(staffed, NIGHT)
    again = NIGHT + timedelta(minutes=10)
    with clock.standing_at(again):
        commands.call_round(jurisdiction_id=staffed.id, now=again)
        call = AlertEntry.objects.filter(what="called", jurisdiction_id=staffed.id).latest("pk")
        with monkeypatch.context() as dying:
            dying.setattr(commands, "written_to", die)
            with pytest.raises(Killed):
                handlers.tell(call.pk)
        do_jobs()
        handlers.tell(call.pk)
    assert [one.what for one in AlertEntry.objects.filter(of=call).order_by("pk")] == ["trying", "unclear"]
    assert len([letter for letter in mail.outbox if "Danger" in letter.subject]) == 2, "one for each call"


def test_a_letter_that_did_not_go_out_is_tried_again(staffed: CityBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    danger(staffed, NIGHT)
    again = NIGHT + timedelta(minutes=10)
    with clock.standing_at(again):
        commands.call_round(jurisdiction_id=staffed.id, now=again)
        call = AlertEntry.objects.filter(what="called", jurisdiction_id=staffed.id).latest("pk")
        with monkeypatch.context() as down:
            down.setattr(EmailMessage, "send", lambda _: (_ for _ in ()).throw(OSError("down")))
            with pytest.raises(OSError, match="down"):
                handlers.tell(call.pk)
        handlers.tell(call.pk)
    assert [one.what for one in AlertEntry.objects.filter(of=call).order_by("pk")] == [
        "trying", "failed", "trying", "sent"
    ]  # fmt: skip


def test_by_day_nobody_is_called_and_at_night_only_for_what_is_urgent(staffed: CityBuilder) -> None:
    danger(staffed, NOON)
    with clock.standing_at(NIGHT):
        staffed.report()
        do_jobs()
    assert not Alert.objects.filter(jurisdiction_id=staffed.id, kind="danger").exists()


def test_the_end_of_the_request_ends_the_calls(staffed: CityBuilder) -> None:
    request_id = danger(staffed, NIGHT)
    closing.close(
        act.On(staffed.id, request_id, BRAM, NIGHT + timedelta(minutes=4)),
        outcome="made_safe",
        text="We closed the lane.",
    )
    go_round(staffed, NIGHT + timedelta(minutes=60))
    assert [who for what, who in log(staffed) if what == "called"] == ["Bram"]


def test_the_log_cannot_be_changed(staffed: CityBuilder) -> None:
    danger(staffed, NIGHT)
    for change in (
        lambda: AlertEntry.objects.update(at=NOON),
        lambda: AlertEntry.objects.filter(what="called").delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_another_citys_alert_is_nobodys_here(staffed: CityBuilder, other_city: CityBuilder) -> None:
    danger(staffed, NIGHT)
    alert = Alert.objects.get(jurisdiction_id=staffed.id)
    with walls.inside(other_city.id), pytest.raises(NotFound):
        commands.acknowledge(jurisdiction_id=other_city.id, alert_id=alert.pk, account_id=1, at=NOON)


def test_a_plan_that_cannot_be_followed_keeps_no_other_city_waiting(
    staffed: CityBuilder, other_city: CityBuilder, caplog: pytest.LogCaptureFixture
) -> None:
    row = Jurisdiction.objects.get(pk=other_city.id)
    row.settings |= {"paging": {"roster": "owls"}}
    row.catalogue_version += 1
    row.save()
    staffed.report("STREETLIGHT")
    with clock.standing_at(NOON + timedelta(days=21)):
        handlers.go_round_all()
    assert ("called", "Sam") in log(staffed)
    assert "shelbyville" in caplog.text
