"""Services, staff and the log: for administrators, over HTTP, without script."""

from typing import Any

import pytest
from django.core import mail

from ombud.catalog import queries as catalog
from ombud.catalog.rules.definition import written
from ombud.people.models import Account, RoleGrant
from ombud.service_requests import queries
from tests.builders import CityBuilder
from tests.desk import Staff

SERVICE = "/springfield/desk/services/POTHOLE/"
STAFF = "/springfield/desk/staff/"


def form_of(page: str) -> dict[str, Any]:
    """Return what the browser would send of the editor on a page."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        sent: dict[str, Any] = {}
        inside = False
        area: str | None = None
        select: str | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            a = dict(attrs)
            if tag == "form":
                self.inside = a.get("id") == "editor"
            if not self.inside:
                return
            name = a.get("name") or ""
            if tag == "input" and name and (a.get("type") not in ("checkbox", "radio") or "checked" in a):
                self.sent.setdefault(name, []).append(a.get("value") or "")
            if tag == "textarea":
                self.area, self.sent[name] = name, [""]
            if tag == "select":
                self.select = name
            if tag == "option" and self.select and ("selected" in a or self.select not in self.sent):
                self.sent[self.select] = [a.get("value") or ""]

        def handle_data(self, data: str) -> None:
            if self.inside and self.area:
                self.sent[self.area] = [self.sent[self.area][0] + data]

        def handle_endtag(self, tag: str) -> None:
            if tag == "form":
                self.inside = False
            if tag == "textarea":
                self.area = None
            if tag == "select":
                self.select = None

    reader = Reader()
    reader.sent = {}
    reader.feed(page)
    reader.sent.pop("csrfmiddlewaretoken", None)
    return reader.sent


def now_defined(code: str = "POTHOLE") -> dict[str, Any]:
    return written(catalog.city("springfield").service(code))


def version(code: str = "POTHOLE") -> int:
    return catalog.city("springfield").service_versions[code]


def test_when_two_reports_are_one_thing_is_shown_and_changed(city: CityBuilder, desk: Staff) -> None:
    def publish(**changed: Any) -> Any:
        form = form_of(desk.yara.get(SERVICE).content.decode())
        return desk.yara.post(SERVICE, form | changed | {"do": "publish", "reason": "Two holes are two."})

    told = {"dup.merge": "ask", "dup.join": "97.5", "dup.ask": "40 %", "dup.window_days": "2,5", "dup.again_days": "0"}
    told |= {"dup.with": ["STREETLIGHT"], "dup.alone.0.question": "size", "dup.alone.0.is": "large, small"}
    assert publish(**told).status_code == 302
    assert now_defined()["duplicates"] == {
        "merge": "ask", "join": 0.975, "ask": 0.4, "window_days": 2.5, "again_days": 0, "with": ["STREETLIGHT"],
        "never_when": [{"question": "size", "is": ["large", "small"]}],
    }  # fmt: skip
    shown = form_of(desk.yara.get(SERVICE).content.decode())
    assert (shown["dup.join"], shown["dup.ask"], shown["dup.with"]) == (["97.5"], ["40"], ["STREETLIGHT"])
    assert publish(**{"dup.join": "", "dup.alone.0.question": ""}).status_code == 302
    assert "join" not in now_defined()["duplicates"]
    assert "never_when" not in now_defined()["duplicates"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"dup.join": "60", "dup.ask": "80"}, "the bar to ask must not be above"),
        ({"dup.join": "soon"}, "reports of one thing"),
        ({"dup.merge": "perhaps"}, "reports of one thing"),
        ({"dup.with": ["UNICORN"]}, "no service “UNICORN”"),
        ({"dup.alone.0.question": "size", "dup.alone.0.is": "blue"}, "does not offer: blue"),
    ],
)
def test_what_two_reports_cannot_be_is_told(city: CityBuilder, desk: Staff, typed: dict[str, Any], why: str) -> None:
    form = form_of(desk.yara.get(SERVICE).content.decode())
    answer = desk.yara.post(SERVICE, form | typed | {"do": "publish", "reason": "Try."})
    assert answer.status_code == 422
    assert why in answer.content.decode().lower().replace("unicorn", "UNICORN")
    assert version() == 1


def test_publishing_what_was_not_changed_is_no_version(city: CityBuilder, desk: Staff) -> None:
    for code in catalog.city("springfield").services:
        page = desk.yara.get(f"/springfield/desk/services/{code}/").content.decode()
        before = now_defined(code)
        desk.yara.post(
            f"/springfield/desk/services/{code}/", {**form_of(page), "do": "publish", "reason": "Only looking."}
        )
        assert now_defined(code) == before
        assert version(code) == 1


def test_a_change_is_a_new_version_and_old_requests_keep_theirs(city: CityBuilder, desk: Staff) -> None:
    old = city.report("POTHOLE")
    sent = form_of(desk.yara.get(SERVICE).content.decode())
    sent |= {"name.en": "Hole in the road", "q.0.label.en": "How wide is it?", "target_value": "5"}
    answer = desk.yara.post(SERVICE, {**sent, "do": "publish", "reason": "People said so."})
    assert answer.status_code == 302, answer.content.decode()
    assert (version(), now_defined()["name"]["en"], now_defined()["target"]["value"]) == (2, "Hole in the road", 5)
    new = city.report("POTHOLE")
    assert (old.row.service_version, new.row.service_version) == (1, 2)
    assert queries.by_id("springfield", old.row.pk).form.answers[0]["question"] == "How large is it?"
    assert queries.by_id("springfield", new.row.pk).form.answers[0]["question"] == "How wide is it?"
    page = desk.bram.get(f"/springfield/desk/r/{old.number}/").content.decode()
    assert "How large is it?" in page
    assert "version 1 of this service" in page
    assert "People said so." in desk.yara.get(SERVICE).content.decode()


def test_questions_are_added_moved_and_deleted_without_script(city: CityBuilder, desk: Staff) -> None:
    def press(do: str, **typed: str) -> dict[str, Any]:
        answer = desk.yara.post(SERVICE, {**press.sent, **typed, "do": do})  # type: ignore[attr-defined]
        assert answer.status_code == 200, answer.content.decode()
        press.sent = form_of(answer.content.decode())  # type: ignore[attr-defined]
        return press.sent  # type: ignore[attr-defined, no-any-return]

    press.sent = form_of(desk.yara.get(SERVICE).content.decode())  # type: ignore[attr-defined]
    assert press("add")["questions"] == ["4"]
    press("option:3", **{"q.3.label.en": "Which lane?", "q.3.code": "lane", "q.3.type": "select"})
    press("option:3")
    press("drop:3:1")
    press("when:3", **{"q.3.o.0.code": "bike", "q.3.o.0.label.en": "Bike lane"})
    press("stop:3", **{"q.3.when.question": "size", "q.3.when.is": "large"})
    press(
        "up:3",
        **{
            "q.3.stop.when": "bike",
            "q.3.stop.kind": "not_city",
            "q.3.stop.message.en": "Theirs.",
            "q.3.stop.phone": "555-0100",
        },
    )
    press("remove:3")
    assert version() == 1
    answer = desk.yara.post(SERVICE, {**press.sent, "do": "publish", "reason": "Lanes."})  # type: ignore[attr-defined]
    assert answer.status_code == 302, answer.content.decode()
    questions = {q.code: q for q in catalog.city("springfield").service("POTHOLE").questions}
    assert list(questions) == ["size", "depth", "lane"]
    lane = questions["lane"]
    assert [o.code for o in lane.options] == ["bike"]
    assert (lane.when.question, lane.when.answers) == ("size", ("large",))
    assert (lane.stop.kind, lane.stop.when, lane.stop.phone) == ("not_city", ("bike",), "555-0100")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name.en": "", "name.es": ""}, "Name"),
        ({"q.0.code": "not a code!"}, "Question “not a code!”"),
        ({"q.1.code": "size"}, "Two questions share the code size"),
        ({"q.1.when.is": "enormous"}, "does not offer: enormous"),
        ({"q.0.o.0.code": "large"}, "two options share a code"),
        ({"not_fixed_days": "9999"}, "Days to say “not fixed”"),
        ({"target_value": "soon"}, "Target"),
        ({"visibility": "everyone"}, "Visibility"),
        ({"agency": "NOBODY"}, "Choose an agency of the city."),
        ({"reason": ""}, "Say why it changes"),
        ({"version": "7"}, "Somebody published another version meanwhile."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_nothing_is_published(
    city: CityBuilder, desk: Staff, typed: dict[str, str], why: str
) -> None:
    sent = form_of(desk.yara.get(SERVICE).content.decode())
    told = {**sent, "reason": "A test.", **typed, "description.en": "Kept words.", "do": "publish"}
    answer = desk.yara.post(SERVICE, told)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page.split('id="editor"')[0]
    assert "Kept words." in page
    assert version() == 1


@pytest.mark.parametrize(
    "do", ["", "up:99", "remove:x", "drop:0", "drop:0:99", "option:-1", "when:0", "nonsense", "add:" + "9" * 50]
)
def test_a_button_that_is_none_changes_nothing(city: CityBuilder, desk: Staff, do: str) -> None:
    sent = form_of(desk.yara.get(SERVICE).content.decode())
    assert desk.yara.post(SERVICE, {**sent, "questions": "3", "do": do}).status_code == 200
    assert desk.yara.post(SERVICE, {"do": do, "questions": "99999"}).status_code == 200
    assert version() == 1


def test_a_service_is_withdrawn_and_offered_again(city: CityBuilder, desk: Staff) -> None:
    desk.yara.post(SERVICE + "offer/", {"offered": "no"})
    assert "POTHOLE" in catalog.city("springfield").inactive
    desk.yara.post(SERVICE + "offer/", {"offered": "yes"})
    assert "POTHOLE" not in catalog.city("springfield").inactive


def test_what_followed_a_service_is_said_and_it_is_offered_no_longer(city: CityBuilder, desk: Staff) -> None:
    def publish(**changed: Any) -> Any:
        form = form_of(desk.yara.get(SERVICE).content.decode())
        return desk.yara.post(SERVICE, form | changed | {"do": "publish", "reason": "One desk for both."}, follow=True)

    assert "offered no longer" in publish(replaced_by=["STREETLIGHT"]).content.decode()
    assert now_defined()["replaced_by"] == ["STREETLIGHT"]
    assert "POTHOLE" in catalog.city("springfield").inactive
    assert form_of(desk.yara.get(SERVICE).content.decode())["replaced_by"] == ["STREETLIGHT"]
    # Who offers it again all the same has decided so, whatever else changes later.
    desk.yara.post(SERVICE + "offer/", {"offered": "yes"})
    assert publish(**{"name.en": "Hole in the road"}).status_code == 200
    assert "POTHOLE" not in catalog.city("springfield").inactive
    assert publish(replaced_by=[]).status_code == 200
    assert "replaced_by" not in now_defined()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"was": ["POTHOLE"]}, "names itself"),
        ({"replaced_by": ["UNICORN"]}, "UNICORN"),
        ({"was": ["STREETLIGHT"], "replaced_by": ["STREETLIGHT"]}, "in a circle"),
    ],
)
def test_what_cannot_have_followed_a_service_is_told(
    city: CityBuilder, desk: Staff, typed: dict[str, Any], why: str
) -> None:
    form = form_of(desk.yara.get(SERVICE).content.decode())
    answer = desk.yara.post(SERVICE, form | typed | {"do": "publish", "reason": "Try."})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert version() == 1


def test_a_new_service_is_offered_to_nobody_until_somebody_says_so(city: CityBuilder, desk: Staff) -> None:
    answer = desk.yara.post("/springfield/desk/services/add/", {"name": "Árbol caído"})
    assert answer["Location"].endswith("/services/ARBOL-CAIDO/")
    assert "ARBOL-CAIDO" in catalog.city("springfield").inactive
    assert desk.yara.get(answer["Location"]).status_code == 200
    again = desk.yara.post("/springfield/desk/services/add/", {"name": "Árbol caído"}, follow=True)
    assert "no other service has" in again.content.decode()


@pytest.mark.parametrize(
    "path", ["services/", "services/POTHOLE/", "services/add/", "services/POTHOLE/offer/", "staff/", "staff/1/remove/"]
)
def test_only_administrators_administer(city: CityBuilder, desk: Staff, path: str) -> None:
    for who in (desk.bram, desk.dunya, desk.gus, desk.nils, desk.cato, desk.outsider):
        assert who.post(f"/springfield/desk/{path}", {"do": "publish", "reason": "x"}).status_code in (403, 405)
        assert who.get(f"/springfield/desk/{path}").status_code in (403, 405)


@pytest.mark.parametrize(
    ("who", "status"), [("nils", 200), ("yara", 200), ("bram", 403), ("gus", 403), ("outsider", 403)]
)
def test_the_log_is_for_those_who_watch(city: CityBuilder, desk: Staff, who: str, status: int) -> None:
    hole = city.report(name="Ada Byron", email="ada@example.org")
    desk.bram.post(f"/springfield/desk/r/{hole.number}/contact/")
    answer = getattr(desk, who).get("/springfield/desk/log/")
    page = answer.content.decode()
    assert answer.status_code == status
    assert (hole.number in page and "Bram" in page) is (status == 200)
    assert "ada@example.org" not in page


def test_a_new_person_sets_a_password_by_a_link_that_works_once(city: CityBuilder, desk: Staff) -> None:
    told = {"name": "Ines Ruiz", "email": "Ines@springfield.example", "role": "agency_staff", "agency": "STREETS"}
    page = desk.yara.post(STAFF, told).content.decode()
    assert "Ines Ruiz" in page
    link = page.split('<a href="http://testserver')[1].split('"')[0]
    assert link in mail.outbox[-1].body
    assert mail.outbox[-1].to == ["ines@springfield.example"]
    set_page = desk.stranger.get(link, follow=True)
    assert set_page.status_code == 200
    desk.stranger.post(
        set_page.request["PATH_INFO"], {"password1": "a long pass phrase", "password2": "a long pass phrase"}
    )
    assert Account.objects.get(email="ines@springfield.example").check_password("a long pass phrase")
    assert "a long pass phrase" not in page


def test_a_person_known_already_gets_another_role(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    told = {"name": "Bram", "email": "bram@springfield.example", "role": "supervisor", "agency": ""}
    assert desk.yara.post(STAFF, told).status_code == 302
    roles = RoleGrant.objects.filter(account=city.people["Bram"]).values_list("role", flat=True)
    assert set(roles) == {"agency_staff", "supervisor"}


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"email": "nobody"}, "such as name@example.org"),
        ({"name": ""}, "Write a name."),
        ({"role": "king"}, "Select a valid choice"),
        ({"agency": ""}, "Choose the agency they work for."),
        ({"agency": "NOBODY"}, "Select a valid choice"),
    ],
)
def test_a_person_half_described_is_refused_and_kept(
    city: CityBuilder, desk: Staff, typed: dict[str, str], why: str
) -> None:
    told = {"name": "Ines Ruiz", "email": "ines@springfield.example", "role": "agency_staff", "agency": "STREETS"}
    answer = desk.yara.post(STAFF, told | typed)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Account.objects.filter(email="ines@springfield.example").exists()


def test_a_role_taken_back_counts_at_the_next_click(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    grant = RoleGrant.objects.get(account=city.people["Bram"])
    assert desk.bram.get("/springfield/desk/").status_code == 200
    desk.yara.post(f"{STAFF}{grant.pk}/remove/")
    assert desk.bram.get("/springfield/desk/").status_code == 403


def test_administrators_do_not_lock_themselves_out(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    grant = RoleGrant.objects.get(account=city.people["Yara"])
    desk.yara.post(f"{STAFF}{grant.pk}/remove/")
    assert desk.yara.get(STAFF).status_code == 200
