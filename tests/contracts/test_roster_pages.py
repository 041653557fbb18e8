"""Rosters on a page: who would be called when, changed with author and reason, and followed at night."""

from datetime import datetime
from typing import Any

from ombud.catalog.models import Change
from ombud.kernel import clock
from ombud.people.models import RoleGrant
from ombud.triage.clocks import queries
from ombud.triage.clocks.models import AlertEntry
from tests.builders import CityBuilder
from tests.commands.test_alerts import LA, NIGHT, danger, go_round
from tests.commands.test_calendars import says
from tests.contracts.test_desk_alerts import follow_plan
from tests.desk import Staff
from tests.resident import words_of

ROSTERS = "/springfield/desk/rosters/"
NIGHTS = f"{ROSTERS}nights/"
DAYS = [str(n) for n in range(7)]


def turns(*told: dict[str, Any], reason: str = "Holiday season", seen: int = 0) -> dict[str, Any]:
    """Return the form of a roster filled in."""
    form: dict[str, Any] = {"reason": reason, "seen": seen}
    for n, turn in enumerate(told):
        whole = {"place": n + 1, "since": "00:00", "until": "23:59", "days": DAYS, "holidays": "too", **turn}
        form |= {f"{n}-{name}": value for name, value in whole.items()}
    return form


def called(city: CityBuilder) -> list[str]:
    """Return who was called, in the order of the calls."""
    names = {account.pk: name for name, account in city.people.items()}
    entries = AlertEntry.objects.filter(jurisdiction_id=city.id, what="called").order_by("pk")
    return [names[entry.account_id or 0] for entry in entries]


def test_it_says_who_would_be_called_now_at_night_and_on_a_holiday(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    assert "There are no rosters" in words_of(desk.gus.get(ROSTERS))
    follow_plan(city)
    bram, gus = "bram@springfield.example", "gus@springfield.example"
    form = turns({"who": bram, "holidays": "never"}, {"who": gus, "days": ["3"], "holidays": "only"})
    assert desk.yara.post(NIGHTS, form).status_code == 302
    page = words_of(desk.gus.get(ROSTERS))
    assert "now Nobody: the city is at work. 11/24/2026 noon" in page
    assert "in the night Bram 11/25/2026 2 a.m." in page
    assert "at the weekend Bram 11/28/2026 noon" in page
    assert "on the next holiday Gus 11/26/2026 noon , Thanksgiving Day" in page
    assert "in the night after it Nobody is on the roster: the administrators. 11/27/2026 2 a.m." in page
    assert "75 % who works on it" in page
    assert "150 % heads: hana@springfield.example" in page


def test_what_is_changed_on_the_page_is_followed_at_night(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    follow_plan(city)
    gus, dunya = "gus@springfield.example", "dunya@springfield.example"
    assert desk.yara.post(NIGHTS, turns({"who": gus, "place": 2}, {"who": dunya, "place": 1})).status_code == 302
    danger(city, NIGHT)
    go_round(city, NIGHT)
    assert called(city) == ["Dunya"]
    assert [turn.who for turn in queries.plan_of(city.id).rosters["heads"]] == ["hana@springfield.example"]


def test_an_agency_that_is_away_while_the_city_works_is_named(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    follow_plan(city)
    says(city, calendars={"STREETS": {"closed": ["2026-11-24"]}})
    page = words_of(desk.gus.get(ROSTERS))
    assert "now Nobody: the city is at work. For Streets, who are not: Bram, Gus." in page


def test_each_version_keeps_its_author_and_reason(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    follow_plan(city)
    bram, gus = "bram@springfield.example", "gus@springfield.example"
    assert "It is as the city's file has it." in words_of(desk.yara.get(ROSTERS))
    desk.yara.post(NIGHTS, turns({"who": bram}, reason="Gus is away"))
    desk.yara.post(
        NIGHTS, turns({"who": gus, "first": "2026-12-01", "last": "2026-12-24"}, reason="Gus is back", seen=1)
    )
    page = words_of(desk.gus.get(ROSTERS))
    assert page.index("Yara , 11/24/2026 noon : Gus is back") < page.index("Gus is away")
    assert "from Dec. 1, 2026 on, until Dec. 24, 2026" in page
    assert Change.objects.filter(kind="roster", code="nights").count() == 2
    answer = desk.yara.post(NIGHTS, turns({"who": bram}, seen=1))
    assert answer.status_code == 422
    assert "Somebody changed this meanwhile." in words_of(answer)


def test_what_is_wrong_is_said_and_changes_nothing(city: CityBuilder, desk: Staff) -> None:
    follow_plan(city)
    bram = "bram@springfield.example"
    for wrong, said in (
        (turns({"who": bram, "since": ""}), "Write a time of day"),
        (turns({"who": bram, "days": []}), "Choose at least one day."),
        (turns({"who": bram}, reason=""), "required"),
        (turns({"who": ""}), "Somebody has to be on it."),
        (turns({"who": bram, "first": "2026-12-24", "last": "2026-12-01"}), "the last day comes before the first"),
        (turns({"who": "eve@mail.example"}), "valid choice"),
    ):
        answer = desk.yara.post(NIGHTS, wrong)
        assert answer.status_code == 422
        assert said in words_of(answer), said
    assert desk.yara.post(f"{ROSTERS}nobody/", turns({"who": bram})).status_code == 404
    assert not Change.objects.filter(kind="roster").exists()


def test_whoever_left_is_said_to_be_out_of_reach(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    follow_plan(city)
    desk.yara.post(NIGHTS, turns({"who": "bram@springfield.example"}))
    RoleGrant.objects.filter(account=city.people["Bram"]).delete()
    with clock.standing_at(datetime(2026, 11, 25, 2, 0, tzinfo=LA)):
        page = words_of(desk.gus.get(ROSTERS))
    assert "cannot sign in any more" in page
    assert "now Nobody is on the roster: the administrators." in page


def test_only_supervisors_and_administrators_change_it(city: CityBuilder, desk: Staff) -> None:
    follow_plan(city)
    for who in (desk.gus, desk.bram):
        assert "nights/" not in who.get(ROSTERS).content.decode()
        assert who.get(NIGHTS).status_code == 403
        assert who.post(NIGHTS, turns({"who": "bram@springfield.example"})).status_code == 403
    for who in (desk.nils, desk.cato, desk.outsider):
        assert who.get(ROSTERS).status_code == 403
    page = desk.yara.get(NIGHTS).content.decode()
    assert page.count("-who") >= 4
