"""The portal: what people who do not program find, choose, save and cite, and that every number is the query's."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ombud.catalog import commands as catalogue
from ombud.catalog import queries as catalog
from ombud.catalog.models import Jurisdiction
from ombud.kernel import clock
from ombud.opendata.questions.question import questions
from ombud.web.portal.labels import number
from ombud.web.portal.shapes import breaks_of, classes_of, level_of
from tests.builders import MAIN_STREET, CityBuilder, a_little_away
from tests.conftest import NOON
from tests.desk import Staff
from tests.published import id_of_requests, lake, publish

__all__ = ["lake"]
DATA = "/springfield/data/"


def read(path: str, **asked: str | list[str]) -> str:
    answer = Client().get(path, asked)
    assert answer.status_code == 200, path
    return words_of(answer)


def words_of(answer: Any) -> str:
    """Return the words of a page, without its marks."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", bare)).split())


@pytest.fixture
def record(city: CityBuilder, lake: Path) -> str:
    """Three potholes and one street light of this year, one pothole of last year; the id of the data set."""
    last_year = NOON - timedelta(days=365)
    city.report("POTHOLE", when=last_year, at=a_little_away(MAIN_STREET, metres=900))
    for place in range(3):
        hole = city.report("POTHOLE", at=a_little_away(MAIN_STREET, metres=300 * place))
        if place:
            hole.closed(after=timedelta(days=place))
    city.report("STREETLIGHT")
    return publish(city, at=NOON + timedelta(days=5))


def test_the_first_page_has_ten_questions_with_their_answers(record: str) -> None:
    page = read(DATA)
    assert len(questions()) == 10
    for question in questions().values():
        assert question.title in page
    assert "Half of those that ended did so within 1.50 days" in page
    assert "5 rows" in page


def test_a_search_finds_questions_and_data_sets_by_their_words(record: str) -> None:
    assert "How long does a pothole take?" in read(DATA, q="PotHole")
    found = read(DATA, q="days to close")
    assert "Requests for service" in found
    assert "How long does a pothole take?" not in found
    assert "Nothing fits these words" in read(DATA, q="zeppelin")


def test_each_question_is_answered_with_rows_version_and_query(record: str) -> None:
    for code in questions():
        page = read(f"{DATA}questions/{code}/", service="POTHOLE")
        assert "version 1" in page, code
        assert "SELECT" in page, code
        assert "Before you believe it" in page, code
        assert "%(" not in page, code


def test_a_question_can_be_asked_where_nothing_is_published(city: CityBuilder, lake: Path) -> None:
    assert "Nothing has been published here yet" in words_of(Client().get(f"{DATA}questions/channel/"))
    assert "What do you want to know?" in read(DATA)


def test_a_data_set_tells_each_column_its_versions_and_how_to_cite_it(record: str) -> None:
    page = read(f"{DATA}{record}/")
    assert "Days to close" in page
    assert "days_to_close" in page
    assert re.search(r"version 1\b.*sha256:[0-9a-f]{8}", page)
    assert f"/resource/{record}.json" in page


def test_a_data_set_that_nobody_has_published_says_so(city: CityBuilder, lake: Path) -> None:
    assert "Nothing has been published here yet" in read(f"{DATA}{id_of_requests(city)}/")


def test_an_id_that_is_none_of_ours_is_not_found(record: str) -> None:
    assert Client().get(f"{DATA}zzzz-zzzz/").status_code == 404


def test_counts_stand_beside_each_value(record: str) -> None:
    page = read(f"{DATA}{record}/explore/")
    assert re.search(r"Pothole 4\b", page)
    assert re.search(r"open 3\b", page)


def test_a_filter_narrows_the_rows_and_can_be_taken_away(record: str) -> None:
    page = read(f"{DATA}{record}/explore/", **{"is.service_code": "STREETLIGHT"})
    assert "1 row is used" in page
    answer = Client().get(f"{DATA}{record}/explore/", {"is.service_code": "STREETLIGHT", "is.status": "open"})
    assert f'href="{DATA}{record}/explore/?is.status=open"' in answer.content.decode()


def test_what_an_address_says_wrongly_is_told(record: str) -> None:
    assert "Not known here, and so left out: colour" in read(f"{DATA}{record}/explore/", **{"is.colour": "red"})


def test_groups_are_charted_with_a_table_beside(record: str) -> None:
    page = read(f"{DATA}{record}/explore/", by="service_code")
    assert "How many, by service" in page
    assert page.count("Pothole 4") >= 2  # the chart and its table


def test_rates_for_residents_say_whose_count_they_rest_on(record: str) -> None:
    page = read(f"{DATA}{record}/explore/", by="ward", show="rate")
    assert "for each 1,000 residents" in page
    assert "A count of 2020" in page
    assert re.search(r"Ward 2 1 5 5,000", page)  # in the table: the rate, its rows, its residents


def test_a_year_is_compared_with_the_one_before(record: str) -> None:
    page = read(
        f"{DATA}{record}/explore/", by="service_code", **{"from": "2026-01-01", "to": "2026-12-31", "against": "2025"}
    )
    assert re.search(r"Pothole 3 1\b", page)


def test_what_rows_lack_is_said(record: str) -> None:
    page = read(f"{DATA}{record}/explore/", by="service_code", show="median.days_to_close")
    assert "3 of them have no value in “Days to close”." in page
    assert "Only what has ended is counted" in page


@pytest.mark.parametrize("version", ["1", "2"])
def test_an_older_version_is_shown_as_it_was(city: CityBuilder, record: str, version: str) -> None:
    city.report("POTHOLE")
    publish(city, at=NOON + timedelta(days=6))
    page = read(f"{DATA}{record}/explore/", asof=version)
    assert f"{4 + int(version)} rows are used" in page
    assert f"version {version}" in page


def test_the_explorer_names_what_a_service_was_called(city: CityBuilder, record: str) -> None:
    old = {"service_code": "POTHOLE", "old_name": "Street hole", "source": "old311", "since": "2010-01-01"}
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings |= {"crosswalk": [old | {"until": "2025-12-31", "certainty": "merged", "said_by": "the clerk"}]}
    row.save()
    catalogue.changed(city.id)
    told = "“Street hole” (old311, told apart then)"
    assert told in read(f"{DATA}{record}/explore/", **{"is.service_code": "POTHOLE"})
    assert told not in read(f"{DATA}{record}/explore/", **{"is.service_code": "STREETLIGHT"})
    assert told not in read(f"{DATA}{record}/explore/", **{"is.service_code": "POTHOLE", "from": "2026-01-01"})


def test_the_explorer_warns_where_categories_changed(city: CityBuilder, record: str) -> None:
    hole = catalog.city(city.id).service("POTHOLE")
    changed = NOON + timedelta(days=1)
    pit = hole.model_copy(update={"code": "PIT", "name": {"en": "Pit"}, "was": ("POTHOLE",)})
    catalogue.publish_service(jurisdiction_id=city.id, definition=pit, at=changed)
    catalogue.set_offered(jurisdiction_id=city.id, code="POTHOLE", offered=False, edit=catalogue.Edit(changed))
    told = "Categories changed: “Pit” has taken the place of “Pothole” (Nov. 25, 2026)"
    with clock.standing_at(NOON + timedelta(days=9)):
        assert told in read(f"{DATA}{record}/explore/", **{"is.service_code": "POTHOLE"})
        assert told in read(f"{DATA}{record}/explore/", by="service_code")
        assert told not in read(f"{DATA}{record}/explore/", **{"is.service_code": "STREETLIGHT"})
        assert told not in read(f"{DATA}{record}/explore/", **{"is.service_code": "POTHOLE", "to": "2026-11-24"})


def save(record: str, name: str = "Lights", **more: str) -> str:
    """Save a view, and return the address of its page."""
    answer = Client().post(f"{DATA}{record}/save/?is.service_code=STREETLIGHT", {"name": name, **more})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_a_view_is_saved_with_a_page_and_an_id_of_its_own(record: str) -> None:
    address = save(record, saved_by="Ada", about="Where it is dark.")
    page = read(address)
    assert "Where it is dark." in page
    assert "Saved by Ada" in page
    assert "1 row is used" in page
    assert re.search(r"/resource/[a-z0-9]{4}-[a-z0-9]{4}\.json", page)
    assert "Ada, “Lights”: City of Springfield" in page


def test_a_view_answers_programs_on_the_addresses_of_a_data_set(record: str) -> None:
    view_id = save(record).rstrip("/").rsplit("/", 1)[1]
    resource = f"/springfield/resource/{view_id}"
    [row] = Client().get(f"{resource}.json").json()
    assert row["service_code"] == "STREETLIGHT"
    [counted] = Client().get(f"{resource}.json", {"$select": "count(*) as n"}).json()
    assert counted == {"n": "1"}
    assert Client().get(f"{resource}.json", {"service_code": "POTHOLE"}).json() == []
    whole = Client().get(f"/springfield/api/views/{view_id}/rows.csv")
    assert b"".join(whole).count(b"\n") == 2  # the heads and the row
    about = Client().get(f"/springfield/api/views/{view_id}.json").json()
    assert (about["id"], about["name"]) == (view_id, "Lights")


def test_a_view_of_groups_says_what_its_page_says(record: str) -> None:
    answer = Client().post(f"{DATA}{record}/save/?by=ward&show=rate", {"name": "For each resident"})
    view_id = answer["Location"].rstrip("/").rsplit("/", 1)[1]
    assert Client().get(f"/springfield/resource/{view_id}.json").json() == [
        {"ward": "2", "per_1000": "1", "residents": "5000", "n": "5"}
    ]
    assert re.search(r"Ward 2 1 5 5,000", read(answer["Location"]))


def test_a_hidden_view_is_hidden_from_programs_too(record: str, desk: Staff) -> None:
    view_id = save(record).rstrip("/").rsplit("/", 1)[1]
    desk.yara.post(f"/springfield/desk/saved-views/{view_id}/", {"do": "hide", "reason": "It names a person."})
    answer = Client().get(f"/springfield/resource/{view_id}.json")
    assert answer.status_code == 404
    assert "It names a person." in answer.content.decode()


def test_each_opening_of_a_view_counts(record: str) -> None:
    address = save(record)
    assert "Opened 0 times before" in read(address)
    assert "Opened 1 time before" in read(address)


def test_a_view_without_a_name_is_asked_for_one(record: str) -> None:
    answer = Client().post(f"{DATA}{record}/save/", {"name": " "})
    assert answer.status_code == 422


def test_a_view_may_stand_in_a_frame_elsewhere_and_no_other_page_may(record: str) -> None:
    address = save(record)
    frame = Client().get(f"{address}embed/")
    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame.headers
    assert "<form" not in frame.content.decode()
    page = Client().get(address)
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"


def test_the_name_of_a_view_cannot_break_out(record: str) -> None:
    address = save(record, name='"><script>alert(1)</script>')
    for path in (address, f"{address}embed/"):
        assert "<script>alert" not in Client().get(path).content.decode()


def test_the_city_lists_and_hides_views(record: str, desk: Staff) -> None:
    address = save(record, name="Dark everywhere")
    view_id = address.rstrip("/").rsplit("/", 1)[1]
    judge = f"/springfield/desk/saved-views/{view_id}/"
    assert "Dark everywhere" not in read(DATA)
    assert desk.bram.post(judge, {"do": "list"}).status_code == 403
    assert desk.yara.post(judge, {"do": "list"}).status_code == 302
    assert "Dark everywhere" in read(DATA)
    desk.yara.post(judge, {"do": "hide", "reason": " "})
    assert "Dark everywhere" in read(DATA)
    desk.yara.post(judge, {"do": "hide", "reason": "It names a person."})
    assert "Dark everywhere" not in read(DATA)
    hidden = Client().get(address)
    assert hidden.status_code == 404
    assert "It names a person." in hidden.content.decode()
    assert "It names a person." in words_of(desk.yara.get("/springfield/desk/saved-views/"))


def test_a_view_of_one_city_is_none_of_another(record: str) -> None:
    address = save(record).replace("/springfield/", "/shelbyville/")
    assert Client().get(address).status_code == 404


def test_the_quality_of_the_record_is_told_in_public(record: str) -> None:
    page = read(f"{DATA}quality/")
    assert "How old is it?" in page
    assert "closed before it was requested 0 0" in page
    assert "Of 5 rows of version 1." in page


def test_the_portal_speaks_the_citys_languages(record: str) -> None:
    assert "¿Cuánto tarda un bache?" in read(DATA, lang="es")


def test_many_areas_without_any_leave_the_classes_to_the_others() -> None:
    assert breaks_of([0, 0, 0, 0, 0, 1, 2, 3, 4]) == [0, 2, 3, 4]
    assert breaks_of([5, 5, 5]) == [5]
    assert breaks_of([]) == []
    assert classes_of([0, 2, 3, 1000], [0, 7]) == ((1, "0 – 1"), (2, "2"), (3, "3 – 999"), (4, "1,000+"))  # noqa: RUF001
    assert classes_of([0, 2, 4], [0.5, 7]) == ((1, "0 – 2"), (2, "2 – 4"), (3, "4+"))  # noqa: RUF001
    assert classes_of([], []) == ()
    assert [level_of(value, [0, 2, 3, 4]) for value in (None, 0, 2.5, 9)] == [0, 1, 2, 4]


def test_small_numbers_keep_two_digits_that_count() -> None:
    assert [number(n) for n in (0, 0.0056, 0.25, 2.344, 45.67, 1234.5, 12.0)] == [
        "0", "0.0056", "0.25", "2.34", "45.7", "1,234", "12",
    ]  # fmt: skip


def test_what_is_open_near_is_asked_by_address_or_by_where_one_is(record: str) -> None:
    path = f"{DATA}questions/near/"
    page = Client().get(path).content.decode()
    assert 'data-decimals="3" data-sends' in page
    near = {"lon": f"{MAIN_STREET.lon + 0.00031:.6f}", "lat": f"{MAIN_STREET.lat - 0.00031:.6f}"}
    here = read(path, **near)
    assert "Within 1 km of where you are." in here
    assert "3 requests are open" in here
    # What goes on from there is told to about a hundred metres.
    rounded = f"near={MAIN_STREET.lon:.3f}%2C{MAIN_STREET.lat:.3f}%2C1000"
    assert rounded in Client().get(path, near).content.decode()
    for wrong in (
        {"lon": "x", "lat": "1"},
        {"lon": "500", "lat": "500"},
        {"lon": "nan", "lat": "1"},
        {"lon": "", "lat": ""},
    ):
        assert "This is the whole city." in read(path, **wrong)
    assert "Nothing is open there." in read(path, lon="10", lat="10")
