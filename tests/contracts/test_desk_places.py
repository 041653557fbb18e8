"""The list of places where the same thing keeps happening."""

from datetime import timedelta

from ombud.catalog import queries as catalog
from ombud.catalog.models import Jurisdiction
from ombud.kernel import clock
from ombud.triage.likeness import queries, recurring
from ombud.triage.likeness.models import RecurringPlace
from tests.builders import MAIN_STREET, CityBuilder, RequestBuilder, a_little_away
from tests.desk import Staff

DAY = timedelta(days=1)


def closed(city: CityBuilder, days_ago: float, *, metres: float = 0) -> RequestBuilder:
    """Report something that was closed a day later."""
    at = a_little_away(MAIN_STREET, metres=metres)
    return city.report(at=at, when=clock.now() - days_ago * DAY).closed(after=-(days_ago - 1) * DAY)


def worked_out(city: CityBuilder) -> list[RecurringPlace]:
    recurring.refresh(catalog.city(city.id), now=clock.now())
    return queries.recurring(city.id)


def test_a_place_is_listed_with_its_count_and_dates(city: CityBuilder, desk: Staff) -> None:
    for days_ago in (90, 60, 30):
        closed(city, days_ago, metres=days_ago / 10)
    last = city.report(at=MAIN_STREET)
    closed(city, 50, metres=500)
    (place,) = worked_out(city)
    assert (place.happened, place.reports, place.is_open, place.of_service) == (4, 4, True, 5)
    assert place.latest_id == last.id
    assert queries.share_recurring(city.id) == {"POTHOLE": (4, 5)}
    html = desk.gus.get("/springfield/desk/places/").content.decode()
    assert last.number in html
    assert "80 %" in html
    assert "chronic</span>" not in html
    assert "It keeps happening here: 4 times" in desk.gus.get(f"/springfield/desk/r/{last.number}/").content.decode()


def test_how_often_is_chronic_the_city_says(city: CityBuilder, desk: Staff) -> None:
    for days_ago in (90, 60, 30):
        closed(city, days_ago)
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings = row.settings | {"recurring": {"chronic": 3, "days": 70}}
    row.catalogue_version += 1
    row.save()
    assert not worked_out(city)  # within 70 days only twice
    row.settings["recurring"]["days"] = 365
    row.catalogue_version += 1
    row.save()
    (place,) = worked_out(city)
    assert place.chronic
    assert "chronic</span>" in desk.gus.get("/springfield/desk/places/?chronic=yes").content.decode()


def test_working_it_out_again_replaces_the_list(city: CityBuilder) -> None:
    for days_ago in (90, 60, 30):
        closed(city, days_ago)
    assert len(worked_out(city)) == len(worked_out(city)) == 1


def test_nothing_yet_is_said(city: CityBuilder, desk: Staff) -> None:
    assert "Nothing keeps coming back" in desk.nils.get("/springfield/desk/places/?service=NO_SUCH").content.decode()
