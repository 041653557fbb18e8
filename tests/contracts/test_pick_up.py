"""Do we come to you, and when? From the report to a day that is moved, cancelled or too late to change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import yaml

from ombud.conversation.models import Contact
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import Several
from ombud.service_requests import listing, queries
from ombud.service_requests.commands import act
from ombud.service_requests.commands.act import On
from ombud.service_requests.listing import Filter
from ombud.triage.routing import serving
from tests.builders import CITIES, DUNYA, MAIN_STREET, CityBuilder
from tests.conftest import NOON
from tests.desk import Staff
from tests.resident import Resident, pinned, words_of

FIRST, SECOND = date(2026, 11, 28), date(2026, 12, 4)  # the first is a Saturday, because of Thanksgiving
ASKED = {"name": "Ada", "email": "ada@example.org"}


@pytest.fixture
def served(city: CityBuilder) -> CityBuilder:
    """Springfield with its scheme of bins."""
    raw = yaml.safe_load((CITIES / "springfield" / "eligibility.yaml").read_text())
    serving.load_schemes(jurisdiction_id=city.id, raw=raw, at=NOON)
    return city


def to_the_day(ada: Resident, kind: str = "home") -> str:
    """Begin a report of large items and go as far as the days."""
    draft = ada.begin("BULKY")
    answer = ada.client.post(ada.at(draft, "place"), pinned())
    assert answer["Location"] == ada.at(draft, "served")
    assert ada.client.post(ada.at(draft, "served"), {"kind": kind})["Location"] == ada.at(draft, "served")
    return draft


def sent_for(ada: Resident, day: date) -> tuple[str, str]:
    """Report large items for a day and return number and key."""
    draft = to_the_day(ada)
    assert ada.client.post(ada.at(draft, "served"), {"day": day.isoformat()}).status_code == 302
    ada.fill(draft, details={}, contact=ASKED)
    return ada.send(draft)


def test_the_day_is_offered_chosen_and_shown(served: CityBuilder, ada: Resident, desk: Staff) -> None:
    draft = to_the_day(ada)
    page = words_of(ada.client.get(ada.at(draft, "served")))
    assert "Yes: Sanitation serves this address." in page
    assert "Saturday, 28 November (a day later because of a holiday)" in page
    assert "Friday, 4 December" in page
    ada.client.post(ada.at(draft, "served"), {"day": FIRST.isoformat()})
    ada.fill(draft, details={}, contact=ASKED)
    assert "Saturday, 28 November" in words_of(ada.client.get(ada.at(draft, "check")))
    number, key = ada.send(draft)
    row = queries.by_number(served.id, number)
    assert (row.status, row.scheduled_from) == ("scheduled", datetime(2026, 11, 28, 15, 0, tzinfo=UTC))
    assert queries.replayed(row).scheduled_to == row.scheduled_to
    page = words_of(ada.client.get(f"/springfield/r/{number}/{key}/"))
    assert "Saturday, 28 November" in page
    assert "You can move or cancel it until" in page
    assert "Booked for" in words_of(desk.dunya.get(f"/springfield/desk/r/{number}/"))


def test_what_is_not_the_citys_is_told_before_the_form_and_kept_as_a_contact(
    served: CityBuilder, ada: Resident
) -> None:
    draft = to_the_day(ada, kind="building")
    page = words_of(ada.client.get(ada.at(draft, "served")))
    assert "Acme Hauling serves this address" in page
    assert "555-0177" in page
    contact = Contact.objects.get(jurisdiction_id=served.id)
    assert (contact.wrap_up, contact.channel, contact.request_id) == ("transferred", "web", None)
    assert ada.client.post(ada.at(draft, "served"), {"day": FIRST.isoformat()}).status_code == 422


def test_a_known_address_is_not_asked_about(served: CityBuilder, ada: Resident) -> None:
    draft = ada.begin("BULKY")
    ada.client.post(ada.at(draft, "place"), pinned(address="9 Tower Ave"))
    page = words_of(ada.client.get(ada.at(draft, "served")))
    assert "Acme Hauling serves this address" in page
    assert "What stands there?" not in page


def test_the_day_is_moved_and_cancelled_by_the_secret_link(served: CityBuilder, ada: Resident) -> None:
    number, key = sent_for(ada, FIRST)
    change = f"/springfield/r/{number}/{key}/day/"
    assert ada.client.post(change, {"day": SECOND.isoformat()}).status_code == 302
    row = queries.by_number(served.id, number)
    assert row.scheduled_from == datetime(2026, 12, 4, 15, 0, tzinfo=UTC)
    kinds = [e.kind for e in queries.story(row, audiences=("public", "reporter"))]
    assert kinds == ["submitted", "scheduled", "scheduled"]
    assert ada.client.post(change, {"day": "tomorrow"}).status_code == 422
    assert ada.client.post(f"/springfield/r/{number}/wrong-key/day/", {"cancel": "yes"}).status_code == 404
    assert ada.client.post(change, {"cancel": "yes"}).status_code == 302
    assert queries.by_number(served.id, number).status == "withdrawn"


def test_a_day_that_staff_move_is_the_one_that_is_shown(served: CityBuilder, ada: Resident) -> None:
    number, key = sent_for(ada, FIRST)
    row = queries.by_number(served.id, number)
    start = datetime(2026, 12, 9, 15, 0, tzinfo=UTC)
    act.schedule(On(served.id, row.pk, DUNYA, NOON), start=start, end=start + timedelta(hours=8))
    assert "Wednesday, 9 December" in words_of(ada.client.get(f"/springfield/r/{number}/{key}/"))


def test_after_the_cut_off_neither_is_possible(served: CityBuilder, ada: Resident) -> None:
    number, key = sent_for(ada, FIRST)
    with clock.standing_at(datetime(2026, 11, 28, 0, 0, tzinfo=UTC)):  # four in the afternoon before, at the city
        page = words_of(ada.client.get(f"/springfield/r/{number}/{key}/"))
        assert "It is too late to change it" in page
        answer = ada.client.post(f"/springfield/r/{number}/{key}/day/", {"cancel": "yes"})
        assert answer.status_code == 422
        assert queries.by_number(served.id, number).status == "scheduled"


def test_a_full_day_is_not_offered_and_a_cancelled_one_makes_room(served: CityBuilder, ada: Resident) -> None:
    _first, (number, key) = sent_for(ada, FIRST), sent_for(ada, FIRST)
    draft = to_the_day(ada)
    assert "28 November" not in words_of(ada.client.get(ada.at(draft, "served")))
    assert ada.client.post(ada.at(draft, "served"), {"day": FIRST.isoformat()}).status_code == 422
    ada.client.post(f"/springfield/r/{number}/{key}/day/", {"cancel": "yes"})
    assert "28 November" in words_of(ada.client.get(ada.at(draft, "served")))


def wish(**more: Any) -> dict[str, Any]:
    located = Located(method="pin", point=MAIN_STREET)
    return {"located": located, "name": "Ada", "email": "a@example.org", "kind": "home", **more}


def test_a_day_that_filled_up_meanwhile_refuses_the_report_and_keeps_nothing(served: CityBuilder) -> None:
    for _ in range(2):
        served.report("BULKY", **wish(on=FIRST))
    before = listing.count(served.id, Filter(), now=NOON)
    with pytest.raises(Several, match=r"This day is not free\. Free are: 2026-12-04"):
        served.report("BULKY", **wish(on=FIRST))
    assert listing.count(served.id, Filter(), now=NOON) == before


def test_a_program_that_says_nothing_of_the_building_is_not_refused(served: CityBuilder) -> None:
    assert served.report("BULKY", **wish(kind="")).row.status == "received"
    with pytest.raises(Several, match="Acme Hauling does: 555-0177"):
        served.report("BULKY", **wish(kind="building"))


def test_who_takes_a_call_asks_the_same(served: CityBuilder, desk: Staff) -> None:
    form = "/springfield/desk/new/BULKY/"
    told = {
        "place": "1 Main St",
        "lon": "-93.292",
        "lat": "37.209",
        "channel": "phone",
        "language": "en",
        "as_words": "1",
    }
    told |= {"kind": "home", "day": "2026-11-27", "same_as": "", **ASKED}
    answer = desk.cato.post(form, told)
    assert answer.status_code == 422
    assert "Free are: 2026-11-28, 2026-12-04, 2026-12-11" in words_of(answer)
    assert "Acme Hauling does: 555-0177" in words_of(desk.cato.post(form, told | {"kind": "building", "day": ""}))
    answer = desk.cato.post(form, told | {"day": FIRST.isoformat()})
    assert answer.status_code == 302
    number = answer["Location"].rstrip("/").split("/")[-1]
    assert queries.by_number(served.id, number).status == "scheduled"


def test_without_a_scheme_nothing_is_asked(city: CityBuilder, ada: Resident) -> None:
    draft = ada.begin("BULKY")
    assert ada.client.post(ada.at(draft, "place"), pinned())["Location"] == ada.at(draft, "details")
