"""The desk's page of what may be the same thing, and what a request's own page says of its likes."""

from datetime import timedelta

import pytest

from ombud.kernel import clock
from ombud.triage.likeness.models import Suggestion
from tests.builders import BRAM, GUS, MAIN_STREET, CityBuilder, RequestBuilder, a_little_away
from tests.commands.test_likeness import DAY, HOUR, looked, report
from tests.desk import Staff


def three(city: CityBuilder) -> tuple[RequestBuilder, RequestBuilder, RequestBuilder]:
    """A hole and two reports that may be about it."""
    return (
        report(city, when=clock.now() - HOUR, description="a hole by the school"),
        report(city, metres=14),
        report(city, metres=-14),
    )


def page(client: object, path: str = "repeats/") -> str:
    answer = client.get(f"/springfield/desk/{path}")  # type: ignore[attr-defined]
    assert answer.status_code == 200
    return str(answer.content.decode())


def chosen(of: RequestBuilder) -> list[str]:
    return [",".join(str(pk) for pk in Suggestion.objects.filter(thing_id=of.id).values_list("pk", flat=True))]


def test_what_waits_is_a_row_a_thing(city: CityBuilder, desk: Staff) -> None:
    first, *_ = three(city)
    html = page(desk.gus)
    assert html.count("+2</td>") == 1
    assert first.number in html
    assert "14 m away" in html
    assert "Same thing?" in page(desk.gus, "")


def test_both_sides_stand_beside_each_other(city: CityBuilder, desk: Staff) -> None:
    first, one, other = three(city)
    html = page(desk.gus, f"repeats/{first.number}/")
    assert "a hole by the school" in html
    assert one.number in html
    assert other.number in html
    assert "% likely" in html


def test_one_answer_joins_all_of_a_thing(city: CityBuilder, desk: Staff) -> None:
    first, one, other = three(city)
    answer = desk.gus.post("/springfield/desk/repeats/answer/", {"chosen": chosen(first), "do": "yes"}, follow=True)
    assert "2 reports are joined." in answer.content.decode()
    assert one.row.incident_id == other.row.incident_id == first.row.incident_id is not None
    assert "Nothing to decide" in page(desk.gus)


def test_not_the_same_is_remembered_on_both_pages(city: CityBuilder, desk: Staff) -> None:
    first, one, _ = three(city)
    only = [str(Suggestion.objects.get(request_id=one.id).pk)]
    desk.gus.post("/springfield/desk/repeats/answer/", {"chosen": only, "do": "no"})
    assert one.row.incident_id is None
    for here, there in ((first, one), (one, first)):
        html = page(desk.gus, f"r/{here.number}/")
        assert "Not the same as:" in html
        assert there.number in html


@pytest.mark.parametrize("sent", [{}, {"chosen": ["1"]}, {"do": "yes"}, {"chosen": ["x", "9" * 30], "do": "yes"}])
def test_nothing_chosen_changes_nothing(city: CityBuilder, desk: Staff, sent: dict[str, object]) -> None:
    three(city)
    assert desk.gus.post("/springfield/desk/repeats/answer/", sent).status_code == 302
    assert Suggestion.objects.filter(answer="").count() == 2


def test_only_those_who_may_route_answer(city: CityBuilder, desk: Staff) -> None:
    first, *_ = three(city)
    for client in (desk.dunya, desk.cato):
        client.post("/springfield/desk/repeats/answer/", {"chosen": chosen(first), "do": "yes"})
    assert desk.nils.get("/springfield/desk/repeats/").status_code == 403
    assert desk.outsider.get("/springfield/desk/repeats/").status_code == 403
    assert Suggestion.objects.filter(answer="").count() == 2
    desk.bram.post("/springfield/desk/repeats/answer/", {"chosen": chosen(first), "do": "yes"})
    assert Suggestion.objects.filter(answer="yes").count() == 2


def test_people_of_an_agency_see_their_own_questions(city: CityBuilder, desk: Staff) -> None:
    first, *_ = three(city)
    assert first.number in page(desk.bram)
    assert first.number not in page(desk.dunya)


def test_what_was_settled_otherwise_is_not_asked_any_more(city: CityBuilder, desk: Staff) -> None:
    first, one, other = three(city)
    one.closed("nothing_found", text="Nothing there.")
    from ombud.service_requests.commands import incidents

    incidents.merge(jurisdiction_id=city.id, request_id=other.id, with_number=first.number, actor=GUS, at=clock.now())
    assert "Nothing to decide" in page(desk.gus)


def test_what_has_come_back_shows_the_history_and_who_closed_it(city: CityBuilder, desk: Staff) -> None:
    fixed = report(city, when=clock.now() - 5 * DAY).closed(by=BRAM, after=-2 * DAY)
    back = report(city, metres=2)
    html = page(desk.gus, f"r/{back.number}/")
    assert "Come back" in html
    assert "Closed here once before" in html
    assert fixed.number in html
    assert "closed 2 days before" in html
    assert "Reported again as" in page(desk.gus, f"r/{fixed.number}/")
    desk.gus.post(f"/springfield/desk/repeats/{back.number}/apart/")
    assert back.row.again_of_id is None
    assert "Come back" not in page(desk.gus, f"r/{back.number}/")


def test_an_automatic_joining_tells_its_reasons(city: CityBuilder, desk: Staff) -> None:
    report(city, when=clock.now() - HOUR)
    again = report(city, metres=2)
    html = page(desk.gus, f"r/{again.number}/")
    assert "% likely, 2 m away, 1 hour apart" in html


def test_residents_see_no_score_and_no_neighbour(city: CityBuilder, desk: Staff) -> None:
    report(city, "BARKING", when=clock.now() - HOUR, name="Ada")
    second = report(city, "BARKING", metres=1, name="Eve")
    asked = Suggestion.objects.get(request_id=second.id)
    desk.gus.post("/springfield/desk/repeats/answer/", {"chosen": [str(asked.pk)], "do": "yes"})
    from ombud.service_requests import secret_link

    track = desk.stranger.get("/springfield" + secret_link.path(city.id, second.number), follow=True)
    html = track.content.decode()
    assert second.number in html
    assert "Joined" not in html
    assert "more than once" not in html


def test_hours_are_days_of_one_place(city: CityBuilder, desk: Staff) -> None:
    """The list of offers puts the nearer and younger first, and keeps to what strangers may see."""
    near = looked(city.report(at=a_little_away(MAIN_STREET, metres=1), when=clock.now() - timedelta(days=40)))
    young = looked(city.report(at=a_little_away(MAIN_STREET, metres=12), when=clock.now() - HOUR))
    from ombud.catalog import queries as catalog
    from ombud.triage.likeness import queries

    found = queries.ranked(
        catalog.city(city.id), [near.row, young.row], service_code="POTHOLE", point=MAIN_STREET, at=clock.now()
    )
    assert [row.pk for row in found] == [young.id, near.id]
